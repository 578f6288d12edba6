"""How much of a form is parsed."""

from typing import Any, cast

from pydantic import ConfigDict, NonNegativeInt, TypeAdapter, with_config
from typing_extensions import TypedDict


@with_config(ConfigDict(strict=True, extra="forbid"))
class FormLimits(TypedDict, total=False):
    """Limits of one form; a form beyond them is answered with 400. Starlette's hold where none is set."""

    max_fields: NonNegativeInt  # entries that are no files
    max_files: NonNegativeInt
    max_part_size: NonNegativeInt  # bytes of one entry that is no file


def checked_form_limits(limits: Any) -> dict[str, int]:
    """`limits` as keyword arguments of `Request.form`.

    Raises:
        ValidationError: A name is unknown or a value no count.
    """
    if not limits:
        return {}
    return cast(dict[str, int], TypeAdapter(FormLimits).validate_python(limits))
