"""The steps of serving a request, as libraries for FastAPI call them one by one."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse

from laneway.datastructures import Default
from laneway.exceptions import ResponseValidationError
from laneway.fastapi import BackgroundTasks, Depends, FastAPI, Query, Response, WebSocket
from laneway.fastapi._compat import ModelField, create_body_model, evaluate_forwardref, value_is_sequence
from laneway.fastapi.dependencies.utils import (
    SolvedDependency,
    get_dependant,
    get_flat_params,
    get_typed_annotation,
    request_body_to_args,
    solve_dependencies,
)
from laneway.fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from laneway.fastapi.routing import (
    _merge_lifespan_context,
    get_request_handler,
    get_websocket_app,
    request_response,
    run_endpoint_function,
    serialize_response,
    websocket_session,
)
from laneway.fastapi.utils import (
    create_model_field,
    deep_dict_update,
    get_path_param_names,
    get_value_or_default,
    is_body_allowed_for_status_code,
)
from laneway.testing import TestClient


class Item(BaseModel):
    """What the endpoints here speak of."""

    name: str
    price: float = 1


def request(query: bytes = b"") -> Request:
    """A GET request outside of any route."""
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": query, "headers": []})


async def solved(call: Any, request: Request, **options: Any) -> SolvedDependency:
    """What solving the dependencies of a function gives, with its `yield` dependencies ended."""
    async with AsyncExitStack() as stack:
        return await solve_dependencies(
            request=request,
            dependant=get_dependant(path="/", call=call),
            async_exit_stack=stack,
            embed_body_fields=False,
            **options,
        )


def double(n: int) -> int:
    """A dependency with a query parameter."""
    return n * 2


def endpoint(n: int, doubled: Annotated[int, Depends(double)]) -> None:
    """Something with one."""


async def test_solving_gives_the_arguments_of_the_endpoint() -> None:
    """Parameters and results of dependencies, by name."""
    result = await solved(endpoint, request(b"n=3"))

    assert (result.values, result.errors) == ({"n": 3, "doubled": 6}, [])


async def test_solving_collects_the_errors_of_all_dependencies() -> None:
    """The dependency's and the endpoint's own."""
    result = await solved(endpoint, request(b"n=x"))

    assert [error["loc"] for error in result.errors] == [("query", "n"), ("query", "n")]


async def test_solving_replaces_what_is_overridden() -> None:
    """The provider is an app, or anything like it."""
    app = FastAPI()
    app.dependency_overrides[double] = lambda: 100

    result = await solved(endpoint, request(b"n=3"), dependency_overrides_provider=app)

    assert result.values["doubled"] == 100


async def test_solving_adds_results_to_the_cache_given() -> None:
    """So that the next call can use them."""
    cache: dict[Any, Any] = {}

    await solved(endpoint, request(b"n=3"), dependency_cache=cache)

    assert cache == {(double, (), ""): 6}


async def test_solving_takes_results_from_the_cache_given() -> None:
    """The dependency is not called again."""
    result = await solved(endpoint, request(b"n=3"), dependency_cache={(double, (), ""): 7})

    assert result.values["doubled"] == 7


async def test_a_yield_dependency_ends_with_the_stack_given() -> None:
    """Outside of a route there is no other."""
    events: list[str] = []

    def opened() -> Iterator[str]:
        events.append("open")
        yield "resource"
        events.append("closed")

    def use(resource: Annotated[str, Depends(opened)]) -> None:
        events.append("never called")

    await solved(use, request())

    assert events == ["open", "closed"]


def test_within_a_handler_a_yield_dependency_ends_with_the_request() -> None:
    """The stacks of the request come before the one that is given."""
    events = list[str]()

    async def opened() -> AsyncIterator[str]:
        yield "resource"
        events.append("closed")

    def use(resource: Annotated[str, Depends(opened)]) -> None:
        """Something that needs the resource."""

    async def handler(request: Request) -> JSONResponse:
        await solved(use, request)
        return JSONResponse(list(events))

    assert TestClient(request_response(handler)).get("/").json() == []
    assert events == ["closed"]


async def test_background_tasks_and_response_are_handed_back() -> None:
    """What parameters of these types got."""

    def use(tasks: BackgroundTasks, response: Response) -> None:
        """Something that asks for both."""

    result = await solved(use, request())

    assert result.values == {"tasks": result.background_tasks, "response": result.response}


async def test_a_body_is_read_by_its_fields() -> None:
    """Two values stand under their names."""

    def use(item: Item, other: Item) -> None:
        """Something with two bodies."""

    fields = get_dependant(path="/", call=use).body_params
    values, errors = await request_body_to_args(fields, {"item": {"name": "pen"}}, embed_body_fields=True)

    assert (values, [error["loc"] for error in errors]) == ({"item": Item(name="pen")}, [("body", "other")])


def test_flat_params_are_those_of_the_whole_tree() -> None:
    """A call that is used twice counts once."""

    def use(limit: int, one: Annotated[int, Depends(double)], two: Annotated[int, Depends(double)]) -> None:
        """Something that uses a dependency twice."""

    assert [field.name for field in get_flat_params(get_dependant(path="/", call=use))] == ["limit", "n"]


def test_a_string_annotation_becomes_its_type() -> None:
    """Names are looked up where the function was written."""
    assert get_typed_annotation("list[Item]", globals()) == list[Item]


def test_an_unknown_name_stays_as_it_is() -> None:
    """It may exist for type checkers only."""
    assert evaluate_forwardref("Nowhere", {}) == "Nowhere"


def handler_client(call: Any, **options: Any) -> TestClient:
    """A client of a request handler, which stands alone."""
    handler = get_request_handler(get_dependant(path="/", call=call), **options)
    return TestClient(request_response(handler))


def test_a_request_handler_serves_an_endpoint() -> None:
    """Any ASGI framework can route to it."""

    async def greet(name: Annotated[str, Query()] = "you") -> dict[str, str]:
        return {"hello": name}

    assert handler_client(greet).get("/?name=Ann").json() == {"hello": "Ann"}


def test_a_request_handler_filters_by_the_response_field() -> None:
    """With the options of the route."""
    field = create_model_field("Reply", Item, mode="serialization")

    def read() -> Item:
        return Item(name="pen")

    client = handler_client(read, response_field=field, response_model_exclude={"price"}, status_code=202)
    reply = client.get("/")

    assert (reply.status_code, reply.json()) == (202, {"name": "pen"})


def test_a_request_handler_reads_a_body() -> None:
    """When it is given the body's field."""

    def read(item: Item) -> str:
        return item.name

    (field,) = get_dependant(path="/", call=read).body_params

    assert handler_client(read, body_field=field).post("/", json={"name": "pen"}).json() == "pen"


