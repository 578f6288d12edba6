"""JSON bodies: models of every kind, wrong syntax, wrong types, odd content types."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

from calls import get, post, raw
from fastapi import Body, FastAPI, Query, Request
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    EmailStr,
    Field,
    HttpUrl,
    RootModel,
    SecretStr,
    Tag,
    ValidationInfo,
    computed_field,
    field_validator,
    model_validator,
)
from typing_extensions import TypedDict

app = FastAPI()
T = TypeVar("T")


class Item(BaseModel):
    name: str
    price: float = Field(gt=0)
    tags: set[str] = set()
    owner: "Owner | None" = None


class Owner(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    full_name: str = Field(alias="fullName")
    email: EmailStr | None = None
    site: HttpUrl | None = None
    password: SecretStr | None = None


Item.model_rebuild()


@app.post("/item")
async def item(item: Item) -> Any:
    return item


@app.post("/item-sync")
def item_sync(item: Item) -> Item:
    return item


@app.put("/two/{n}")
async def two(
    n: int, item: Item, owner: Owner | None = None, weight: Annotated[int, Body()] = 1, q: str = ""
) -> Any:
    return [n, item, owner, weight, q]


@app.post("/embedded")
async def embedded(item: Annotated[Item, Body(embed=True)]) -> Any:
    return item


@app.post("/optional")
async def optional(item: Item | None = None) -> Any:
    return item


@app.post("/list")
async def many(items: list[Item]) -> Any:
    return len(items)


@app.post("/scalar")
async def scalar(value: Annotated[int, Body(ge=3)]) -> Any:
    return value


@app.post("/bytes")
async def byte_body(value: Annotated[bytes, Body()]) -> Any:
    return value


@app.post("/any")
async def anything(value: Annotated[Any, Body()] = None) -> Any:
    return value


@app.post("/dict")
async def mapping(value: dict[int, list[float]]) -> Any:
    return value


@app.post("/text")
async def text(value: Annotated[str, Body(media_type="text/plain")]) -> Any:
    return value


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    bark: str


@app.post("/pet")
async def pet(pet: Annotated[Cat | Dog, Field(discriminator="kind")]) -> Any:
    return pet


def choose(value: Any) -> str:
    return "cat" if (value.get("lives") if isinstance(value, dict) else value.lives) else "dog"


@app.post("/tagged")
async def tagged(
    pet: Annotated[Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")], Discriminator(choose)],
) -> Any:
    return pet


@app.post("/union")
async def union(pet: Cat | Dog | list[int]) -> Any:
    return pet


class Tree(BaseModel):
    value: int
    children: list["Tree"] = []


@app.post("/tree", response_model=Tree)
async def tree(tree: Tree) -> Any:
    return tree


class Page(BaseModel, Generic[T]):
    items: Sequence[T]
    total: int


@app.post("/page")
async def page(page: Page[Item]) -> Page[Owner]:
    return Page[Owner](items=[Owner(fullName=one.name) for one in page.items], total=page.total)


@dataclass
class Point:
    x: int
    y: int = 0
    names: list[str] = field(default_factory=list)


class Size(TypedDict, total=False):
    width: int
    height: Decimal


class Pair(NamedTuple):
    first: int
    second: str = "s"


@app.post("/dataclass")
async def data(point: Point) -> Point:
    return point


@app.post("/typeddict")
async def typed(size: Size) -> Size:
    return size


@app.post("/namedtuple")
async def named(pair: Pair) -> Pair:
    return pair


class Ids(RootModel[list[int]]):
    pass


@app.post("/root")
async def root(ids: Ids) -> Ids:
    return ids


class Checked(BaseModel):
    a: int
    b: int = 0
    when: datetime | None = None
    wait: timedelta = timedelta(seconds=1)

    @field_validator("a")
    @classmethod
    def positive(cls, value: int, info: ValidationInfo) -> int:
        if value < 0:
            raise ValueError("a must not be negative", str(info.context))
        assert value != 13, "unlucky"
        return value

    @model_validator(mode="after")
    def ordered(self) -> "Checked":
        if self.b > self.a:
            raise ValueError("b > a")
        return self

    @computed_field
    def total(self) -> int:
        return self.a + self.b


@app.post("/checked")
async def checked(value: Checked) -> Checked:
    return value


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, str_max_length=5)
    n: int
    s: str = ""


@app.post("/strict")
async def strict(value: Strict, dry: Annotated[bool, Query()] = False) -> Any:
    return [value, dry]


@app.api_route("/echo", methods=["GET", "POST", "DELETE", "PATCH"])
async def echo(request: Request, value: Any = Body(None)) -> Any:
    return [request.method, value, (await request.body()).decode("latin-1")]


@app.delete("/delete")
async def delete(item: Item) -> Any:
    return item


@app.get("/get-body")
async def get_body(item: Item | None = None) -> Any:
    return item


GOOD = {"name": "a", "price": 1.5}
JSON = "application/json"

CALLS = [
    post("/item", GOOD), post("/item-sync", GOOD), post("/item", {"name": 1, "price": -1, "tags": "x"}), post("/item", []), post("/item", None), post("/item", "text"), post("/item", 3),
    post("/item", {**GOOD, "tags": ["b", "b"], "owner": {"fullName": "x", "email": "nope", "site": "ftp", "password": "p"}}),
    post("/item", {**GOOD, "owner": {"full_name": "x", "email": "a@example.com", "site": "https://example.com", "password": "p"}}),
    post("/item-sync", {**GOOD, "owner": {"fullName": "x", "more": 1}}),
    raw("/item", b""), raw("/item", b" "), raw("/item", b"null"), raw("/item", b"{"), raw("/item", b'{"name": "a",}'), raw("/item", b"{'name': 1}"), raw("/item", b'{"name":"a","price":1}x'),
    raw("/item", b'{"name": "a", "price": NaN}'), raw("/item", b'{"name": "a", "price": Infinity}'), raw("/item", b'{"name": "a", "name": "b", "price": 2}'),
    raw("/item", b'\xef\xbb\xbf{"name": "a", "price": 2}'), raw("/item", b'{"name": "\xff", "price": 2}'), raw("/item", '{"name": "é", "price": 2}'.encode("latin-1")),
    raw("/item", '{"name": "é", "price": 2}'.encode("utf-16")), raw("/item", '{"name": "é😀\\ud83d", "price": 2}'.encode()), raw("/item", b'{"name": "\\ud800", "price": 2}'),
    raw("/item", b'{"name": "a\\u0000", "price": 2}'), raw("/item", b'{"name": "a\nb", "price": 2}'), raw("/item", b"[" * 3000 + b"]" * 3000, label="deep"), raw("/item", b"[" * 200000, label="deeper"),
    raw("/any", b"1" * 5000, label="huge int"), raw("/any", b"1" * 100), raw("/any", b"1e999"), raw("/any", b"-0.0"), raw("/any", b"NaN"), raw("/any", b"1.0"), raw("/any", b'{"a": {"a": 1, "a": 2}}'),
    raw("/item", b'{"name": "a", ', type=JSON + "; charset=utf-8"),
    raw("/item", [b'{"name": ', b'"a", "pri', b'ce": 1}']), raw("/item", [b"", b'{"name": "a", "price": 1}', b""]),
    *(raw("/item", b'{"name": "a", "price": 1}', type=kind) for kind in [None, "", "text/plain", "application/vnd.api+json", "APPLICATION/JSON", "application/json; x=1", "json", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "application/geo+json-seq", "text/json"]),
    *(raw("/any", b"hello", type=kind) for kind in [None, "text/plain", "application/octet-stream"]),
    *(raw("/optional", b"", type=kind) for kind in [None, "text/plain", JSON]),
    post("/optional", None), post("/optional", {}), raw("/optional", b"null", type="text/plain"),
    post("/two/1?q=z", {"item": GOOD}, method="PUT"), post("/two/x", {"item": {}, "owner": {}, "weight": "y"}, method="PUT"), post("/two/1", GOOD, method="PUT"), post("/two/1", [], method="PUT"), raw("/two/1", b"", method="PUT"), post("/two/1", {"item": GOOD, "owner": None, "weight": None}, method="PUT"),
    post("/embedded", {"item": GOOD}), post("/embedded", GOOD), post("/embedded", {}), raw("/embedded", b""), post("/embedded", 3),
    post("/list", [GOOD, GOOD]), post("/list", [GOOD, {}, 3]), post("/list", {}), post("/list", []),
    *(post("/scalar", value) for value in [3, 2, "3", "x", 3.0, 3.5, True, None, {}, {"value": 3}]),
    post("/bytes", "abc"), post("/bytes", 1), raw("/bytes", b"abc", type="application/octet-stream"), raw("/text", b"abc", type="text/plain"), raw("/text", b'"abc"'), raw("/text", b"\xff", type="text/plain"),
    post("/dict", {"1": [1, "2"], "x": ["y"]}), post("/dict", {"1": [1, 2.5]}),
    post("/pet", {"kind": "cat"}), post("/pet", {"kind": "dog"}), post("/pet", {"kind": "cow"}), post("/pet", {}), post("/pet", 3),
    post("/tagged", {"kind": "cat", "lives": 3}), post("/tagged", {"kind": "dog"}), post("/union", {"kind": "dog", "bark": "w"}), post("/union", {"kind": "x"}), post("/union", ["1", 2]),
    post("/tree", {"value": 1, "children": [{"value": 2, "children": [{"value": "3"}]}]}), post("/tree", {"value": 1, "children": [{"children": [{}]}]}),
    post("/page", {"items": [GOOD], "total": 1}), post("/page", {"items": [{}], "total": "x"}),
    post("/dataclass", {"x": 1, "names": ["a"]}), post("/dataclass", {"y": "z"}), post("/typeddict", {"width": 1, "height": "2.50", "more": 1}), post("/typeddict", {"width": "w"}), post("/namedtuple", [1]), post("/namedtuple", ["a", "b", "c"]), post("/namedtuple", {"first": 1}),
    post("/root", [1, "2"]), post("/root", ["x"]), post("/root", {}),
    post("/checked", {"a": 3, "b": 1, "when": "2024-01-01T00:00:00+01:00", "wait": "PT5M"}), post("/checked", {"a": -1}), post("/checked", {"a": 13}), post("/checked", {"a": 1, "b": 2}),
    post("/strict", {"n": "1"}), post("/strict?dry=x", {"n": 1, "s": "123456"}), post("/strict?dry=1", {"n": 1}), post("/strict", {"n": 1.0}),
    get("/echo"), post("/echo", {"a": 1}), post("/echo", {"a": 1}, method="DELETE"), post("/echo", [1], method="PATCH"), raw("/echo", b'{"a": 1}', method="GET"), raw("/echo", b"plain", type="text/plain"),
    post("/delete", GOOD, method="DELETE"), raw("/delete", b"", method="DELETE"), get("/get-body"), post("/get-body", GOOD, method="GET"),
]  # fmt: skip


def DOCUMENT() -> Any:
    """The schema belongs to what is seen."""
    return app.openapi()
