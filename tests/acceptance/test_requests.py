"""From a request to arguments: every source, every shape, every error."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, Json
from typing_extensions import TypeAliasType

from laneway import Cookie, Header, Laneway, Path, Query
from laneway.testing import TestClient


@pytest.fixture
def app() -> Laneway:
    return Laneway(openapi_url=None)


def locations(reply: Any) -> list[list[Any]]:
    """Where the errors of a 422 are."""
    assert reply.status_code == 422
    return [error["loc"] for error in reply.json()["detail"]]


class Color(Enum):
    red = "red"


class Item(BaseModel):
    name: str
    price: float = 1.5


# -- single values

values: dict[str, tuple[Any, str, Any]] = {
    "text": (str, "1", "1"),
    "int": (int, "-5", -5),
    "float": (float, "1e3", 1000.0),
    "bool": (bool, "on", True),
    "enum": (Color, "red", "red"),
    "date": (date, "2020-01-02", "2020-01-02"),
    "uuid": (UUID, "0a1b2c3d-0000-4000-8000-000000000000", "0a1b2c3d-0000-4000-8000-000000000000"),
    "decimal": (Decimal, "1.50", 1.5),
    "literal": (Literal["a", "b"], "b", "b"),
    "optional": (int | None, "5", 5),
    "union, first that fits": (int | str, "x", "x"),
    "alias of a type": (TypeAliasType("Number", int), "5", 5),
}


@pytest.mark.parametrize(("annotation", "sent", "expected"), values.values(), ids=values.keys())
@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_a_value_is_converted_to_its_type(
    app: Laneway, place: str, annotation: Any, sent: str, expected: Any
) -> None:
    marker = {"query": Query, "header": Header, "cookie": Cookie}[place]

    async def read(value):  # type: ignore[no-untyped-def]
        return value

    read.__annotations__["value"] = Annotated[annotation, marker()]
    app.get("/")(read)
    client = TestClient(app, cookies={"value": sent} if place == "cookie" else None)
    reply = client.get(
        "/",
        params={"value": sent} if place == "query" else {},
        headers={"value": sent} if place == "header" else {},
    )

    assert reply.json() == expected


@pytest.mark.parametrize(("annotation", "sent", "expected"), values.values(), ids=values.keys())
def test_a_part_of_the_path_is_converted_to_its_type(
    app: Laneway, annotation: Any, sent: str, expected: Any
) -> None:
    async def read(value):  # type: ignore[no-untyped-def]
        return value

    read.__annotations__["value"] = annotation
    app.get("/{value}")(read)

    assert TestClient(app).get(f"/{sent}").json() == expected


def test_string_annotations_are_types(app: Laneway) -> None:
    @app.get("/{number}")
    async def read(number: "int", limit: "Annotated[int, Query(ge=1)]" = 1) -> "list[int]":
        return [number, limit]

    assert TestClient(app).get("/5?limit=2").json() == [5, 2]


def test_every_error_of_every_source_is_in_one_reply(app: Laneway) -> None:
    @app.post("/{a}")
    async def read(
        a: int,
        b: int,
        c: Annotated[int, Header()],
        d: Annotated[int, Cookie()],
        item: Item,
    ) -> None: ...

    reply = TestClient(app, cookies={"d": "x"}).post("/x?b=x", headers={"c": "x"}, json={"price": "x"})

    assert locations(reply) == [
        ["path", "a"],
        ["query", "b"],
        ["header", "c"],
        ["cookie", "d"],
        ["body", "name"],
        ["body", "price"],
    ]


def test_an_error_says_what_is_wrong_with_which_value(app: Laneway) -> None:
    @app.get("/")
    async def read(number: int) -> None: ...

    assert TestClient(app).get("/?number=x").json() == {
        "detail": [
            {
                "type": "int_parsing",
                "loc": ["query", "number"],
                "msg": "Input should be a valid integer, unable to parse string as an integer",
                "input": "x",
            }
        ]
    }


rules: dict[str, tuple[dict[str, Any], Any, str]] = {
    "gt": ({"gt": 1}, int, "1"),
    "ge": ({"ge": 2}, int, "1"),
    "lt": ({"lt": 1}, int, "1"),
    "le": ({"le": 0}, int, "1"),
    "multiple_of": ({"multiple_of": 2}, int, "1"),
    "min_length": ({"min_length": 2}, str, "1"),
    "max_length": ({"max_length": 1}, str, "12"),
    "pattern": ({"pattern": "^a"}, str, "b"),
    "strict": ({"strict": True}, int, "1"),
    "allow_inf_nan": ({"allow_inf_nan": False}, float, "nan"),
    "max_digits": ({"max_digits": 2}, Decimal, "123"),
    "decimal_places": ({"decimal_places": 1}, Decimal, "1.23"),
}


@pytest.mark.parametrize(("rule", "annotation", "sent"), rules.values(), ids=rules.keys())
def test_a_value_that_breaks_a_rule_is_refused(
    app: Laneway, rule: dict[str, Any], annotation: Any, sent: str
) -> None:
    async def read(value):  # type: ignore[no-untyped-def]
        return value

    read.__annotations__["value"] = Annotated[annotation, Query(**rule)]
    app.get("/")(read)

    assert locations(TestClient(app).get("/", params={"value": sent})) == [["query", "value"]]


# -- missing, empty, repeated


def test_a_missing_value_is_the_default(app: Laneway) -> None:
    @app.get("/")
    async def read(limit: int = 10) -> int:
        return limit

    assert TestClient(app).get("/").json() == 10


def test_a_missing_required_value_is_an_error(app: Laneway) -> None:
    @app.get("/")
    async def read(limit: int) -> None: ...

    assert TestClient(app).get("/").json()["detail"][0] == {
        "type": "missing",
        "loc": ["query", "limit"],
        "msg": "Field required",
        "input": None,
    }


def test_a_default_factory_gives_each_request_its_own(app: Laneway) -> None:
    made: list[list[int]] = []

    def make() -> list[int]:
        made.append([])
        return made[-1]

    @app.get("/")
    async def read(numbers: Annotated[list[int], Query(default_factory=make)]) -> list[int]:
        numbers.append(1)
        return numbers

    client = TestClient(app)

    assert [client.get("/").json(), client.get("/").json(), len(made)] == [[1], [1], 2]


def test_a_default_that_a_request_changes_is_not_shared(app: Laneway) -> None:
    @app.get("/")
    async def read(numbers: Annotated[list[int], Query()] = []) -> list[int]:  # noqa: B006  # what is tested
        numbers.append(1)
        return numbers

    client = TestClient(app)

    assert [client.get("/").json(), client.get("/").json()] == [[1], [1]]


def test_a_default_is_validated_when_asked_for(app: Laneway) -> None:
    @app.get("/")
    async def read(limit: Annotated[int, Query(validate_default=True)] = "7") -> int:  # type: ignore[assignment]
        return limit + 1

    assert TestClient(app).get("/").json() == 8


def test_an_empty_value_is_a_value(app: Laneway) -> None:
    @app.get("/")
    async def read(q: str = "default") -> str:
        return q

    client = TestClient(app)

    assert [client.get("/?q=").json(), client.get("/?q=&escaped=%41").json()] == ["", ""]


def test_of_a_repeated_key_the_last_value_holds(app: Laneway) -> None:
    @app.get("/")
    async def read(q: str) -> str:
        return q

    assert TestClient(app).get("/?q=a&q=b").json() == "b"


def test_of_a_repeated_header_the_first_value_holds(app: Laneway) -> None:
    @app.get("/")
    async def read(x_tag: Annotated[str, Header()]) -> str:
        return x_tag

    assert TestClient(app).get("/", headers=[("x-tag", "a"), ("x-tag", "b")]).json() == "a"


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [(list[int], [1, 2, 1]), (set[int], [1, 2]), (tuple[int, ...], [1, 2, 1]), (list[int] | None, [1, 2, 1])],
)
def test_a_list_collects_repeated_keys(app: Laneway, annotation: Any, expected: list[int]) -> None:
    async def read(q):  # type: ignore[no-untyped-def]
        return q

    read.__annotations__["q"] = Annotated[annotation, Query()]
    app.get("/")(read)

    assert TestClient(app).get("/?q=1&q=2&q=1").json() == expected


def test_an_error_in_a_list_names_the_item(app: Laneway) -> None:
    @app.get("/")
    async def read(q: Annotated[list[int], Query()]) -> None: ...

    assert locations(TestClient(app).get("/?q=1&q=x")) == [["query", "q", 1]]


def test_a_json_value_is_parsed(app: Laneway) -> None:
    @app.get("/")
    async def read(q: Annotated[Json[list[int]], Query()]) -> list[int]:
        return q

    assert TestClient(app).get("/", params={"q": "[1, 2]"}).json() == [1, 2]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=%C3%A9", "é"),
        ("q=a+b", "a b"),
        ("q=a%2Bb", "a+b"),
        ("%71=a", "a"),
        ("q=a%26b", "a&b"),
        ("q=%zz", "%zz"),
    ],
)
def test_escapes_are_read(app: Laneway, query: str, expected: str) -> None:
    @app.get("/")
    async def read(q: str) -> str:
        return q

    assert TestClient(app).get(f"/?{query}").json() == expected


# -- names


def test_an_alias_is_the_name_in_the_request(app: Laneway) -> None:
    @app.get("/")
    async def read(number: Annotated[int, Query(alias="item-number")]) -> int:
        return number

    client = TestClient(app)

    assert client.get("/?item-number=5").json() == 5
    assert locations(client.get("/?number=5")) == [["query", "item-number"]]


@pytest.mark.parametrize("name", ["first", "second"])
def test_one_of_several_names_is_enough(app: Laneway, name: str) -> None:
    @app.get("/")
    async def read(number: Annotated[int, Query(validation_alias=AliasChoices("first", "second"))]) -> int:
        return number

    assert TestClient(app).get(f"/?{name}=5").json() == 5


def test_underscores_in_header_names_are_hyphens(app: Laneway) -> None:
    @app.get("/")
    async def read(user_agent: Annotated[str, Header()]) -> str:
        return user_agent

    assert TestClient(app).get("/", headers={"User-Agent": "me"}).json() == "me"


def test_underscores_in_header_names_stay_when_told(app: Laneway) -> None:
    @app.get("/")
    async def read(x_tag: Annotated[str, Header(convert_underscores=False)]) -> str:
        return x_tag

    assert TestClient(app).get("/", headers={"x_tag": "1"}).json() == "1"


# -- parameter models


class Filters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(10, le=100)
    tags: list[str] = []
    order_by: Literal["name", "price"] = Field("name", alias="orderBy")


@pytest.fixture
def filtered(app: Laneway) -> TestClient:
    @app.get("/")
    async def read(filters: Annotated[Filters, Query()]) -> Filters:
        return filters

    return TestClient(app)


def test_a_model_collects_the_query(filtered: TestClient) -> None:
    reply = filtered.get("/?limit=5&tags=a&tags=b&orderBy=price")

    assert reply.json() == {"limit": 5, "tags": ["a", "b"], "orderBy": "price"}


def test_a_model_has_defaults(filtered: TestClient) -> None:
    assert filtered.get("/").json() == {"limit": 10, "tags": [], "orderBy": "name"}


def test_a_model_may_forbid_what_it_does_not_know(filtered: TestClient) -> None:
    assert locations(filtered.get("/?tool=x&limit=500")) == [["query", "limit"], ["query", "tool"]]


def test_a_model_collects_headers(app: Laneway) -> None:
    class Wanted(BaseModel):
        x_tag: list[str] = []
        save_data: bool

    @app.get("/")
    async def read(headers: Annotated[Wanted, Header()]) -> Wanted:
        return headers

    reply = TestClient(app).get("/", headers=[("x-tag", "a"), ("x-tag", "b"), ("save-data", "on")])

    assert reply.json() == {"x_tag": ["a", "b"], "save_data": True}


def test_a_model_collects_cookies(app: Laneway) -> None:
    class Session(BaseModel):
        user: str
        count: int = 0

    @app.get("/")
    async def read(session: Annotated[Session, Cookie()]) -> Session:
        return session

    assert TestClient(app, cookies={"user": "u", "count": "3"}).get("/").json() == {"user": "u", "count": 3}


# -- contradictions


def test_a_default_for_a_part_of_the_path_is_refused() -> None:
    with pytest.raises(AssertionError, match="default"):
        Path("default")


def test_a_query_parameter_must_fit_into_a_string(app: Laneway) -> None:
    with pytest.raises(AssertionError, match="'filters'"):

        @app.get("/")
        async def read(filters: Annotated[dict[str, int], Query()]) -> None: ...


def test_a_part_of_the_path_cannot_be_a_query_parameter(app: Laneway) -> None:
    with pytest.raises(AssertionError, match="'number'"):

        @app.get("/{number}")
        async def read(number: Annotated[int, Query()]) -> None: ...


def test_an_unknown_option_of_a_parameter_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="minimum"):
        Query(minimum=1)  # type: ignore[call-arg]  # what is tested
