"""From what an endpoint returns to what goes out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_serializer
from starlette.types import Receive, Scope, Send

from laneway import BackgroundTasks, HTTPException, Laneway, Request, Response
from laneway.exceptions import FastAPIError, ResponseValidationError
from laneway.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from laneway.routing import APIRoute
from laneway.testing import TestClient


@pytest.fixture
def app() -> Laneway:
    return Laneway(openapi_url=None)


def returning(value: Any) -> Callable[[], Any]:
    async def endpoint():  # type: ignore[no-untyped-def]  # an annotation would be a response model
        return value

    return endpoint


def sent(app: Laneway, value: Any, **options: Any) -> Any:
    """The reply to a GET of an endpoint that returns `value`."""
    app.get("/", **options)(returning(value))
    return TestClient(app).get("/")


class Owner(BaseModel):
    name: str
    password: str = "secret"  # what must not go out


class Item(BaseModel):
    name: str
    price: float = 1.5
    note: str | None = None
    owner: Owner | None = None


class PublicOwner(BaseModel):
    name: str


class PublicItem(BaseModel):
    name: str
    owner: PublicOwner


# -- the model


def test_a_result_is_filtered_by_the_response_model(app: Laneway) -> None:
    """At every depth, also when the result is of a class that has more."""
    item = Item(name="a", owner=Owner(name="o"))

    assert sent(app, item, response_model=PublicItem).json() == {"name": "a", "owner": {"name": "o"}}


def test_the_return_annotation_is_the_response_model(app: Laneway) -> None:
    @app.get("/")
    async def read() -> PublicItem:
        return Item(name="a", owner=Owner(name="o"))  # type: ignore[return-value]  # what is tested

    assert TestClient(app).get("/").json() == {"name": "a", "owner": {"name": "o"}}


def test_a_subclass_is_filtered_by_the_declared_class(app: Laneway) -> None:
    class PrivateOwner(PublicOwner):
        password: str

    @app.get("/")
    async def read() -> PublicOwner:
        return PrivateOwner(name="o", password="p")

    assert TestClient(app).get("/").json() == {"name": "o"}


def test_response_model_none_switches_the_annotation_off(app: Laneway) -> None:
    @app.get("/", response_model=None)
    async def read() -> PublicOwner | Response:
        return {"name": "o", "more": 1}  # type: ignore[return-value]  # what is tested

    assert TestClient(app).get("/").json() == {"name": "o", "more": 1}


def test_a_dictionary_is_validated_and_converted(app: Laneway) -> None:
    assert sent(app, {"name": "a", "price": "2"}, response_model=Item).json()["price"] == 2.0


options: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({}, {"name": "a", "price": 1.5, "note": None, "owner": {"name": "o", "password": "secret"}}),
    "unset": ({"response_model_exclude_unset": True}, {"name": "a", "note": None, "owner": {"name": "o"}}),
    "defaults": ({"response_model_exclude_defaults": True}, {"name": "a", "owner": {"name": "o"}}),
    "none": (
        {"response_model_exclude_none": True},
        {"name": "a", "price": 1.5, "owner": {"name": "o", "password": "secret"}},
    ),
    "include": ({"response_model_include": {"name", "price"}}, {"name": "a", "price": 1.5}),
    "include list": ({"response_model_include": ["name"]}, {"name": "a"}),
    "exclude": ({"response_model_exclude": {"owner", "note"}}, {"name": "a", "price": 1.5}),
    "exclude inside": (
        {"response_model_exclude": {"owner": {"password"}, "price": True, "note": True}},
        {"name": "a", "owner": {"name": "o"}},
    ),
}


@pytest.mark.parametrize(("option", "expected"), options.values(), ids=options.keys())
def test_options_choose_what_goes_out(app: Laneway, option: dict[str, Any], expected: Any) -> None:
    item = Item(name="a", note=None, owner=Owner(name="o"))

    assert sent(app, item, response_model=Item, **option).json() == expected


class Aliased(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    full_name: str = Field(alias="fullName")


@pytest.mark.parametrize(("by_alias", "key"), [(True, "fullName"), (False, "full_name")])
def test_names_on_the_wire_are_aliases_unless_told(app: Laneway, by_alias: bool, key: str) -> None:
    reply = sent(app, Aliased(full_name="n"), response_model=Aliased, response_model_by_alias=by_alias)

    assert reply.json() == {key: "n"}


def test_unset_is_what_the_endpoint_did_not_set_in_a_list_too(app: Laneway) -> None:
    items = [Item(name="a"), Item(name="b", price=1.5)]
    reply = sent(app, items, response_model=list[Item], response_model_exclude_unset=True)

    assert reply.json() == [{"name": "a"}, {"name": "b", "price": 1.5}]


def test_a_serializer_of_the_model_is_used(app: Laneway) -> None:
    class Day(BaseModel):
        day: date

        @field_serializer("day")
        def as_text(self, day: date) -> str:
            return day.strftime("%d.%m.%Y")

    assert sent(app, Day(day=date(2020, 1, 2)), response_model=Day).json() == {"day": "02.01.2020"}


# -- other kinds of results


@dataclass
class Point:
    x: int
    y: int = 0


def test_a_dataclass_goes_out(app: Laneway) -> None:
    assert sent(app, Point(1)).json() == {"x": 1, "y": 0}


def test_a_dataclass_may_be_the_response_model(app: Laneway) -> None:
    assert sent(app, {"x": "3", "z": 1}, response_model=Point).json() == {"x": 3, "y": 0}


class Row:
    """As an ORM makes them: attributes, nothing else."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.password = "secret"
        self._sa_instance_state = object()


