"""One declared value: adapters, names, defaults, errors."""

import inspect
from typing import Annotated, Any, Literal, get_args  # the old one is meant

import pytest
from annotated_types import Gt
from pydantic import AliasChoices, BaseModel, ConfigDict, Json
from starlette.datastructures import FormData, Headers, QueryParams

from laneway import params
from laneway.exceptions import FastAPIError, PydanticV1NotSupportedError
from laneway.extraction import extras, input_names, read_params, source_value
from laneway.fields import (
    ModelField,
    make_field,
    missing_error,
    model_fields,
    safe_identifier,
    shared_adapter,
)
from laneway.signature import get_dependant
from laneway.types import Undefined


def field_of(annotation: Any, place: str = "query_params", name: str = "value") -> ModelField:
    """The field of a parameter with this annotation, of the query if it does not say."""

    def call(**values: Any) -> None: ...

    if place == "query_params" and not any(isinstance(item, params.Param) for item in get_args(annotation)):
        annotation = Annotated[annotation, params.Query()]
    argument = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
    call.__signature__ = inspect.Signature([argument])  # type: ignore[attr-defined]
    found: list[ModelField] = getattr(get_dependant(path="/", call=call), place)
    return found[0]


# -- adapters


def adapter_of(annotation: Any) -> Any:
    return field_of(annotation).adapter


@pytest.mark.parametrize("annotation", [int, list[int], int | None, Annotated[int, params.Query(gt=1, le=5)]])
def test_equal_types_and_rules_share_one_adapter(annotation: Any) -> None:
    assert adapter_of(annotation) is adapter_of(annotation)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (int | str, str | int),
        (Literal[1], Literal[True]),
        (list[int], list[str]),
        (tuple, tuple[()]),
        (Annotated[int, params.Query(gt=1)], Annotated[int, params.Query(gt=2)]),
        (Annotated[int, params.Query(gt=1)], Annotated[int, params.Query(ge=1)]),
    ],
)
def test_types_that_only_look_alike_have_their_own(one: Any, other: Any) -> None:
    """Typing calls some of them equal, validation does not."""
    assert adapter_of(one) is not adapter_of(other)


def test_documentation_makes_no_adapter_of_its_own() -> None:
    documented = Annotated[int, params.Query(title="T", description="D", examples=[1])]

    assert adapter_of(documented) is adapter_of(int)


def test_metadata_of_the_library_is_compared_by_value() -> None:
    assert shared_adapter(params.Query(annotation=Annotated[int, Gt(1)])) is not None


# -- values


def test_a_valid_value_comes_without_errors() -> None:
    assert field_of(int).validate("5") == (5, [])


def test_an_error_says_its_place() -> None:
    _, errors = field_of(list[int] | None, name="q").validate(["x"], loc=("query", "q"))

    assert errors[0]["loc"] == ("query", "q", 0)


def test_a_missing_value_has_one_form_of_error() -> None:
    assert missing_error(("query", "q")) == {
        "type": "missing",
        "loc": ("query", "q"),
        "msg": "Field required",
        "input": None,
    }


def test_a_required_field_has_no_default() -> None:
    assert field_of(int).default is Undefined


def test_names_are_made_identifiers() -> None:
    assert safe_identifier("Response_a-b/c") == "Response_a_b_c"


def test_what_pydantic_cannot_handle_is_refused_with_a_way_out() -> None:
    class Unknown: ...

    with pytest.raises(FastAPIError, match="response_model=None"):
        make_field("response", Unknown)


@pytest.mark.filterwarnings("ignore")
def test_models_of_pydantic_1_are_refused() -> None:
    v1 = pytest.importorskip("pydantic.v1", exc_type=Exception)

    class Old(v1.BaseModel):  # type: ignore[name-defined,misc]
        name: str

    with pytest.raises(PydanticV1NotSupportedError, match="Old"):
        make_field("response", list[Old])


# -- names


def test_an_argument_is_its_own_name() -> None:
    assert input_names(field_of(int)) == [("value", "value")]


def test_choices_of_names_come_in_their_order() -> None:
    field = field_of(Annotated[int, params.Query(validation_alias=AliasChoices("b", "a"))])

    assert [key for _, key in input_names(field)] == ["b", "a"]


class ByName(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    full_name: str = params.Query(alias="fullName")


def test_a_model_may_take_the_field_name_as_well() -> None:
    assert [key for _, key in input_names(model_fields(ByName)[0])] == ["fullName", "full_name"]


# -- values of sources


def test_a_list_takes_all_values_of_a_key() -> None:
    assert source_value(field_of(list[int]), QueryParams("value=1&value=2"), "value") == ["1", "2"]


def test_a_scalar_takes_the_last_value_of_a_key() -> None:
    assert source_value(field_of(int), QueryParams("value=1&value=2"), "value") == "2"


def test_a_key_that_is_not_there_is_undefined() -> None:
    assert source_value(field_of(list[int]), QueryParams(""), "value") is Undefined


@pytest.mark.parametrize(
    ("source", "expected"), [(QueryParams("value="), ""), (FormData([("value", "")]), Undefined)]
)
def test_an_empty_text_is_a_value_except_in_forms(source: Any, expected: Any) -> None:
    assert source_value(field_of(str), source, "value") == expected


def test_a_json_list_is_one_value() -> None:
    field = field_of(Annotated[Json[list[int]], params.Query()])

    assert source_value(field, QueryParams("value=[1]&value=[2]"), "value") == "[2]"


def test_extras_are_what_nobody_took() -> None:
    assert dict(extras(QueryParams("a=1&b=2&b=3&c=4"), {"a"})) == {"b": ["2", "3"], "c": "4"}


def test_all_errors_of_a_source_are_told() -> None:
    fields = [field_of(int, name="a"), field_of(int, name="b"), field_of(int, name="c")]
    values, errors = read_params(fields, QueryParams("a=1&b=x"))

    assert (values, [error["loc"] for error in errors]) == ({"a": 1}, [("query", "b"), ("query", "c")])


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    x_tag: str
    limit: int = 1


def test_errors_of_a_model_name_headers_as_they_are_sent() -> None:
    field = field_of(Annotated[Wanted, params.Header()], "header_params")
    _, errors = read_params([field], Headers({"limit": "x"}))

    assert [error["loc"] for error in errors] == [("header", "x-tag"), ("header", "limit")]


def test_a_header_with_underscores_is_no_way_around_the_one_with_hyphens() -> None:
    field = field_of(Annotated[Wanted, params.Header()], "header_params")
    _, errors = read_params([field], Headers({"x_tag": "smuggled"}))

    assert [error["loc"] for error in errors] == [("header", "x-tag")]


def test_an_optional_model_that_was_left_out_is_its_default() -> None:
    def call(wanted: Annotated[Wanted | None, params.Query()] = None) -> None: ...

    fields = get_dependant(path="/", call=call).query_params

    assert read_params(fields, QueryParams("")) == ({"wanted": None}, [])
