"""Middleware on the direct path and under uvicorn: what requests of real clients meet."""

import asyncio
import gzip
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import pytest
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway import BackgroundTasks, Depends, HTTPException, Laneway, Request, Response
from laneway.middleware import (
    CompressionMiddleware,
    RequestIdMiddleware,
    SecurityHeadersMiddleware,
)
from laneway.middleware.cors import CORSMiddleware
from laneway.middleware.gzip import GZipMiddleware
from laneway.middleware.request_id import request_id
from laneway.middleware.sessions import SessionMiddleware
from laneway.middleware.trustedhost import TrustedHostMiddleware
from laneway.responses import PlainTextResponse, StreamingResponse

from .ways.sites import DIRECT, DIRECT_ON_UVLOOP, UVICORN, ServedSite, Way, wait_until
from .ways.wire import HOST, Reply, get, post
from .ways.wire import Request as Asked

CallNext = Callable[[Request], Awaitable[Response]]
PAGE = ("Origin", "https://page.example")
ZIP = ("Accept-Encoding", "gzip")
level: ContextVar[str] = ContextVar("level", default="none")


@pytest.fixture(params=[DIRECT, DIRECT_ON_UVLOOP, UVICORN], ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    """How apps are served."""
    served: Way = request.param
    return served


def make_app() -> Laneway:
    """An app without middleware yet; unobserved, whatever providers other tests have left."""
    app = Laneway(telemetry={"tracing": False, "metrics": False, "logs": False})
    app.state.log = []

    @app.get("/json")
    async def plain() -> dict[str, str]:
        return {"level": level.get()}

    @app.get("/large")
    def large(size: int) -> str:
        return "x" * size

    @app.post("/body")
    async def body(body: dict[str, int]) -> dict[str, int]:
        return body

    @app.get("/error")
    async def error() -> None:
        raise RuntimeError("not handled")

    @app.get("/error-in-thread")
    def error_in_thread() -> None:
        raise RuntimeError("not handled")

    @app.get("/background")
    async def background(tasks: BackgroundTasks) -> str:
        tasks.add_task(app.state.log.append, "background")
        return "sent"

    @app.get("/session")
    async def session(request: Request) -> int:
        request.session["visits"] = request.session.get("visits", 0) + 1
        return int(request.session["visits"])

    @app.get("/id")
    async def id_of_request(request: Request) -> list[str | None]:
        return [request_id.get(), request.state.request_id]

    return app


def ask(way: Way, app: Laneway, *requests: Asked) -> list[Reply]:
    """The replies, on one connection."""
    with way.open(app) as site:
        return [site.ask(request) for request in requests]


def value(reply: Reply, name: str) -> str:
    """A header field of a reply."""
    return ", ".join(reply.values(name))


# -- a 500 keeps what hooks give every reply


@pytest.mark.parametrize("path", ["/error", "/error-in-thread"])
def test_a_500_keeps_its_cors_headers(way: Way, path: str) -> None:
    """So that the page learns of the error, and not of CORS."""
    app = make_app()
    app.add_middleware(CORSMiddleware, allow_origins=["*"])

    (reply,) = ask(way, app, get(path, PAGE))

    assert reply.status == 500
    assert value(reply, "access-control-allow-origin") == "*"
    assert value(reply, "vary") == "Origin"


def test_a_500_keeps_the_headers_of_layers_within_others(way: Way) -> None:
    app = make_app()
    app.add_middleware(CORSMiddleware, allow_origins=["*"])

    @app.middleware("http")
    async def passes(request: Request, call_next: CallNext) -> Response:
        return await call_next(request)

    app.add_middleware(SecurityHeadersMiddleware)

    (reply,) = ask(way, app, get("/error", PAGE))

    assert reply.status == 500
    assert value(reply, "access-control-allow-origin") == "*"
    assert value(reply, "x-content-type-options") == "nosniff"


def test_a_500_made_by_a_handler_keeps_them_too(way: Way) -> None:
    app = make_app()
    app.add_middleware(CORSMiddleware, allow_origins=["*"])

    @app.exception_handler(Exception)
    async def answer(request: Request, error: Exception) -> Response:
        return PlainTextResponse("sorry", status_code=500)

    (reply,) = ask(way, app, get("/error", PAGE))

    assert (reply.status, reply.body) == (500, b"sorry")
    assert value(reply, "access-control-allow-origin") == "*"


def test_a_500_says_nothing_for_layers_that_did_not_see_the_request(way: Way) -> None:
    """The layer that failed stands around CORS."""
    app = make_app()
    app.add_middleware(CORSMiddleware, allow_origins=["*"])

    @app.middleware("http")
    async def fails(request: Request, call_next: CallNext) -> Response:
        raise RuntimeError("before CORS")

    (reply,) = ask(way, app, get("/json", PAGE))

    assert reply.status == 500
    assert not reply.values("access-control-allow-origin")


def test_a_session_of_a_failed_request_is_not_kept(way: Way) -> None:
    app = make_app()
    app.add_middleware(SessionMiddleware, secret_key="secret")

    @app.get("/fails")
    async def fails(request: Request) -> None:
        request.session["half"] = "done"
        raise RuntimeError("not handled")

    (reply,) = ask(way, app, get("/fails"))

    assert reply.status == 500
    assert not reply.values("set-cookie")


def test_a_hook_that_fails_at_the_response_is_a_500(way: Way) -> None:
    """The connection goes on."""
    app = make_app()
    app.add_middleware(SessionMiddleware, secret_key="secret")

    @app.get("/unwritable")
    async def unwritable(request: Request) -> None:
        request.session["set"] = {1, 2}

    with way.open(app) as site, site.connect() as line:
        line.send(get("/unwritable").raw)
        assert line.reply().status == 500
    assert ask(way, app, get("/json"))[0].status == 200


# -- functions


def test_functions_keep_variables_and_background_tasks(way: Way) -> None:
    """Down to the endpoint, and back."""
    app = make_app()
    log = app.state.log

    @app.middleware("http")
    async def around(request: Request, call_next: CallNext) -> Response:
        level.set("middleware")
        response = await call_next(request)
        log.append("after")
        response.headers["x-level"] = level.get()
        return response

    @app.get("/sets")
    async def sets() -> None:
        level.set("endpoint")

    replies = ask(way, app, get("/json"), get("/sets"), get("/background"))

    assert json.loads(replies[0].body) == {"level": "middleware"}
    assert value(replies[1], "x-level") == "endpoint"
    assert wait_until(lambda: log == ["after", "after", "after", "background"])


def test_a_body_that_middleware_has_read_is_there_for_the_endpoint(way: Way) -> None:
    app = make_app()
    seen = []

    @app.middleware("http")
    async def reads(request: Request, call_next: CallNext) -> Response:
        seen.append(await request.body())
        return await call_next(request)

    chunked = Asked("POST", "/body", (("Content-Type", "application/json"),), chunks=(b'{"a"', b":1}"))
    replies = ask(way, app, post("/body", b'{"a":1}'), chunked)

    assert [reply.body for reply in replies] == [b'{"a":1}'] * 2
    assert seen == [b'{"a":1}'] * 2


def test_middleware_that_looks_at_a_request_afterwards_finds_its_route(way: Way) -> None:
    """Metrics are named by it; nobody has looked at the scope before."""
    app = make_app()
    names = []

    @app.middleware("http")
    async def measures(request: Request, call_next: CallNext) -> Response:
        response = await call_next(request)
        names.append((request.scope["route"].path, request.scope["endpoint"].__name__, request.url.path))
        return response

    ask(way, app, get("/json"), post("/body", b'{"a":1}'))

    assert names == [("/json", "plain", "/json"), ("/body", "body", "/body")]


def test_an_exception_handler_within_middleware_finds_the_route_and_the_body(way: Way) -> None:
    """Also if no layer has looked at the request."""
    app = make_app()

    @app.post("/fails")
    async def fails(body: dict[str, int]) -> None:
        raise KeyError(str(body))

    @app.exception_handler(KeyError)
    async def handler(request: Request, error: Exception) -> Response:
        return PlainTextResponse(f"{request.scope['route'].path} {(await request.body()).decode()}", 418)

    @app.middleware("http")
    async def passes(request: Request, call_next: CallNext) -> Response:
        return await call_next(request)

    [reply] = ask(way, app, post("/fails", b'{"a":1}'))

    assert (reply.status, reply.body) == (418, b'/fails {"a":1}')


class Refused(Response):
    """A response that finds out at the last moment that it cannot be."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise HTTPException(410, "gone")


def test_handlers_answer_for_a_response_that_raises_within_middleware(way: Way) -> None:
    """As for an endpoint that does; they find the body, too."""
    app = make_app()

    @app.post("/gone")
    async def gone(body: dict[str, int]) -> Response:
        return Refused()

    @app.exception_handler(410)
    async def handler(request: Request, error: Exception) -> Response:
        return PlainTextResponse((await request.body()).decode(), 410)

    @app.middleware("http")
    async def passes(request: Request, call_next: CallNext) -> Response:
        return await call_next(request)

    [reply] = ask(way, app, post("/gone", b'{"a":1}'))

    assert (reply.status, reply.body) == (410, b'{"a":1}')


def test_an_invalid_request_is_told_of_within_middleware(way: Way) -> None:
    app = make_app()

    @app.middleware("http")
    async def passes(request: Request, call_next: CallNext) -> Response:
        return await call_next(request)

    [reply] = ask(way, app, get("/large?size=big"))

    assert (reply.status, json.loads(reply.body)["detail"][0]["loc"]) == (422, ["query", "size"])


def test_a_path_that_middleware_changes_late_is_the_one_that_is_served(way: Way) -> None:
    """The inner layer sees what the outer one has left, and the server's own route is forgotten."""
    app = make_app()

    @app.middleware("http")
    async def moves(request: Request, call_next: CallNext) -> Response:
        request.scope["path"] = "/large"
        request.scope["query_string"] = b"size=3"
        return await call_next(request)

    @app.middleware("http")
    async def looks(request: Request, call_next: CallNext) -> Response:
        request.state.seen = request.url.path
        return await call_next(request)

    [reply] = ask(way, app, get("/json"))

    assert reply.body == b'"xxx"'


def test_middleware_may_look_at_and_change_a_response(way: Way) -> None:
    app = make_app()

    @app.middleware("http")
    async def changes(request: Request, call_next: CallNext) -> Response:
        response = await call_next(request)
        response.headers["x-length"] = response.headers["content-length"]
        response.status_code = 201
        return response

    [reply] = ask(way, app, get("/json"))

    assert (reply.status, value(reply, "x-length"), reply.body) == (201, "16", b'{"level":"none"}')


def test_middleware_may_send_a_request_elsewhere(way: Way) -> None:
    app = make_app()

    @app.middleware("http")
    async def moves(request: Request, call_next: CallNext) -> Response:
        request.scope["path"] = "/json"
        request.scope["headers"].append((b"x-added", b"1"))
        return await call_next(request)

    replies = ask(way, app, get("/id"), get("/nowhere"))

    assert [reply.status for reply in replies] == [200, 200]


def test_header_fields_added_to_a_request_are_not_in_the_next(way: Way) -> None:
    """The direct path knows a head that comes again."""
    app = make_app()
    counts = []

    @app.middleware("http")
    async def adds(request: Request, call_next: CallNext) -> Response:
        request.scope["headers"].append((b"x-added", b"1"))
        counts.append(len(request.headers.getlist("x-added")))
        return await call_next(request)

    with way.open(app) as site, site.connect() as line:
        for _ in range(4):
            line.send(get("/json").raw)
            line.reply()

    assert counts == [1, 1, 1, 1]


def test_a_stream_passes_as_it_is_made(way: Way) -> None:
    app = make_app()
    go_on = threading.Event()

    @app.middleware("http")
    async def passes(request: Request, call_next: CallNext) -> Response:
        return await call_next(request)

    @app.get("/stream")
    async def stream() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first"
            await asyncio.to_thread(go_on.wait, 10)
            yield b"second"

        return StreamingResponse(parts())

    with way.open(app) as site, site.connect() as line:
        line.send(get("/stream").raw)
        while b"first" not in line._read:
            line._read += line.socket.recv(1000)
        go_on.set()
        assert line.reply().body == b"firstsecond"


def test_a_stream_ends_when_its_client_is_gone(way: Way) -> None:
    app = make_app()
    log = app.state.log

    async def resource() -> AsyncIterator[None]:
        try:
            yield
        finally:
            log.append("closed")

    @app.middleware("http")
    async def passes(request: Request, call_next: CallNext) -> Response:
        return await call_next(request)

    @app.get("/endless", dependencies=[Depends(resource)])
    async def endless() -> AsyncIterator[str]:
        while True:
            yield "more"
            await asyncio.sleep(0.01)

    with way.open(app) as site:
        with site.connect() as line:
            line.send(get("/endless").raw)
            line.socket.recv(1000)
        assert wait_until(lambda: log == ["closed"])


class AsgiOnly:
    """Middleware that knows only ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["marked"] = True
        await self.app(scope, receive, send)


def test_unknown_middleware_has_its_place_in_the_order(way: Way) -> None:
    """Around and within layers that are native."""
    app = make_app()
    marks = []

    async def looks(request: Request, call_next: CallNext) -> Response:
        marks.append(request.scope.get("marked"))
        return await call_next(request)

    app.add_middleware(BaseHTTPMiddleware, dispatch=looks)
    app.add_middleware(AsgiOnly)
    app.add_middleware(BaseHTTPMiddleware, dispatch=looks)
    app.add_middleware(CORSMiddleware, allow_origins=["*"])

    (reply,) = ask(way, app, get("/json", PAGE))

    assert reply.status == 200
    assert marks == [None, True]
    assert value(reply, "access-control-allow-origin") == "*"


# -- hooks


def test_a_large_body_is_compressed_in_a_thread(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the loop goes on."""
    from laneway.middleware.native import compression

    threads = set()
    part = compression.Gzip.part

    def noted(self: Any, body: bytes, more: bool) -> bytes:
        threads.add(threading.current_thread().name)
        return part(self, body, more)

    monkeypatch.setattr(compression.Gzip, "part", noted)
    app = make_app()
    app.add_middleware(GZipMiddleware)

    (reply,) = ask(way, app, get("/large?size=300000", ZIP))

    assert gzip.decompress(reply.body) == b'"' + b"x" * 300_000 + b'"'
    assert value(reply, "content-length") == str(len(reply.body))
    assert any("worker thread" in name for name in threads)


def test_a_session_lasts(way: Way) -> None:
    app = make_app()
    app.add_middleware(SessionMiddleware, secret_key="secret")

    with way.open(app) as site:
        first = site.ask(get("/session"))
        cookie = value(first, "set-cookie").partition(";")[0]
        second = site.ask(get("/session", ("Cookie", cookie)))
        untouched = site.ask(get("/json", ("Cookie", cookie)))

    assert [first.body, second.body] == [b"1", b"2"]
    assert not untouched.values("set-cookie")
    assert not untouched.values("vary")


def test_a_request_has_an_id(way: Way) -> None:
    """The same in the reply, in the state, and for log lines."""
    app = make_app()
    app.add_middleware(RequestIdMiddleware)

    first, second = ask(way, app, get("/id", ("X-Request-ID", "not trusted")), get("/id"))

    assert json.loads(first.body) == [value(first, "x-request-id")] * 2
    assert len({value(first, "x-request-id"), value(second, "x-request-id"), "not trusted"}) == 3


@pytest.mark.parametrize(("sent", "taken"), [("abc-123", True), ("a b", False), ("x" * 129, False)])
def test_a_trusted_id_is_taken_over_if_it_is_harmless(way: Way, sent: str, taken: bool) -> None:
    app = make_app()
    app.add_middleware(RequestIdMiddleware, trust=True)

    (reply,) = ask(way, app, get("/id", ("X-Request-ID", sent)))

    assert (value(reply, "x-request-id") == sent) is taken


def test_an_endpoint_has_the_last_word_on_security_headers(way: Way) -> None:
    app = make_app()
    app.add_middleware(SecurityHeadersMiddleware, hsts_seconds=60, hsts_subdomains=True, frame_options=None)

    @app.get("/own")
    async def own(response: Response) -> None:
        response.headers["Referrer-Policy"] = "no-referrer"

    plain, other = ask(way, app, get("/json"), get("/own"))

    assert value(plain, "referrer-policy") == "strict-origin-when-cross-origin"
    assert value(plain, "strict-transport-security") == "max-age=60; includeSubDomains"
    assert not plain.values("x-frame-options")
    assert value(other, "referrer-policy") == "no-referrer"


def test_a_hook_that_answers_is_seen_by_those_around_it_only(way: Way) -> None:
    app = make_app()
    app.add_middleware(SecurityHeadersMiddleware)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST])
    app.add_middleware(CORSMiddleware, allow_origins=["*"])

    (reply,) = ask(way, app, Asked(target="/json", headers=(PAGE,), host="evil.example"))

    assert reply.status == 400
    assert value(reply, "access-control-allow-origin") == "*"
    assert not reply.values("x-content-type-options")


