"""`fastapi.utils`: helpers that libraries import."""

from typing import Any

from pydantic.fields import FieldInfo

from laneway.fields import FieldMode, ModelField, make_field
from laneway.openapi.merging import merge_into
from laneway.plan.write import allows_body
from laneway.routing.options import first_chosen as get_value_or_default
from laneway.routing.unique_id import generate_unique_id as generate_unique_id
from laneway.signature import path_param_names as get_path_param_names
from laneway.types import Undefined

__all__ = [
    "create_model_field",
    "deep_dict_update",
    "generate_unique_id",
    "get_path_param_names",
    "get_value_or_default",
    "is_body_allowed_for_status_code",
]


def is_body_allowed_for_status_code(status_code: int | str | None) -> bool:
    """Whether a reply with this status may have a body; ranges ("4XX") and "default" may."""
    written = str(status_code)
    return not written.isdigit() or allows_body(int(written))


def create_model_field(  # noqa: PLR0917  # FastAPI's arguments
    name: str,
    type_: Any,
    default: Any = Undefined,
    field_info: FieldInfo | None = None,
    alias: str | None = None,
    mode: FieldMode = "validation",
) -> ModelField:
    """A field that validates and serialises values of `type_`.

    Raises:
        FastAPIError: Pydantic cannot handle the type.
        PydanticV1NotSupportedError: The type is a model of `pydantic.v1`.
    """
    info = field_info or FieldInfo(annotation=type_, default=default, alias=alias)
    return make_field(name, type_, info, mode)


def deep_dict_update(main_dict: dict[Any, Any], update_dict: dict[Any, Any]) -> None:
    """Put `update_dict` into `main_dict`: dictionaries merge, lists grow, everything else is replaced."""
    merge_into(main_dict, update_dict)
