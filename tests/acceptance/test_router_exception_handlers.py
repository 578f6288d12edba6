"""Exception handlers of one router, one include, one route: which of several answers."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway import APIRouter, Depends, HTTPException, Laneway, WebSocket
from laneway.exceptions import FastAPIError, RequestValidationError
from laneway.middleware import Middleware
from laneway.testing import TestClient


class AppError(Exception):
    """An error of the app."""


class NoMoreError(AppError):
    """A kind of it."""


def says(text: str, status: int = 418) -> Callable[[Request, Exception], Awaitable[Response]]:
    """A handler that answers with a text."""

    async def handler(request: Request, error: Exception) -> Response:
        return PlainTextResponse(text, status)

    return handler


def failing(error: Exception) -> Callable[[], None]:
    """An endpoint that raises."""

    def endpoint() -> None:
        raise error

    return endpoint


def reply(router: APIRouter, error: Exception | None = None, **options: Any) -> str:
    """What an app answers when an endpoint of a router raises `error`."""
    app = Laneway(**options)
    if error is not None:
        router.add_api_route("/", failing(error))
    app.include_router(router, prefix="/x")
    return TestClient(app, raise_server_exceptions=False).get("/x/").text


# -- which handler


def test_a_router_answers_for_its_routes() -> None:
    """By the class of the error, or one that it is derived from."""
    router = APIRouter(exception_handlers={AppError: says("router")})

    assert reply(router, NoMoreError()) == "router"


def test_other_routes_are_not_answered_for() -> None:
    """Handlers of a router are for its own routes."""
    app = Laneway()
    app.include_router(APIRouter(exception_handlers={AppError: says("router")}))
    app.add_api_route("/", failing(AppError()))

    assert TestClient(app, raise_server_exceptions=False).get("/").status_code == 500


def test_the_innermost_handler_answers() -> None:
    """Route, inner router, include, outer router, app."""
    names = ["route", "inner", "include", "outer", "app"]
    handlers = {name: {AppError: says(name)} for name in names}
    heard = []
    while names:
        inner = APIRouter(exception_handlers=handlers.get("inner"))
        inner.add_api_route("/", failing(AppError()), exception_handlers=handlers.get("route"))
        outer = APIRouter(exception_handlers=handlers.get("outer"))
        outer.include_router(inner, prefix="/inner", exception_handlers=handlers.get("include"))
        app = Laneway(exception_handlers=handlers.get("app"))
        app.include_router(outer)
        heard.append(TestClient(app).get("/inner/").text)
        handlers.pop(names.pop(0))

    assert heard == ["route", "inner", "include", "outer", "app"]


def test_a_handler_for_a_base_class_wins_over_one_further_out_for_the_class_itself() -> None:
    """Nearness counts first."""
    router = APIRouter(exception_handlers={AppError: says("router")})

    assert reply(router, NoMoreError(), exception_handlers={NoMoreError: says("app")}) == "router"


def test_errors_that_a_router_has_no_handler_for_go_on_to_the_app() -> None:
    """A router need not know everything."""
    router = APIRouter(exception_handlers={NoMoreError: says("router")})

    assert reply(router, AppError(), exception_handlers={AppError: says("app")}) == "app"


@pytest.mark.parametrize("key", [404, HTTPException])
def test_a_router_answers_for_http_exceptions(key: Any) -> None:
    """By status or by class, although the app has a handler for all of them."""
    router = APIRouter(exception_handlers={key: says("router")})

    assert reply(router, HTTPException(404), exception_handlers={404: says("app")}) == "router"


def test_other_statuses_are_answered_by_the_app() -> None:
    """A handler for 404 is for 404."""
    router = APIRouter(exception_handlers={404: says("router")})

    assert reply(router, HTTPException(409, "taken")) == '{"detail":"taken"}'


@pytest.mark.parametrize("key", [500, Exception])
def test_a_handler_for_everything_answers_what_nobody_else_does(key: Any) -> None:
    """For unexpected errors only: refusals keep their own replies, as with an app's handler for 500."""
    router = APIRouter(exception_handlers={key: says("sorry")})
    router.add_api_route("/refused", failing(HTTPException(409, "taken")))
    router.add_api_route("/unexpected", failing(ZeroDivisionError()))
    app = Laneway()
    app.include_router(router)
    client = TestClient(app)

    assert client.get("/refused").json() == {"detail": "taken"}
    assert client.get("/unexpected").text == "sorry"


