"""What goes in and out, with its limits; the docs show these."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=80, examples=["Jasmine"])]
Cents = Annotated[int, Field(ge=0, le=100_000_00, description="Price in cents.", examples=[850])]
Description = Annotated[str, Field(max_length=500, examples=["Green tea with jasmine blossoms."])]


class Category(StrEnum):
    """The shelves of the shop."""

    TEA = "tea"
    COFFEE = "coffee"
    POTTERY = "pottery"


class NewProduct(BaseModel):
    """What a product is made from."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Name
    category: Category
    price_cents: Cents
    description: Description = ""


class ProductChanges(BaseModel):
    """What to change; fields that are absent or null stay as they are."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Name | None = None
    category: Category | None = None
    price_cents: Cents | None = None
    description: Description | None = None


class Product(BaseModel):
    """A product of the catalogue."""

    id: int
    name: Name
    category: Category
    price_cents: Cents
    description: Description
    picture: Annotated[str | None, Field(description="Path of its picture.")] = None


class Filters(BaseModel):
    """Which products, in which order, and which page of them: the query of a listing."""

    model_config = ConfigDict(extra="forbid")

    search: Annotated[str, Field(max_length=80, description="Text in the name or description.")] = ""
    category: Category | None = None
    max_price_cents: Cents | None = None
    sort: Literal["id", "name", "price"] = "id"
    limit: Annotated[int, Field(ge=1, le=100, description="Products on a page.")] = 20
    offset: Annotated[int, Field(ge=0, description="Products to skip.")] = 0


class ProductPage(BaseModel):
    """One page of a listing."""

    total: Annotated[int, Field(description="Products that match, on all pages.")]
    items: list[Product]


class PriceChange(BaseModel):
    """A price that has changed."""

    product_id: int
    name: str
    category: Category
    old_cents: int
    new_cents: int


class Suggestion(BaseModel):
    """A word that the catalogue knows."""

    word: str
    products: Annotated[int, Field(description="How many products use it.")]


class HistoryEntry(BaseModel):
    """One change of the catalogue."""

    at: datetime
    user: str
    action: Literal["create", "change", "delete", "picture"]
    product_id: int


class Token(BaseModel):
    """A login, as OAuth2 spells it."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind of token, not a token
    scope: Annotated[str, Field(description="What it allows, separated by spaces.")]


class User(BaseModel):
    """Who is calling, and what the login allows."""

    name: str
    scopes: list[str]


class Problem(BaseModel):
    """Why a request could not be served."""

    detail: str
