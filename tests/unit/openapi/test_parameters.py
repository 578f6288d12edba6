"""Parameter Objects."""

from enum import Enum
from typing import Annotated, Any

import pytest
from pydantic import AliasChoices, BaseModel, Field

from laneway.param_functions import Cookie, Depends, Header, Path, Query
from laneway.routing import APIRouter

from .conftest import Describe


def test_each_place_has_its_parameters(router: APIRouter, operation: Describe) -> None:
    """Path first, then query, headers and cookies."""

    @router.get("/{a}")
    def read(
        d: Annotated[str, Cookie()],
        c_c: Annotated[str, Header()],
        a: int,
        b: float = 1.5,
    ) -> None: ...

    assert operation("/{a}")["parameters"] == [
        {"name": "a", "in": "path", "required": True, "schema": {"type": "integer", "title": "A"}},
        {
            "name": "b",
            "in": "query",
            "required": False,
            "schema": {"type": "number", "default": 1.5, "title": "B"},
        },
        {"name": "c-c", "in": "header", "required": True, "schema": {"type": "string", "title": "C-C"}},
        {"name": "d", "in": "cookie", "required": True, "schema": {"type": "string", "title": "D"}},
    ]


def test_rules_and_texts_enter_the_schema(router: APIRouter, operation: Describe) -> None:
    """A description stands in both places, where tools look for it."""

    @router.get("/{a}")
    def read(
        a: Annotated[int, Path(title="Number", description="Which", gt=3, le=9, examples=[4])],
    ) -> None: ...

    assert operation("/{a}")["parameters"] == [
        {
            "name": "a",
            "in": "path",
            "required": True,
            "schema": {
                "type": "integer",
                "exclusiveMinimum": 3,
                "maximum": 9,
                "title": "Number",
                "description": "Which",
                "examples": [4],
            },
            "description": "Which",
        }
    ]


@pytest.mark.parametrize(
    ("marker", "member"),
    [
        (Query(deprecated=True), {"deprecated": True}),
        (Query(openapi_examples={"one": {"value": "1"}}), {"examples": {"one": {"value": "1"}}}),
    ],
    ids=["deprecated", "examples"],
)
def test_a_mark_enters_the_parameter(
    router: APIRouter, operation: Describe, marker: Any, member: dict[str, Any]
) -> None:
    """Beside its schema."""

    @router.get("/")
    def read(q: Annotated[str, marker] = "x") -> None: ...

    assert operation("/")["parameters"][0].items() >= member.items()


def test_a_hidden_parameter_is_left_out_but_may_be_refused(router: APIRouter, operation: Describe) -> None:
    """The validation error stays."""

    @router.get("/")
    def read(q: Annotated[int, Query(include_in_schema=False)] = 0) -> None: ...

    found = operation("/")

    assert "parameters" not in found
    assert "422" in found["responses"]


def test_aliases_give_the_name(router: APIRouter, operation: Describe) -> None:
    """Of several, the first."""

    @router.get("/")
    def read(
        a: Annotated[str, Query(alias="item-query")] = "",
        b: Annotated[str, Query(validation_alias=AliasChoices("first", "second"))] = "",
        c_c: Annotated[str, Header(validation_alias=AliasChoices("X_Literal"))] = "",
        d_d: Annotated[str, Header(convert_underscores=False)] = "",
    ) -> None: ...

    names = [parameter["name"] for parameter in operation("/")["parameters"]]

    assert names == ["item-query", "first", "X_Literal", "d_d"]


def test_a_parameter_model_gives_one_parameter_per_field(router: APIRouter, operation: Describe) -> None:
    """The model itself does not show."""

    class Filter(BaseModel):
        limit: Annotated[int, Field(gt=0)] = 10
        order_by: str

    @router.get("/")
    def read(filter: Annotated[Filter, Query()], headers: Annotated[Filter, Header()]) -> None: ...  # noqa: A002

    found = operation("/")["parameters"]

    assert [(parameter["in"], parameter["name"], parameter["required"]) for parameter in found] == [
        ("query", "limit", False),
        ("query", "order_by", True),
        ("header", "limit", False),
        ("header", "order-by", True),
    ]


def test_fields_of_an_optional_parameter_model_are_optional(router: APIRouter, operation: Describe) -> None:
    """All of them may be left out."""

    class Filter(BaseModel):
        limit: int

    @router.get("/")
    def read(filter: Annotated[Filter | None, Query()] = None) -> None: ...  # noqa: A002

    assert operation("/")["parameters"][0]["required"] is False


def test_parameters_of_dependencies_are_the_operations(router: APIRouter, operation: Describe) -> None:
    """Each once, and required if anybody requires it."""

    def page(number: int, size: int = 10) -> None: ...

    @router.get("/")
    def read(_: Annotated[None, Depends(page)], number: int = 1) -> None: ...

    found = operation("/")["parameters"]

    assert [(parameter["name"], parameter["required"]) for parameter in found] == [
        ("number", True),
        ("size", False),
    ]


def test_a_default_stands_as_it_would_be_sent(router: APIRouter, operation: Describe) -> None:
    """An enum by its value."""

    class Colour(Enum):
        red = "r"

    @router.get("/")
    def read(colour: Colour = Colour.red) -> None: ...

    assert operation("/")["parameters"][0]["schema"] == {
        "$ref": "#/components/schemas/Colour",
        "default": "r",
    }


def test_a_default_of_none_is_not_shown(router: APIRouter, operation: Describe) -> None:
    """The parameter is optional, and that says it."""

    @router.get("/")
    def read(q: int | None = None) -> None: ...

    assert operation("/")["parameters"][0]["schema"] == {
        "anyOf": [{"type": "integer"}, {"type": "null"}],
        "title": "Q",
    }


def test_equal_defaults_of_different_types_stay_apart(router: APIRouter, operation: Describe) -> None:
    """Python takes 1, 1.0 and True for the same key."""

    @router.get("/")
    def read(a: bool | float = True, b: bool | float = 1, c: bool | float = 1.0) -> None: ...

    defaults = [parameter["schema"]["default"] for parameter in operation("/")["parameters"]]

    assert [(type(default), default) for default in defaults] == [(bool, True), (int, 1), (float, 1.0)]


def test_a_callable_extra_sees_the_schema_with_its_default(router: APIRouter, operation: Describe) -> None:
    """In Pydantic's order: rules, texts, the callable; the default comes last."""
    seen: list[set[str]] = []

    @router.get("/")
    def read(
        q: Annotated[int, Query(gt=1, description="D", json_schema_extra=lambda s: seen.append(set(s)))] = 3,
    ) -> None: ...

    assert operation("/")["parameters"][0]["schema"]["default"] == 3
    assert seen[0] == {"type", "exclusiveMinimum", "description"}
