"""A function `(request, call_next) -> response` meets what it meets in Starlette's `BaseHTTPMiddleware`."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway import Depends, HTTPException, Laneway, Request, Response
from laneway.middleware.native.dispatch import Dispatching

CallNext = Callable[[Request], Awaitable[Response]]
Dispatch = Callable[[Request, CallNext], Awaitable[Response]]
Exchanged = tuple[list[Message], str]
level: ContextVar[str] = ContextVar("level", default="none")


class ShownError(Exception):
    """Has a handler."""


async def show(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"shown: {error}", status_code=418)


def make_app(*layers: Middleware, log: list[str]) -> Laneway:
    """An app with an endpoint of every kind."""
    app = Laneway(middleware=list(layers), exception_handlers={ShownError: show})

    async def opened() -> AsyncIterator[str]:
        log.append("opens")
        try:
            yield "resource"
        finally:
            log.append("closes")

    @app.get("/json")
    async def json() -> dict[str, str]:
        return {"level": level.get()}

    @app.get("/sync")
    def sync() -> dict[str, str]:
        return {"level": level.get()}

    @app.post("/body")
    async def body(body: dict[str, int]) -> dict[str, int]:
        return body

    @app.post("/raw")
    async def raw(request: Request) -> Response:
        return PlainTextResponse(await request.body())

    @app.get("/state")
    async def state(request: Request) -> dict[str, Any]:
        return {
            "state": getattr(request.state, "mark", None),
            "url": str(request.url),
            "path": request.scope["path"],
        }

    @app.get("/with-resource")
    async def with_resource(resource: str = Depends(opened)) -> str:
        return resource

    @app.get("/background")
    async def background() -> Response:
        return PlainTextResponse("sent", background=BackgroundTask(log.append, "background"))

    @app.get("/stream")
    async def stream() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            for number in range(3):
                yield b"part %d " % number

        return StreamingResponse(parts())

    @app.get("/error")
    async def error() -> None:
        raise RuntimeError("not handled")

    @app.get("/shown")
    async def shown() -> None:
        raise ShownError("this")

    @app.get("/missing")
    async def missing() -> None:
        raise HTTPException(404, "nothing here")

    @app.get("/invalid")
    async def invalid(number: int) -> int:
        return number

    @app.get("/no-content", status_code=204)
    async def no_content() -> None:
        return None

    @app.get("/sets")
    async def sets() -> None:
        level.set("endpoint")

    app.mount("/mounted", Starlette())
    return app


class Unchanged(BaseHTTPMiddleware):
    """Keeps Starlette's way: it has a `__call__` of its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)


async def talk(app: ASGIApp, request: Any, log: list[str]) -> Exchanged:
    """The messages that come back, joined, and the error that comes out."""
    method, target, body = request
    path, _, query = target.partition("?")
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []
    over = asyncio.Event()

    async def receive() -> Message:
        if given:
            return given.pop()
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            log.append("sent")
            over.set()

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "scheme": "http",
        "headers": [
            (b"host", b"test.example"),
            (b"content-type", b"application/json"),
            (b"accept-encoding", b"gzip"),
        ],
        "server": ("test.example", 80),
        "client": ("client", 1),
        "extensions": {},
        "state": {},
    }
    error = ""
    try:
        await app(scope, receive, send)
    except Exception as raised:  # noqa: BLE001  # compared
        error = repr(raised)
    return sent, error


def essence(sent: list[Message]) -> tuple[Any, ...]:
    """What a client would see, however it is cut."""
    starts = [(one["status"], sorted(one["headers"])) for one in sent if one["type"] == "http.response.start"]
    body = b"".join(bytes(one.get("body", b"")) for one in sent if one["type"] == "http.response.body")
    return starts, body


# -- dispatch functions


async def passes(request: Request, call_next: CallNext) -> Response:
    return await call_next(request)


async def adds_a_header(request: Request, call_next: CallNext) -> Response:
    response = await call_next(request)
    response.headers["x-added"] = f"{response.status_code} {request.method}"
    del response.headers["x-unknown"]
    return response


async def answers_itself(request: Request, call_next: CallNext) -> Response:
    return JSONResponse({"answered": "here"}, status_code=403)


