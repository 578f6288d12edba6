"""WSGI apps that are mounted: what they are told, what they may do, and that nobody waits for them."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import anyio
import pytest

from laneway import Laneway, WebSocketDisconnect, lanes
from laneway.testing import AsyncTestClient, TestClient
from laneway.wsgi import WSGIMiddleware

Start = Callable[..., Any]
WSGI = Callable[[dict[str, Any], Start], Iterable[bytes]]
Mounted = Callable[[WSGI], TestClient]
Told = Callable[..., object]
PLAIN = [("Content-Type", "text/plain")]


@pytest.fixture
def mounted() -> Iterator[Mounted]:
    """Gives the client of an app that has a WSGI app at /old."""
    with ExitStack() as clients:

        def client_of(wsgi: WSGI) -> TestClient:
            app = Laneway()
            app.mount("/old", WSGIMiddleware(wsgi))
            return clients.enter_context(TestClient(app))

        yield client_of


@pytest.fixture
def told(mounted: Mounted) -> Callable[..., object]:
    """Gives one value of the environ, for a request to /old/tea."""
    return partial(value_told, mounted)


def value_told(mounted: Mounted, name: str, **request: Any) -> object:
    seen = {}

    def wsgi(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        seen.update(environ)
        start("204 No Content", [])
        return []

    mounted(wsgi).request("POST", "/old/tea", **request)
    return seen[name]


def test_the_prefix_is_the_script_name(told: Told) -> None:
    assert told("SCRIPT_NAME") == "/old"


def test_the_rest_is_the_path(told: Told) -> None:
    assert told("PATH_INFO") == "/tea"


def test_a_path_holds_one_byte_in_each_character(mounted: Mounted) -> None:
    seen = []

    def wsgi(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        seen.append(environ["PATH_INFO"])
        start("204 No Content", [])
        return []

    mounted(wsgi).get("/old/茶")

    assert seen == ["/茶".encode().decode("latin-1")]


def test_a_header_has_its_wsgi_name(told: Told) -> None:
    assert told("HTTP_X_TOKEN", headers={"X-Token": "t"}) == "t"


def test_the_length_of_the_body_has_a_name_of_its_own(told: Told) -> None:
    assert told("CONTENT_LENGTH", content=b"four") == "4"


def test_a_header_with_an_underscore_cannot_pass_for_another_one(told: Told) -> None:
    assert told("HTTP_X_USER", headers=[("x-user", "ann"), ("x_user", "root")]) == "ann"


def test_headers_of_one_name_are_joined(told: Told) -> None:
    assert (
        told("HTTP_ACCEPT_LANGUAGE", headers=[("accept-language", "de"), ("accept-language", "en")])
        == "de,en"
    )


def test_cookies_are_joined_as_cookies(told: Told) -> None:
    assert told("HTTP_COOKIE", headers=[("cookie", "a=1"), ("cookie", "b=2")]) == "a=1; b=2"


def test_the_scope_can_be_read(told: Told) -> None:
    scope: Any = told("asgi.scope")
    assert scope["method"] == "POST"


def echo(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    start("200 OK", [*PLAIN, ("Content-Length", str(len(body)))])
    return [body]


def test_a_large_body_arrives_whole(mounted: Mounted) -> None:
    body = bytes(range(256)) * 4096 * 8
    assert mounted(echo).post("/old/", content=body).content == body


def test_a_body_in_pieces_is_read_by_lines(mounted: Mounted) -> None:
    def lines(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        start("200 OK", PLAIN)
        return [b"|".join(line.strip() for line in environ["wsgi.input"])]

    pieces = iter([b"one\ntw", b"o\n", b"three"])

    assert mounted(lines).post("/old/", content=pieces).content == b"one|two|three"


def test_status_and_headers_come_from_the_app(mounted: Mounted) -> None:
    def teapot(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        start("418 I'm a teapot", [("X-Pot", "brown"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [b"no coffee"]

    reply = mounted(teapot).get("/old/")

    assert (reply.status_code, reply.headers["x-pot"], reply.headers.get_list("set-cookie")) == (
        418,
        "brown",
        ["a=1", "b=2"],
    )


def test_a_body_may_be_written_by_the_function_of_old(mounted: Mounted) -> None:
    def old(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        write = start("200 OK", PLAIN)
        write(b"written, ")
        return [b"returned"]

    assert mounted(old).get("/old/").text == "written, returned"


def test_an_empty_body_has_a_head(mounted: Mounted) -> None:
    def empty(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        start("202 Accepted", [])
        return []

    assert mounted(empty).get("/old/").status_code == 202


def test_an_error_page_replaces_a_head_that_was_not_sent(mounted: Mounted) -> None:
    def changes_its_mind(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        start("200 OK", PLAIN)
        try:
            raise ValueError("too late")
        except ValueError as error:
            start("500 Broken", PLAIN, (type(error), error, error.__traceback__))
        return [b"sorry"]

    assert mounted(changes_its_mind).get("/old/").status_code == 500


def test_an_app_that_fails_fails_here(mounted: Mounted) -> None:
    def broken(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        mounted(broken).get("/old/")


def test_the_app_is_closed_after_its_last_part(mounted: Mounted) -> None:
    class Parts(list[bytes]):
        closed = False

        def close(self) -> None:
            self.closed = True

    parts = Parts([b"a", b"b"])

    def wsgi(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        start("200 OK", PLAIN)
        return parts

    mounted(wsgi).get("/old/")

    assert parts.closed


async def test_a_stream_is_read_while_it_is_written() -> None:
    goes_on = threading.Event()

    def stream(environ: dict[str, Any], start: Start) -> Iterator[bytes]:
        start("200 OK", PLAIN)
        yield b"first"
        assert goes_on.wait(10)
        yield b"second"

    app = Laneway()
    app.mount("/old", WSGIMiddleware(stream))
    async with AsyncTestClient(app) as client, client.stream("GET", "/old/") as reply:
        parts = reply.aiter_bytes()
        first = await anext(parts)
        goes_on.set()

        assert (first, await anext(parts)) == (b"first", b"second")


async def test_a_client_that_leaves_ends_the_stream() -> None:
    ended = threading.Event()

    def endless(environ: dict[str, Any], start: Start) -> Iterator[bytes]:
        start("200 OK", PLAIN)
        try:
            while True:
                yield b"more"
                time.sleep(0.001)
        finally:
            ended.set()

    app = Laneway()
    app.mount("/old", WSGIMiddleware(endless))
    async with AsyncTestClient(app) as client:
        async with client.stream("GET", "/old/") as reply:
            await anext(reply.aiter_bytes())

        assert await anyio.to_thread.run_sync(ended.wait, 10)


async def test_slow_calls_do_not_keep_others_waiting() -> None:
    held = threading.Event()

    def slow(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        held.wait(10)
        start("200 OK", PLAIN)
        return [b"done"]

    app = Laneway(lanes={"wsgi": lanes.threads(2)})
    app.mount("/old", WSGIMiddleware(slow))

    @app.get("/new")
    def new() -> str:
        return threading.current_thread().name

    async with AsyncTestClient(app) as client, anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(client.get, "/old/")
        await anyio.sleep(0.05)
        reply = await client.get("/new")
        held.set()

    assert reply.status_code == 200


async def test_a_lane_limits_and_counts_the_calls() -> None:
    begun, held = threading.Event(), threading.Event()

    def slow(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        begun.set()
        held.wait(10)
        start("200 OK", PLAIN)
        return [b"done"]

    app = Laneway(lanes={"old": lanes.threads(1, queue=0)})
    app.mount("/old", WSGIMiddleware(slow, lane="old"))
    async with AsyncTestClient(app) as client, anyio.create_task_group() as group:
        group.start_soon(client.get, "/old/")
        await anyio.to_thread.run_sync(begun.wait, 10)
        refused = await client.get("/old/")
        held.set()

    assert (refused.status_code, app.lanes["old"].stats().served) == (503, 1)


def test_a_websocket_is_refused(mounted: Mounted) -> None:
    with pytest.raises(WebSocketDisconnect), mounted(echo).websocket_connect("/old/"):
        pass