# -- the direct path is not left


def add_everything(app: Laneway) -> None:
    """Every native layer."""
    app.add_middleware(GZipMiddleware)

    @app.middleware("http")
    async def passes(request: Request, call_next: CallNext) -> Response:
        return await call_next(request)

    app.add_middleware(CompressionMiddleware, encodings=["gzip"])
    app.add_middleware(SessionMiddleware, secret_key="secret")
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST])
    app.add_middleware(RequestIdMiddleware)
    app.add_middleware(SecurityHeadersMiddleware)
    app.add_middleware(CORSMiddleware, allow_origins=["*"])


@pytest.fixture
def counted() -> Callable[[ServedSite], int]:
    """How many requests of a site went through ASGI."""
    from laneway.server.direct import service

    return lambda site: service._services[site.server.server_state].asgi


def test_native_layers_do_not_leave_the_direct_path(counted: Callable[[ServedSite], int]) -> None:
    app = make_app()
    add_everything(app)

    with DIRECT.open(app) as site:
        replies = [
            site.ask(get(path, PAGE, ZIP)) for path in ("/json", "/large?size=9000", "/error", "/session")
        ]
        assert counted(site) == 0

    assert [reply.status for reply in replies] == [200, 200, 500, 200]
    assert value(replies[1], "content-encoding") == "gzip"


def test_middleware_added_while_the_app_is_made_anew_is_not_passed_by(
    counted: Callable[[ServedSite], int],
) -> None:
    """A stack that is made anew counts from the next request on."""
    app = make_app()
    app.add_middleware(CORSMiddleware, allow_origins=["*"])

    with DIRECT.open(app) as site, site.connect() as line:
        line.send(get("/json").raw)
        assert not line.reply().values("x-content-type-options")
        app.middleware_stack = None
        app.add_middleware(SecurityHeadersMiddleware)
        app._build()
        line.send(get("/json").raw)
        assert line.reply().values("x-content-type-options") == ["nosniff"]