async def replaces_the_answer(request: Request, call_next: CallNext) -> Response:
    response = await call_next(request)
    return PlainTextResponse(f"was {response.status_code}")


async def rewrites_the_body(request: Request, call_next: CallNext) -> Response:
    response: Any = await call_next(request)
    body = b"".join([part async for part in response.body_iterator])
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(body.upper(), status_code=response.status_code, headers=headers)


async def replaces_the_iterator(request: Request, call_next: CallNext) -> Response:
    response: Any = await call_next(request)
    parts = response.body_iterator

    async def louder() -> AsyncIterator[bytes]:
        async for part in parts:
            yield part.upper()

    response.body_iterator = louder()
    return response  # type: ignore[no-any-return]


async def reads_the_body(request: Request, call_next: CallNext) -> Response:
    body = await request.body()
    response = await call_next(request)
    response.headers["x-body"] = f"{len(body)} {len(await request.body())}"
    return response


async def consumes_the_stream(request: Request, call_next: CallNext) -> Response:
    size = sum([len(part) async for part in request.stream()])
    response = await call_next(request)
    response.headers["x-size"] = str(size)
    return response


async def sets_state(request: Request, call_next: CallNext) -> Response:
    request.state.mark = "by middleware"
    return await call_next(request)


async def sets_a_variable(request: Request, call_next: CallNext) -> Response:
    level.set("middleware")
    return await call_next(request)


async def sends_elsewhere(request: Request, call_next: CallNext) -> Response:
    request.scope["path"] = "/json"
    return await call_next(request)


async def raises_before(request: Request, call_next: CallNext) -> Response:
    raise ShownError("before")


async def raises_after(request: Request, call_next: CallNext) -> Response:
    await call_next(request)
    raise ValueError("after")


async def catches(request: Request, call_next: CallNext) -> Response:
    try:
        return await call_next(request)
    except RuntimeError as error:
        return PlainTextResponse(f"caught {error}", status_code=503)


async def has_a_background_task(request: Request, call_next: CallNext) -> Response:
    response = await call_next(request)
    response.background = BackgroundTask(request.app.state.log.append, "of middleware")
    return response


async def has_a_timeout(request: Request, call_next: CallNext) -> Response:
    with anyio.fail_after(5):
        return await call_next(request)


FUNCTIONS: list[Dispatch] = [
    passes,
    adds_a_header,
    answers_itself,
    replaces_the_answer,
    rewrites_the_body,
    replaces_the_iterator,
    reads_the_body,
    consumes_the_stream,
    sets_state,
    sets_a_variable,
    sends_elsewhere,
    raises_before,
    raises_after,
    catches,
    has_a_background_task,
    has_a_timeout,
]
REQUESTS = [
    ("GET", "/json", b""),
    ("GET", "/sync", b""),
    ("POST", "/body", b'{"a":1}'),
    ("POST", "/body", b"nonsense"),
    ("POST", "/raw", b"raw body"),
    ("GET", "/state?a=1", b""),
    ("GET", "/with-resource", b""),
    ("GET", "/background", b""),
    ("GET", "/stream", b""),
    ("GET", "/error", b""),
    ("GET", "/shown", b""),
    ("GET", "/missing", b""),
    ("GET", "/invalid?number=x", b""),
    ("GET", "/no-content", b""),
    ("GET", "/nowhere", b""),
    ("DELETE", "/json", b""),
    ("GET", "/mounted/nowhere", b""),
]


async def outcome(cls: Any, functions: list[Dispatch], request: Any) -> tuple[Any, ...]:
    """What a client sees, what comes out, and in which order things happen."""
    log: list[str] = []
    app = make_app(*(Middleware(cls, dispatch=function) for function in functions), log=log)
    app.state.log = log
    sent, error = await talk(app, request, log)
    return essence(sent), error, log


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: f"{one[0]} {one[1]} {one[2].decode()}")
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.__name__)
async def test_a_layer_does_what_starlette_does(function: Dispatch, request_: Any) -> None:
    """The same reply, the same error, in the same order."""
    native = await outcome(BaseHTTPMiddleware, [function], request_)

    assert native == await outcome(Unchanged, [function], request_)