def test_a_handler_may_be_a_plain_function() -> None:
    """It runs in a thread."""

    def plain(request: Request, error: Exception) -> Response:
        return PlainTextResponse(f"plain {request.url.path}")

    assert reply(APIRouter(exception_handlers={AppError: plain}), AppError()) == "plain /x/"
    assert reply(APIRouter(exception_handlers={409: plain}), HTTPException(409)) == "plain /x/"


def test_an_unknown_path_is_no_matter_of_a_router() -> None:
    """404 and 405 of paths and methods that no route serves are the app's."""
    router = APIRouter(exception_handlers={404: says("router"), 405: says("router")})
    router.add_api_route("/x", failing(AppError()))
    app = Laneway()
    app.include_router(router)
    client = TestClient(app)

    assert client.get("/absent").json() == {"detail": "Not Found"}
    assert client.post("/x").json() == {"detail": "Method Not Allowed"}


# -- what is answered


def test_errors_of_dependencies_are_answered() -> None:
    """Also of those that the router itself adds."""
    router = APIRouter(
        exception_handlers={AppError: says("router")}, dependencies=[Depends(failing(AppError()))]
    )

    assert reply(router, ZeroDivisionError()) == "router"


def test_refused_input_is_answered() -> None:
    """A router may tell of invalid requests in its own way."""
    router = APIRouter(exception_handlers={RequestValidationError: says("what?", 422)})

    @router.get("/")
    def read(number: int) -> int:
        return number

    assert reply(router) == "what?"


def test_a_body_that_is_no_json_is_answered() -> None:
    """The general path finds it, and the router answers."""
    router = APIRouter(exception_handlers={RequestValidationError: says("what?", 422)})

    @router.post("/")
    def read(body: dict[str, int]) -> None:
        """Nothing."""

    app = Laneway()
    app.include_router(router)

    assert (
        TestClient(app).post("/", content="{", headers={"content-type": "application/json"}).text == "what?"
    )


def test_errors_of_middleware_are_answered_by_what_stands_around_it() -> None:
    """Middleware of a route is inside of its router."""

    class Refusing:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            raise AppError

    router = APIRouter(exception_handlers={AppError: says("router")})
    router.add_api_route(
        "/",
        failing(ZeroDivisionError()),
        middleware=[Middleware(Refusing)],
        exception_handlers={AppError: says("route")},
    )

    assert reply(router) == "router"


def test_a_handled_error_passes_the_middleware_as_a_reply() -> None:
    """Handlers stand inside of the middleware of the same router."""
    statuses: list[int] = []

    class Watching:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            async def watched(message: Any) -> None:
                statuses.append(message.get("status", 0))
                await send(message)

            await self.app(scope, receive, watched)

    router = APIRouter(middleware=[Middleware(Watching)], exception_handlers={AppError: says("router")})
    reply(router, AppError())

    assert statuses == [418, 0]


def test_errors_of_websockets_are_answered() -> None:
    """The handler gets the WebSocket."""

    async def close(websocket: WebSocket, error: Exception) -> None:
        await websocket.close(4000, "no more")

    router = APIRouter(exception_handlers={AppError: close})

    @router.websocket("/ws")
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        raise NoMoreError

    app = Laneway()
    app.include_router(router)

    with TestClient(app).websocket_connect("/ws") as session:
        assert session.receive() == {"type": "websocket.close", "code": 4000, "reason": "no more"}


def test_an_error_after_the_start_of_a_response_is_not_answered() -> None:
    """There is nothing left to answer; the server hears of it."""

    async def started(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise AppError

    router = APIRouter(exception_handlers={AppError: says("router")})
    router.mount("/app", started)
    app = Laneway()
    app.include_router(router)

    with pytest.raises(RuntimeError, match="already started"):
        TestClient(app).get("/app/")


def test_a_handler_stands_under_a_class_or_a_status() -> None:
    """Anything else is a mistake, told where it is made."""
    with pytest.raises(FastAPIError, match="'404'"):
        APIRouter(exception_handlers={"404": says("router")})  # type: ignore[dict-item, unused-ignore]
