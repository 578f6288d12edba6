"""Tools that put functions of their own into `fastapi.routing`, as Sentry and Logfire do, are called."""

import dataclasses
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import wraps
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from laneway import APIRouter, Depends, Laneway, Request, WebSocket, WebSocketDisconnect
from laneway.exceptions import RequestValidationError
from laneway.fastapi import routing
from laneway.fastapi.dependencies import utils
from laneway.lanes import threads
from laneway.responses import JSONResponse
from laneway.routing import APIRoute
from laneway.testing import TestClient


class Item(BaseModel):
    name: str
    price: float = 1


def double(n: int = 1) -> int:
    return n * 2


def make_app() -> Laneway:
    """Every kind of endpoint, in a router."""
    app = Laneway(openapi_url=None)
    router = APIRouter(prefix="/in")

    @router.get("/plain/{item_id}")
    def plain(item_id: int, doubled: Annotated[int, Depends(double)]) -> dict[str, int]:
        return {"id": item_id, "doubled": doubled}

    @router.post("/items", status_code=201)
    async def create(item: Item) -> Item:
        return item

    @router.get("/untyped")
    async def untyped():  # type: ignore[no-untyped-def]  # a result without a model
        return {"a": 1}

    @router.get("/stream")
    async def stream() -> AsyncIterator[int]:
        yield 1

    @router.websocket("/ws/{n}")
    async def talk(websocket: WebSocket, n: int) -> None:
        await websocket.accept()
        await websocket.send_text(str(n))
        await websocket.close()

    app.include_router(router)
    return app


@pytest.fixture
def app() -> Laneway:
    return make_app()


@pytest.fixture
def seen() -> list[Any]:
    return []


Replace = Callable[[str, Callable[..., Any]], None]