PAIRS = [
    [adds_a_header, reads_the_body],
    [reads_the_body, rewrites_the_body],
    [rewrites_the_body, sets_a_variable],
    [has_a_background_task, has_a_background_task],
    [catches, raises_after],
    [consumes_the_stream, reads_the_body],
    [replaces_the_iterator, adds_a_header, has_a_timeout],
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: f"{one[0]} {one[1]} {one[2].decode()}")
@pytest.mark.parametrize("functions", PAIRS, ids=lambda some: "-".join(one.__name__ for one in some))
async def test_layers_within_layers_do_what_starlette_does(functions: list[Dispatch], request_: Any) -> None:
    """Several functions, one inside the other."""
    native = await outcome(BaseHTTPMiddleware, functions, request_)

    assert native == await outcome(Unchanged, functions, request_)


# -- and what it does better


async def sees_the_endpoint(request: Request, call_next: CallNext) -> Response:
    response = await call_next(request)
    response.headers["x-level"] = level.get()
    return response


@pytest.mark.parametrize("path", ["/sets", "/sets-beside"])
async def test_a_variable_set_by_the_endpoint_is_seen_afterwards(path: str) -> None:
    """As if all had been one task; in Starlette it is lost."""
    app = make_app(Middleware(BaseHTTPMiddleware, dispatch=sees_the_endpoint), log=[])

    async def opened() -> AsyncIterator[None]:
        yield

    @app.get("/sets-beside", dependencies=[Depends(opened)])
    async def sets_beside() -> None:
        level.set("endpoint")

    (start, *_), _ = await talk(app, ("GET", path, b""), [])

    assert (b"x-level", b"endpoint") in start["headers"]


async def test_call_next_may_be_called_again() -> None:
    """A layer may try once more; what it has read of the body is there again."""
    calls = []

    async def tries_twice(request: Request, call_next: CallNext) -> Response:
        await request.body()
        await call_next(request)
        return await call_next(request)

    app = make_app(Middleware(BaseHTTPMiddleware, dispatch=tries_twice), log=[])

    @app.post("/again")
    async def again(body: dict[str, int]) -> int:
        calls.append(body)
        return len(calls)

    sent, _ = await talk(app, ("POST", "/again", b'{"a":1}'), [])

    assert essence(sent)[1] == b"2"
    assert calls == [{"a": 1}, {"a": 1}]


async def test_an_error_in_the_middle_of_a_stream_does_not_look_like_its_end() -> None:
    """Starlette ends the body in good order, and a client takes half of it for the whole."""
    app = make_app(Middleware(BaseHTTPMiddleware, dispatch=passes), log=[])

    @app.get("/breaks")
    async def breaks() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first"
            raise RuntimeError("in the middle")

        return StreamingResponse(parts())

    sent, error = await talk(app, ("GET", "/breaks", b""), [])

    assert sent[-1]["body"] == b"first"
    assert sent[-1]["more_body"]
    assert error == "RuntimeError('in the middle')"


async def test_a_stream_comes_as_it_is_made() -> None:
    """The head does not wait for the first part."""
    go_on = asyncio.Event()
    app = make_app(Middleware(BaseHTTPMiddleware, dispatch=adds_a_header), log=[])

    @app.get("/slow")
    async def slow() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            await go_on.wait()
            yield b"late"

        return StreamingResponse(parts())

    started = asyncio.Event()

    async def send(message: Message) -> None:
        started.set()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/slow",
        "headers": [],
        "query_string": b"",
        "root_path": "",
    }
    serving = asyncio.create_task(app(scope, receive, send))
    await asyncio.wait_for(started.wait(), 5)
    go_on.set()
    await serving