def test_a_websocket_app_serves_an_endpoint() -> None:
    """With typed parameters."""

    async def greet(websocket: WebSocket, name: str) -> None:
        await websocket.accept()
        await websocket.send_text(f"hello {name}")
        await websocket.close()

    app = websocket_session(get_websocket_app(get_dependant(path="/", call=greet)))

    with TestClient(app).websocket_connect("/?name=Ann") as session:
        assert session.receive_text() == "hello Ann"


@pytest.mark.parametrize("is_coroutine", [True, False])
async def test_an_endpoint_is_run_on_the_loop_or_in_a_thread(is_coroutine: bool) -> None:
    """As the caller says."""

    async def on_loop(n: int) -> int:
        return n

    def in_thread(n: int) -> int:
        return n

    dependant = get_dependant(path="/", call=on_loop if is_coroutine else in_thread)

    assert await run_endpoint_function(dependant=dependant, values={"n": 1}, is_coroutine=is_coroutine) == 1


@pytest.mark.parametrize("is_coroutine", [True, False])
async def test_a_result_is_serialised_by_its_field(is_coroutine: bool) -> None:
    """As plain data."""
    field = ModelField(create_model_field("Reply", Item).field_info, "Reply", "serialization")
    item = Item(name="pen")

    assert await serialize_response(
        field=field, response_content=item, exclude_unset=True, is_coroutine=is_coroutine
    ) == {"name": "pen"}


async def test_a_result_can_be_serialised_to_bytes() -> None:
    """Straight from the validator."""
    field = create_model_field("Reply", Item, mode="serialization")

    assert await serialize_response(field=field, response_content={"name": "pen"}, dump_json=True) == (
        b'{"name":"pen","price":1.0}'
    )


async def test_a_result_against_its_field_is_an_error() -> None:
    """With the place of what is wrong."""
    field = create_model_field("Reply", Item, mode="serialization")

    with pytest.raises(ResponseValidationError) as raised:
        await serialize_response(field=field, response_content={})
    assert raised.value.errors()[0]["loc"] == ("response", "name")


async def test_a_result_without_a_field_becomes_plain_data() -> None:
    """By jsonable_encoder."""
    assert await serialize_response(response_content=Item(name="pen")) == {"name": "pen", "price": 1}


async def test_two_lifespans_run_as_one() -> None:
    """The states are merged."""

    @asynccontextmanager
    async def outer(app: Any) -> AsyncIterator[dict[str, int]]:
        yield {"a": 1}

    @asynccontextmanager
    async def inner(app: Any) -> AsyncIterator[dict[str, int]]:
        yield {"b": 2}

    async with _merge_lifespan_context(outer, inner)(None) as state:
        assert state == {"a": 1, "b": 2}


async def test_the_exit_stack_middleware_puts_a_stack_into_the_scope() -> None:
    """Open while the app runs."""
    scope: dict[str, Any] = {}

    async def app(*_: Any) -> None:
        assert isinstance(scope["fastapi_middleware_astack"], AsyncExitStack)

    await AsyncExitStackMiddleware(app)(scope, None, None)  # type: ignore[arg-type]
    assert scope


def test_path_parameter_names_are_those_in_braces() -> None:
    """In any order."""
    assert get_path_param_names("/a/{b}/{c}") == {"b", "c"}


@pytest.mark.parametrize(
    ("status", "allowed"),
    [(200, True), (None, True), ("default", True), ("4XX", True), (204, False), ("304", False)],
)
def test_bodies_are_allowed_by_status(status: int | str | None, allowed: bool) -> None:
    """As numbers or as OpenAPI writes them."""
    assert is_body_allowed_for_status_code(status) is allowed


def test_dictionaries_are_merged_deeply() -> None:
    """Lists grow."""
    main = {"a": {"b": [1]}, "c": 1}

    deep_dict_update(main, {"a": {"b": [2]}, "c": 3})

    assert main == {"a": {"b": [1, 2]}, "c": 3}


def test_the_first_value_that_is_no_default_wins() -> None:
    """Defaults are marked."""
    assert get_value_or_default(Default(1), 2, Default(3)) == 2


def test_a_body_model_has_the_fields_given() -> None:
    """Under their names."""
    model = create_body_model(fields=[create_model_field("size", int)], model_name="Body")

    assert model.model_validate({"size": "1"}).model_dump() == {"size": 1}


def test_text_is_no_sequence() -> None:
    """Nor bytes."""
    assert [value_is_sequence(value) for value in ([1], (), "a", b"a")] == [True, True, False, False]