@pytest.fixture
def replace(monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Puts a wrapped function of `fastapi.routing` in its place."""

    def replace(name: str, wrap: Callable[..., Any]) -> None:
        original = getattr(routing, name)
        monkeypatch.setattr(routing, name, wraps(original)(wrap(original)))

    return replace


def noting(seen: list[Any], key: str) -> Callable[..., Any]:
    """A wrapper that notes one argument of each call."""

    def wrap(original: Any) -> Any:
        async def wrapped(**arguments: Any) -> Any:
            seen.append(arguments[key])
            return await original(**arguments)

        return wrapped

    return wrap


def test_solved_dependencies_can_be_seen_and_changed(app: Laneway, replace: Replace) -> None:
    def wrap(original: Any) -> Any:
        async def wrapped(*, request: Request, **arguments: Any) -> Any:
            solved = await original(request=request, **arguments)
            return dataclasses.replace(solved, values={**solved.values, "doubled": 100})

        return wrapped

    replace("solve_dependencies", wrap)

    assert TestClient(app).get("/in/plain/3").json() == {"id": 3, "doubled": 100}


def test_errors_of_arguments_are_seen_before_the_reply(app: Laneway, replace: Replace) -> None:
    errors: list[Any] = []

    def wrap(original: Any) -> Any:
        async def wrapped(**arguments: Any) -> Any:
            solved = await original(**arguments)
            errors.extend(solved.errors)
            return solved

        return wrapped

    replace("solve_dependencies", wrap)
    reply = TestClient(app).get("/in/plain/x")

    assert (reply.status_code, [error["loc"] for error in errors]) == (422, [("path", "item_id")])


def test_the_endpoint_is_run_by_the_replacement(app: Laneway, seen: list[Any], replace: Replace) -> None:
    replace("run_endpoint_function", noting(seen, "values"))
    reply = TestClient(app).post("/in/items", json={"name": "pen"})

    assert (reply.status_code, reply.json()) == (201, {"name": "pen", "price": 1.0})
    assert seen == [{"item": Item(name="pen")}]


@pytest.mark.parametrize(
    ("path", "result"), [("/in/untyped", {"a": 1}), ("/in/plain/3", {"id": 3, "doubled": 2})]
)
def test_results_are_serialised_by_the_replacement(
    app: Laneway, seen: list[Any], replace: Replace, path: str, result: object
) -> None:
    replace("serialize_response", noting(seen, "response_content"))

    assert TestClient(app).get(path).json() == result
    assert seen == [result]


def test_a_stream_goes_through_the_dependencies_that_were_replaced(
    app: Laneway, seen: list[Any], replace: Replace
) -> None:
    replace("solve_dependencies", noting(seen, "body"))

    assert TestClient(app).get("/in/stream").text == "1\n"
    assert len(seen) == 1


def test_a_handler_is_made_by_the_replacement_once_a_route(
    app: Laneway, seen: list[Any], replace: Replace
) -> None:
    """With the names of FastAPI's arguments; what it makes is called for each request."""

    def wrap(original: Any) -> Any:
        def wrapped(*args: Any, **arguments: Any) -> Any:
            seen.append("made")
            handler = original(*args, **arguments)

            async def handle(request: Request) -> Any:
                seen.append(request.scope["route"].path)
                return await handler(request)

            return handle

        return wrapped

    replace("get_request_handler", wrap)
    client = TestClient(app)
    client.get("/in/untyped")
    client.get("/in/untyped")

    assert seen == ["made", "/in/untyped", "/in/untyped"]


def test_a_call_that_was_wrapped_is_the_one_that_runs(
    app: Laneway, seen: list[Any], replace: Replace
) -> None:
    def wrap(original: Any) -> Any:
        def wrapped(**arguments: Any) -> Any:
            call = arguments["dependant"].call

            @wraps(call)
            def noted(*args: Any, **values: Any) -> Any:
                seen.append(values)
                return call(*args, **values)

            arguments["dependant"].call = noted
            return original(**arguments)

        return wrapped

    replace("get_request_handler", wrap)
    client = TestClient(app)

    assert [client.get("/in/plain/3").json()["id"] for _ in range(2)] == [3, 3]
    assert seen == [{"item_id": 3, "doubled": 2}] * 2


def test_a_route_is_made_an_app_by_the_replacement(app: Laneway, seen: list[Any], replace: Replace) -> None:
    def wrap(original: Any) -> Any:
        def wrapped(handler: Any) -> Any:
            inner = original(handler)

            async def serve(scope: Any, receive: Any, send: Any) -> None:
                seen.append(scope["path"])
                await inner(scope, receive, send)

            return serve

        return wrapped

    replace("request_response", wrap)
    TestClient(app).get("/in/untyped")

    assert seen == ["/in/untyped"]


def test_dependencies_of_websockets_go_through_the_replacement(
    app: Laneway, seen: list[Any], replace: Replace
) -> None:
    replace("solve_dependencies", noting(seen, "request"))
    with TestClient(app).websocket_connect("/in/ws/7") as session:
        said = session.receive_text()

    assert (said, [type(connection) for connection in seen]) == ("7", [WebSocket])


def test_a_websocket_refuses_wrong_parameters_also_then(
    app: Laneway, seen: list[Any], replace: Replace
) -> None:
    replace("solve_dependencies", noting(seen, "request"))

    with pytest.raises(WebSocketDisconnect) as refused, TestClient(app).websocket_connect("/in/ws/x"):
        pass
    assert (refused.value.code, len(seen)) == (1008, 1)


def test_a_replacement_in_the_module_of_dependencies_is_called(
    app: Laneway, seen: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(utils, "solve_dependencies", noting(seen, "body")(utils.solve_dependencies))
    TestClient(app).get("/in/untyped")

    assert len(seen) == 1


def test_a_running_app_switches_and_switches_back(app: Laneway, seen: list[Any]) -> None:
    """Tools that are started late see requests from then on; without them nothing is left behind."""
    client = TestClient(app)
    client.get("/in/untyped")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "solve_dependencies", noting(seen, "body")(routing.solve_dependencies))
        client.get("/in/untyped")
    client.get("/in/untyped")

    route = next(route for route in app.routes if isinstance(route, APIRoute))
    assert len(seen) == 1
    assert route.compiled_plan is not None


def test_overrides_hold_also_then(app: Laneway, seen: list[Any], replace: Replace) -> None:
    replace("solve_dependencies", noting(seen, "body"))
    client = TestClient(app)
    before = client.get("/in/plain/3").json()
    app.dependency_overrides[double] = lambda: 0

    assert (before["doubled"], client.get("/in/plain/3").json()["doubled"]) == (2, 0)


def test_an_endpoint_stays_in_its_lane(seen: list[Any], replace: Replace) -> None:
    app = Laneway(lanes={"own": threads(1)})

    @app.get("/", lane="own")
    def read() -> str:
        return threading.current_thread().name

    replace("run_endpoint_function", noting(seen, "is_coroutine"))
    with TestClient(app) as client:
        name = client.get("/").json()

    assert ("own" in name, seen) == (True, [False])


def test_a_body_that_is_not_json_is_refused_also_then(
    app: Laneway, seen: list[Any], replace: Replace
) -> None:
    replace("solve_dependencies", noting(seen, "body"))

    @app.exception_handler(RequestValidationError)
    async def note(request: Request, error: RequestValidationError) -> JSONResponse:
        seen.append(error.errors()[0]["type"])
        return JSONResponse({}, 422)

    headers = {"content-type": "application/json"}
    TestClient(app).post("/in/items", content="{", headers=headers)

    assert seen == ["json_invalid"]


@pytest.fixture(autouse=True)
def originals() -> Iterator[None]:
    """No test leaves a replacement behind."""
    yield
    route = next(route for route in make_app().routes if isinstance(route, APIRoute))
    assert route.compiled_plan is not None