class FromRow(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str


@pytest.mark.parametrize("model", [FromRow, PublicOwner], ids=["from_attributes", "not said"])
def test_an_orm_object_is_read_by_its_attributes(app: Laneway, model: type[BaseModel]) -> None:
    assert sent(app, Row("r"), response_model=model).json() == {"name": "r"}


def test_a_list_of_orm_objects_is_read_too(app: Laneway) -> None:
    assert sent(app, [Row("r"), Row("s")], response_model=list[FromRow]).json() == [
        {"name": "r"},
        {"name": "s"},
    ]


def test_without_a_model_everything_with_a_json_form_goes_out(app: Laneway) -> None:
    value = {"day": date(2020, 1, 2), "set": {1}, "item": Owner(name="o"), 5: None}

    assert sent(app, value).json() == {
        "day": "2020-01-02",
        "set": [1],
        "item": {"name": "o", "password": "secret"},
        "5": None,
    }


def test_the_bookkeeping_of_sqlalchemy_does_not_go_out(app: Laneway) -> None:
    assert sent(app, Row("r").__dict__).json() == {"name": "r", "password": "secret"}


def test_a_union_takes_the_class_of_the_result(app: Laneway) -> None:
    class Cat(BaseModel):
        name: str

    class Dog(BaseModel):
        name: str
        barks: bool = True

    assert sent(app, Cat(name="c"), response_model=Dog | Cat).json() == {"name": "c"}


# -- what does not fit


def test_a_result_that_does_not_fit_is_the_servers_fault(app: Laneway) -> None:
    app.get("/", response_model=Item)(returning({"price": "much"}))

    assert TestClient(app, raise_server_exceptions=False).get("/").status_code == 500


@pytest.fixture
def mismatch(app: Laneway) -> ResponseValidationError:
    app.get("/items/{number}", response_model=Item)(returning({"price": "much"}))
    with pytest.raises(ResponseValidationError) as caught:
        TestClient(app).get("/items/1")
    return caught.value


def test_the_error_tells_every_place_that_does_not_fit(mismatch: ResponseValidationError) -> None:
    assert [error["loc"] for error in mismatch.errors()] == [("response", "name"), ("response", "price")]


def test_the_error_names_route_and_file(mismatch: ResponseValidationError) -> None:
    text = str(mismatch)

    assert "GET /items/{number}" in text
    assert __file__ in text


def test_an_annotation_that_is_no_type_is_refused_at_the_decorator(app: Laneway) -> None:
    class NotAType: ...

    with pytest.raises(FastAPIError, match="response_model=None"):

        @app.get("/")
        async def read() -> NotAType: ...


# -- status, headers, cookies


def test_the_status_is_declared(app: Laneway) -> None:
    assert sent(app, 1, status_code=201).status_code == 201


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_body_has_none(app: Laneway, status: int) -> None:
    reply = sent(app, None, status_code=status)

    assert (reply.status_code, reply.content) == (status, b"")


def test_a_status_without_body_has_none_when_the_endpoint_returns_one(app: Laneway) -> None:
    reply = sent(app, {"a": 1}, status_code=204)

    assert (reply.content, reply.headers.get("content-length")) == (b"", None)


def test_a_status_without_body_has_no_response_model(app: Laneway) -> None:
    with pytest.raises(AssertionError, match="204"):
        app.get("/", status_code=204, response_model=Item)(returning(None))


def test_the_response_parameter_sets_status_headers_and_cookies(app: Laneway) -> None:
    @app.get("/", status_code=201)
    async def read(response: Response) -> str:
        response.status_code = 202
        response.headers["x-tag"] = "1"
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return "read"

    reply = TestClient(app).get("/")

    assert (reply.status_code, reply.headers["x-tag"], dict(reply.cookies), reply.json()) == (
        202,
        "1",
        {"a": "1", "b": "2"},
        "read",
    )


def test_the_response_parameter_may_say_that_there_is_no_body(app: Laneway) -> None:
    @app.delete("/")
    async def delete(response: Response) -> None:
        response.status_code = 204

    reply = TestClient(app).delete("/")

    assert (reply.status_code, reply.content) == (204, b"")


def test_a_response_goes_out_as_it_is(app: Laneway) -> None:
    reply = sent(app, PlainTextResponse("text", 418, {"x-own": "1"}), response_model=Item)

    assert (reply.status_code, reply.text, reply.headers["x-own"]) == (418, "text", "1")


def test_an_http_exception_may_carry_any_detail(app: Laneway) -> None:
    @app.get("/")
    async def read() -> None:
        raise HTTPException(409, {"reason": ["a", 1]}, {"x-why": "because"})

    reply = TestClient(app).get("/")

    assert (reply.json(), reply.headers["x-why"]) == ({"detail": {"reason": ["a", 1]}}, "because")


# -- response classes


@pytest.mark.parametrize(
    ("response_class", "value", "kind", "body"),
    [
        (HTMLResponse, "<p>", "text/html; charset=utf-8", "<p>"),
        (PlainTextResponse, "text", "text/plain; charset=utf-8", "text"),
        (JSONResponse, {"a": 1}, "application/json", '{"a":1}'),
        (Response, "raw", None, "raw"),
    ],
)
def test_a_response_class_wraps_the_result(
    app: Laneway, response_class: type[Response], value: Any, kind: str | None, body: str
) -> None:
    reply = sent(app, value, response_class=response_class)

    assert (reply.headers.get("content-type"), reply.text) == (kind, body)


def test_a_redirect_class_takes_the_result_for_the_url(app: Laneway) -> None:
    app.get("/", response_class=RedirectResponse)(returning("/there"))
    reply = TestClient(app).get("/", follow_redirects=False)

    assert (reply.status_code, reply.headers["location"]) == (307, "/there")


def test_a_response_class_of_ones_own_is_given_plain_data(app: Laneway) -> None:
    class Lines(Response):
        media_type = "text/plain"

        def render(self, content: Any) -> bytes:
            return "\n".join(f"{key}={value}" for key, value in content.items()).encode()

    reply = sent(app, Owner(name="o"), response_model=PublicOwner, response_class=Lines)

    assert reply.text == "name=o"


# -- bytes


@pytest.mark.parametrize("option", [{}, {"response_model": dict[str, Any]}], ids=["no model", "model"])
def test_json_is_compact_utf8_with_its_length(app: Laneway, option: dict[str, Any]) -> None:
    reply = sent(app, {"a": "漢", "b": [1, 2]}, **option)

    assert reply.content == '{"a":"漢","b":[1,2]}'.encode()
    assert reply.headers["content-length"] == str(len(reply.content))
    assert reply.headers["content-type"] == "application/json"


# -- background tasks


@pytest.mark.parametrize("blocking", [True, False], ids=["def", "async def"])
async def test_tasks_run_after_the_response_is_sent(app: Laneway, blocking: bool) -> None:
    events: list[str] = []

    def task(name: str) -> None:
        events.append(name)

    async def async_task(name: str) -> None:
        events.append(name)

    @app.get("/")
    async def read(tasks: BackgroundTasks) -> str:
        tasks.add_task(task if blocking else async_task, "task")
        return "read"

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        events.append(message["type"])

    await app(
        {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}, receive, send
    )

    assert events == ["http.response.start", "http.response.body", "task"]


def test_tasks_run_with_a_response_of_the_endpoint(app: Laneway) -> None:
    events: list[str] = []

    @app.get("/")
    async def read(tasks: BackgroundTasks) -> Response:
        tasks.add_task(events.append, "task")
        return PlainTextResponse("own")

    TestClient(app).get("/")

    assert events == ["task"]


def test_tasks_do_not_run_when_the_endpoint_fails(app: Laneway) -> None:
    events: list[str] = []

    @app.get("/")
    async def read(tasks: BackgroundTasks) -> None:
        tasks.add_task(events.append, "task")
        raise HTTPException(400)

    TestClient(app).get("/")

    assert events == []


def test_an_annotated_result_keeps_its_rules(app: Laneway) -> None:
    app.get("/", response_model=Annotated[int, Field(gt=0)])(returning(-1))

    with pytest.raises(ResponseValidationError):
        TestClient(app).get("/")


def test_a_handler_of_ones_own_may_give_any_asgi_app(app: Laneway) -> None:
    """What is sent need not be one of Starlette's responses."""

    async def teapot(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    class Own(APIRoute):
        def get_route_handler(self) -> Any:
            async def handler(request: Request) -> Any:
                return teapot

            return handler

    app.router.route_class = Own
    app.get("/")(returning(None))

    assert TestClient(app).get("/").status_code == 418