@pytest.mark.parametrize("path", ["/waits", "/waits-beside"])
async def test_a_timeout_around_call_next_ends_the_endpoint(path: str) -> None:
    """Starlette lets it run on, and the reply waits with it."""
    ended: list[str] = []

    async def in_time(request: Request, call_next: CallNext) -> Response:
        try:
            async with asyncio.timeout(0.01):
                return await call_next(request)
        except TimeoutError:
            return PlainTextResponse("too late", status_code=504)

    async def opened() -> AsyncIterator[None]:
        yield

    async def waits() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("ended")

    app = make_app(Middleware(BaseHTTPMiddleware, dispatch=in_time), log=[])
    app.get("/waits")(waits)
    app.get("/waits-beside", dependencies=[Depends(opened)])(waits)

    sent, _ = await talk(app, ("GET", path, b""), [])

    assert sent[0]["status"] == 504
    assert ended == ["ended"]


async def test_nothing_goes_on_when_the_layer_fails() -> None:
    """The endpoint's clean-up has run when the error comes out."""
    log: list[str] = []
    app = make_app(Middleware(BaseHTTPMiddleware, dispatch=raises_after), log=log)
    before = asyncio.all_tasks()

    _, error = await talk(app, ("GET", "/with-resource", b""), log)

    assert error == "ValueError('after')"
    assert "closes" in log
    assert asyncio.all_tasks() == before


async def test_a_request_that_is_cancelled_ends_what_runs_beside_it() -> None:
    """No task is left behind."""
    log: list[str] = []
    app = make_app(Middleware(BaseHTTPMiddleware, dispatch=passes), log=log)

    async def opened() -> AsyncIterator[None]:
        try:
            yield
        finally:
            log.append("closes")

    waiting = asyncio.Event()

    @app.get("/waits", dependencies=[Depends(opened)])
    async def waits() -> None:
        waiting.set()
        await asyncio.sleep(30)

    before = asyncio.all_tasks()
    serving = asyncio.create_task(talk(app, ("GET", "/waits", b""), log))
    await waiting.wait()
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving

    assert log[-1] == "closes"
    assert asyncio.all_tasks() == before


class Stamping(BaseHTTPMiddleware):
    """A class with arguments of its own."""

    def __init__(self, app: ASGIApp, stamp: str) -> None:
        super().__init__(app)
        self.stamp = stamp

    async def dispatch(self, request: Request, call_next: CallNext) -> Response:
        response = await call_next(request)
        response.headers["x-stamp"] = self.stamp
        return response


async def test_a_class_keeps_its_own_arguments() -> None:
    """A class that adds `__init__` and `dispatch` is native, too."""
    app = make_app(Middleware(Stamping, stamp="mine"), log=[])

    sent, _ = await talk(app, ("GET", "/json", b""), [])

    assert (b"x-stamp", b"mine") in sent[0]["headers"]
    assert isinstance(app.middleware_stack.app.app, Dispatching)  # type: ignore[union-attr]


def test_on_trio_starlettes_own_way_is_taken() -> None:
    """There are no asyncio tasks on trio."""
    app = make_app(Middleware(BaseHTTPMiddleware, dispatch=adds_a_header), log=[])
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def main() -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/json",
            "headers": [],
            "query_string": b"",
            "root_path": "",
        }
        await app(scope, receive, send)

    anyio.run(main, backend="trio")

    assert (b"x-added", b"200 GET") in sent[0]["headers"]


DISPATCHING = Middleware(BaseHTTPMiddleware, dispatch=adds_a_header)
ZIPPING = Middleware(GZipMiddleware, minimum_size=1)
ORDERS = [[DISPATCHING, ZIPPING], [ZIPPING, DISPATCHING], [ZIPPING, DISPATCHING, ZIPPING]]


@pytest.mark.parametrize("layers", ORDERS, ids=["within", "around", "both"])
@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: f"{one[0]} {one[1]} {one[2].decode()}")
async def test_compression_has_its_place_in_the_order(layers: list[Middleware], request_: Any) -> None:
    """A compressed reply is one that can be decompressed once."""
    plain = essence((await talk(make_app(log=[]), request_, []))[0])
    sent, _ = await talk(make_app(*layers, log=[]), request_, [])
    starts, body = essence(sent)

    compressed = (b"content-encoding", b"gzip") in starts[0][1]
    assert starts[0][0] == plain[0][0][0]
    assert (gzip.decompress(body) if compressed else body) == plain[1]
    assert compressed or not body or starts[0][0] == 500
