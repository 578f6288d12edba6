"""Schemas and security schemes of the components."""

from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

import pytest
from pydantic import BaseModel, PlainSerializer, WithJsonSchema, computed_field

from laneway.param_functions import Depends, Query, Security
from laneway.routing import APIRouter
from laneway.security import APIKeyHeader, OAuth2PasswordBearer

from .conftest import Describe

T = TypeVar("T")


class Item(BaseModel):
    name: str


class Price(BaseModel):
    amount: Decimal


class Page(BaseModel, Generic[T]):
    items: list[T]


class Square(BaseModel):
    side: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def area(self) -> int:
        return self.side * self.side


def _same_name() -> type[BaseModel]:
    class Item(BaseModel):
        other: int

    return Item


def test_a_model_that_looks_the_same_both_ways_has_one_schema(router: APIRouter, document: Describe) -> None:
    """And its plain name."""

    @router.post("/")
    def echo(item: Item) -> Item: ...

    assert "Item" in document()["components"]["schemas"]


def test_a_model_that_looks_different_has_two_schemas(router: APIRouter, document: Describe) -> None:
    """Decimals come as numbers or strings and go out as strings."""

    @router.post("/")
    def echo(price: Price) -> Price: ...

    schemas = document()["components"]["schemas"]

    assert "anyOf" in schemas["Price-Input"]["properties"]["amount"]
    assert schemas["Price-Output"]["properties"]["amount"]["type"] == "string"


@pytest.mark.parametrize("separate", [True, False])
def test_computed_fields_make_two_schemas_in_any_case(
    router: APIRouter, document: Describe, separate: bool
) -> None:
    """One schema would be wrong for one of the two."""

    @router.post("/")
    def echo(square: Square) -> list[Square]: ...

    found = document(separate_input_output_schemas=separate)["components"]["schemas"]

    assert {"Square-Input", "Square-Output"} <= found.keys()


def test_input_and_output_may_share_the_schema_of_input(router: APIRouter, document: Describe) -> None:
    """For clients that want one class per model."""

    @router.post("/")
    def echo(price: Price) -> Price: ...

    found = document(separate_input_output_schemas=False)["components"]["schemas"]

    assert "anyOf" in found["Price"]["properties"]["amount"]


def test_models_of_one_name_get_longer_names(router: APIRouter, document: Describe) -> None:
    """With the modules they come from."""
    other = _same_name()

    @router.get("/a")
    def a() -> Item: ...

    @router.get("/b", response_model=other)
    def b() -> None: ...

    names = list(document()["components"]["schemas"])

    assert len(names) == 2
    assert all(name.endswith("Item") and "test_components" in name for name in names)


def test_a_generic_model_is_named_by_its_argument(router: APIRouter, document: Describe) -> None:
    """In characters that references may have."""

    @router.get("/")
    def read() -> Page[Item]: ...

    assert "Page_Item_" in document()["components"]["schemas"]


def test_a_model_hidden_by_a_serialiser_is_listed(router: APIRouter, document: Describe) -> None:
    """Readers of the source will look for it."""

    class Holder(BaseModel):
        item: Annotated[Item, PlainSerializer(lambda item: item.name, return_type=str)]

    @router.get("/")
    def read() -> Holder: ...

    assert "Item" in document()["components"]["schemas"]


def test_an_annotation_may_replace_the_schema(router: APIRouter, operation: Describe) -> None:
    """All that the marker says comes before it."""

    @router.get("/")
    def read(q: Annotated[int, Query(description="Lost"), WithJsonSchema({"type": "string"})]) -> None: ...

    assert operation("/")["parameters"][0]["schema"] == {"type": "string", "title": "Q"}


def test_security_schemes_are_listed_once(router: APIRouter, document: Describe) -> None:
    """However many operations need them."""
    key = APIKeyHeader(name="X-Key", description="Ask us")

    @router.get("/a")
    def a(value: Annotated[str, Depends(key)]) -> None: ...

    @router.get("/b", dependencies=[Depends(key)])
    def b() -> None: ...

    found = document()

    assert found["components"] == {
        "securitySchemes": {
            "APIKeyHeader": {"type": "apiKey", "description": "Ask us", "in": "header", "name": "X-Key"}
        }
    }
    assert found["paths"]["/b"]["get"]["security"] == [{"APIKeyHeader": []}]


def test_scopes_come_down_to_the_scheme(router: APIRouter, operation: Describe) -> None:
    """From every declaration on the way, outermost first."""
    scheme = OAuth2PasswordBearer(tokenUrl="token", scopes={"me": "Read me", "items": "Read items"})

    def user(token: Annotated[str, Depends(scheme)]) -> None: ...

    def active(user: Annotated[Any, Security(user, scopes=["me"])]) -> None: ...

    @router.get("/")
    def read(active: Annotated[Any, Security(active, scopes=["items"])]) -> None: ...

    assert operation("/")["security"] == [{"OAuth2PasswordBearer": ["items", "me"]}]


def test_every_use_of_a_scheme_adds_its_scopes(router: APIRouter, operation: Describe) -> None:
    """A request must satisfy all of them."""
    scheme = OAuth2PasswordBearer(tokenUrl="token")

    @router.get("/", dependencies=[Security(scheme, scopes=["b"])])
    def read(token: Annotated[str, Security(scheme, scopes=["a", "b"])]) -> None: ...

    assert operation("/")["security"] == [{"OAuth2PasswordBearer": ["b", "a"]}]
