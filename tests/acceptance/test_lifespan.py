"""What runs around serving, around each request, and instead of a reply when something fails."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway import APIRouter, BackgroundTasks, HTTPException, Laneway, Request, Response
from laneway.exceptions import RequestValidationError
from laneway.responses import JSONResponse, PlainTextResponse, StreamingResponse
from laneway.testing import TestClient


@pytest.fixture
def calls() -> list[str]:
    """What ran, in order."""
    return []


def lifespan_of(name: str, calls: list[str], state: dict[str, Any] | None = None) -> Any:
    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[dict[str, Any] | None]:
        calls.append(f"start {name}")
        yield state
        calls.append(f"stop {name}")

    return lifespan


# -- lifespans


def test_the_lifespan_runs_around_serving(calls: list[str]) -> None:
    with TestClient(Laneway(lifespan=lifespan_of("app", calls))):
        calls.append("serve")

    assert calls == ["start app", "serve", "stop app"]


def test_lifespans_of_routers_run_within_that_of_the_app(calls: list[str]) -> None:
    app = Laneway(lifespan=lifespan_of("app", calls))
    inner, outer = (APIRouter(lifespan=lifespan_of(name, calls)) for name in ("inner", "outer"))
    outer.include_router(inner)
    app.include_router(outer)
    with TestClient(app):
        pass

    assert calls == ["start app", "start outer", "start inner", "stop inner", "stop outer", "stop app"]


def test_the_lifespan_of_a_mounted_app_runs_too(calls: list[str]) -> None:
    app = Laneway(lifespan=lifespan_of("app", calls))
    app.mount("/child", Laneway(lifespan=lifespan_of("child", calls)))
    with TestClient(app):
        pass

    assert calls == ["start app", "start child", "stop child", "stop app"]


def test_an_app_mounted_in_a_mounted_app_starts_too(calls: list[str]) -> None:
    app, child = Laneway(), Laneway()
    child.mount("/grandchild", Laneway(lifespan=lifespan_of("grandchild", calls)))
    app.mount("/child", child)
    with TestClient(app):
        pass

    assert calls == ["start grandchild", "stop grandchild"]


def test_what_a_lifespan_yields_is_the_state_of_requests(calls: list[str]) -> None:
    app = Laneway(lifespan=lifespan_of("app", calls, {"db": "connected"}))

    @app.get("/")
    async def read(request: Request) -> str:
        return str(request.state.db)

    with TestClient(app) as client:
        assert client.get("/").json() == "connected"


def test_states_of_routers_and_app_are_merged_and_the_outer_wins(calls: list[str]) -> None:
    app = Laneway(lifespan=lifespan_of("app", calls, {"a": "app", "b": "app"}))
    app.include_router(APIRouter(lifespan=lifespan_of("router", calls, {"b": "router", "c": "router"})))

    @app.get("/")
    async def read(request: Request) -> list[str]:
        return [request.state.a, request.state.b, request.state.c]

    with TestClient(app) as client:
        assert client.get("/").json() == ["app", "app", "router"]


def test_a_mounted_app_sees_the_state_of_its_own_lifespan(calls: list[str]) -> None:
    app = Laneway(lifespan=lifespan_of("app", calls, {"outer": 1}))
    child = Laneway(lifespan=lifespan_of("child", calls, {"inner": 2}))

    @child.get("/")
    async def read(request: Request) -> list[int]:
        return [request.state.outer, request.state.inner]

    app.mount("/child", child)

    with TestClient(app) as client:
        assert client.get("/child/").json() == [1, 2]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_events_of_app_and_router_run_around_serving(calls: list[str]) -> None:
    app, router = Laneway(), APIRouter()
    for name, owner in {"app": app, "router": router}.items():
        owner.on_event("startup")(lambda name=name: calls.append(f"start {name}"))
        owner.on_event("shutdown")(lambda name=name: calls.append(f"stop {name}"))
    app.include_router(router)
    with TestClient(app):
        pass

    assert calls == ["start app", "start router", "stop router", "stop app"]


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(AssertionError, match="startup"):
        Laneway().add_event_handler("stratup", print)


def test_a_failing_start_is_told() -> None:
    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        raise OSError("no database")
        yield

    with pytest.raises(OSError, match="no database"), TestClient(Laneway(lifespan=lifespan)):
        pass


def test_a_generator_function_is_a_lifespan(calls: list[str]) -> None:
    def lifespan(app: Any) -> Iterator[None]:
        calls.append("start")
        yield
        calls.append("stop")

    with TestClient(Laneway(lifespan=lifespan)):
        pass

    assert calls == ["start", "stop"]


# -- middleware


class Noting:
    """ASGI middleware that writes down what passes."""

    def __init__(self, app: ASGIApp, name: str, calls: list[str]) -> None:
        self.app, self.name, self.calls = app, name, calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls.append(f"into {self.name}")
        await self.app(scope, receive, send)
        self.calls.append(f"out of {self.name}")


def test_middleware_added_last_is_outermost(calls: list[str]) -> None:
    app = Laneway(openapi_url=None)
    app.add_middleware(Noting, name="first", calls=calls)
    app.add_middleware(Noting, name="last", calls=calls)

    @app.get("/")
    async def read() -> None: ...

    TestClient(app).get("/")

    assert calls == ["into last", "into first", "out of first", "out of last"]


def test_middleware_given_to_the_app_is_in_order_outermost_first(calls: list[str]) -> None:
    given = [Middleware(Noting, name="a", calls=calls), Middleware(Noting, name="b", calls=calls)]
    TestClient(Laneway(openapi_url=None, middleware=given)).get("/")

    assert calls[:2] == ["into a", "into b"]


def test_middleware_cannot_be_added_while_serving() -> None:
    app = Laneway(openapi_url=None)
    TestClient(app).get("/")

    with pytest.raises(RuntimeError, match="middleware"):
        app.add_middleware(Noting, name="late", calls=[])


def test_a_function_is_middleware_for_requests() -> None:
    app = Laneway(openapi_url=None)

    @app.middleware("http")
    async def tag(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["x-tag"] = "1"
        return response

    assert TestClient(app).get("/").headers["x-tag"] == "1"


def test_only_http_middleware_exists() -> None:
    with pytest.raises(AssertionError, match="websocket"):
        Laneway().middleware("websocket")


# -- exception handlers


class CustomError(Exception):
    pass


class MoreCustomError(CustomError):
    pass


@pytest.fixture(params=["without middleware", "with middleware"])
def app(request: pytest.FixtureRequest) -> Laneway:
    """An app that fails; errors are answered alike on the direct way and through the stack."""
    app = Laneway(openapi_url=None)
    if request.param == "with middleware":
        app.add_middleware(Noting, name="any", calls=[])

    @app.get("/custom")
    async def custom() -> None:
        raise MoreCustomError("custom")

    @app.get("/http/{status}")
    async def http(status: int) -> None:
        raise HTTPException(status, headers={"x-why": "because"})

    @app.get("/started")
    async def started() -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            yield "part"
            raise CustomError("too late")

        return StreamingResponse(parts())

    return app


def answering(text: str) -> Any:
    async def handler(request: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse(f"{text}: {type(error).__name__}", 418)

    return handler


def test_a_handler_answers_for_its_exception_and_subclasses(app: Laneway) -> None:
    app.add_exception_handler(CustomError, answering("custom"))

    assert TestClient(app).get("/custom").text == "custom: MoreCustomError"


def test_the_handler_of_the_nearest_class_answers(app: Laneway) -> None:
    app.exception_handler(CustomError)(answering("custom"))
    app.exception_handler(MoreCustomError)(answering("more"))

    assert TestClient(app).get("/custom").text == "more: MoreCustomError"


def test_a_handler_may_be_a_plain_function(app: Laneway) -> None:
    def handler(request: Request, error: Exception) -> Response:
        return PlainTextResponse("plain")

    app.add_exception_handler(CustomError, handler)

    assert TestClient(app).get("/custom").text == "plain"


def test_a_handler_may_be_for_a_status(app: Laneway) -> None:
    app.add_exception_handler(404, answering("missing"))
    client = TestClient(app)

    assert [client.get(path).text for path in ("/http/404", "/nowhere")] == ["missing: HTTPException"] * 2


def test_http_exceptions_are_answered_with_detail_and_headers(app: Laneway) -> None:
    reply = TestClient(app).get("/http/403")

    assert (reply.status_code, reply.json(), reply.headers["x-why"]) == (
        403,
        {"detail": "Forbidden"},
        "because",
    )


def test_the_handler_of_invalid_input_can_be_replaced(app: Laneway) -> None:
    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse([problem["loc"][-1] for problem in error.errors()], 400)

    assert TestClient(app).get("/http/x").json() == ["status"]


def test_an_error_without_a_handler_is_a_plain_500_and_goes_to_the_server(app: Laneway) -> None:
    reply = TestClient(app, raise_server_exceptions=False).get("/custom")

    assert (reply.status_code, reply.text) == (500, "Internal Server Error")
    with pytest.raises(MoreCustomError):
        TestClient(app).get("/custom")


@pytest.mark.parametrize("key", [500, Exception])
def test_the_handler_for_all_errors_answers_and_the_error_still_goes_to_the_server(
    app: Laneway, key: int | type[Exception]
) -> None:
    app.add_exception_handler(key, answering("oops"))

    assert TestClient(app, raise_server_exceptions=False).get("/custom").text == "oops: MoreCustomError"
    with pytest.raises(MoreCustomError):
        TestClient(app).get("/custom")


def test_in_debug_mode_the_reply_shows_the_traceback(app: Laneway) -> None:
    app.debug = True
    reply = TestClient(app, raise_server_exceptions=False).get("/custom")

    assert 'raise MoreCustomError("custom")' in reply.text


def test_an_error_after_the_response_has_started_ends_the_response(app: Laneway) -> None:
    """Nobody is answered twice, and the server hears of the error."""
    app.add_exception_handler(Exception, answering("oops"))
    with pytest.raises(CustomError, match="too late"):
        TestClient(app).get("/started")


def test_a_handled_error_after_the_response_has_started_is_told(app: Laneway) -> None:
    app.add_exception_handler(CustomError, answering("custom"))
    with pytest.raises(RuntimeError, match="response already started"):
        TestClient(app).get("/started")


async def test_after_the_start_of_a_response_nothing_more_is_sent_for_an_error(app: Laneway) -> None:
    sent: list[Message] = []
    scope = {"type": "http", "method": "GET", "path": "/started", "query_string": b"", "headers": []}

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope["asgi"] = {"spec_version": "2.4"}  # type: ignore[assignment]
    with pytest.raises(CustomError):
        await app(scope, receive, send)

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


def test_an_error_in_a_background_task_goes_to_the_server(app: Laneway) -> None:
    def fail() -> None:
        raise CustomError("in the background")

    @app.get("/background")
    async def background(tasks: BackgroundTasks) -> str:
        tasks.add_task(fail)
        return "sent"

    with pytest.raises(CustomError):
        TestClient(app).get("/background")
    assert TestClient(app, raise_server_exceptions=False).get("/background").json() == "sent"
