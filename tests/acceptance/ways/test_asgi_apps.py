"""Any ASGI app is served as uvicorn serves it, its mistakes included."""

from collections.abc import Callable
from typing import Any

import pytest
from uvicorn.logging import TRACE_LOG_LEVEL

from .sites import OTHERS, ServedSite, Way, wait_until
from .wire import BrokenReplyError, get, post

App = Callable[[Any, Any, Any], Any]
BODY = [(b"content-length", b"2")]


@pytest.fixture(params=[way for way in OTHERS if way.sockets], ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    """Each server."""
    return request.param  # type: ignore[no-any-return]


async def refuse_lifespan(scope: Any) -> None:
    if scope["type"] == "lifespan":
        raise RuntimeError("no lifespan")


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An app that answers with its body."""
    await refuse_lifespan(scope)
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def value(scope: Any, receive: Any, send: Any) -> int:
    """An app that returns something."""
    await refuse_lifespan(scope)
    await send({"type": "http.response.start", "status": 200, "headers": BODY})
    await send({"type": "http.response.body", "body": b"ok"})
    return 123


async def bad_header(scope: Any, receive: Any, send: Any) -> None:
    """An app that tries to put a response into its response."""
    await refuse_lifespan(scope)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b\r\nc: d")]})
    await send({"type": "http.response.body", "body": b"ok"})


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_a_returned_value_is_logged_and_ends_the_connection(
    way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    with way.open(value) as site, site.connect() as line:
        line.send(get("/").raw)
        reply = line.reply()
        rest = line.rest()

    assert (reply.status, rest) == (200, b"")
    assert "ASGI callable should return None, but returned '123'." in messages(caplog)


def test_a_header_field_that_is_none_ends_the_connection_without_a_reply(way: Way) -> None:
    """The client must not take a part of it for the response."""
    with way.open(bad_header) as site, site.connect() as line:
        line.send(get("/").raw)

        with pytest.raises(BrokenReplyError):
            line.reply()


def test_a_body_that_came_with_its_head_is_still_welcomed_when_the_client_expects_that(way: Way) -> None:
    """RFC 9110 10.1.1 leaves it to the server; all ways do the same."""
    request = post("/", b"hello", "text/plain", ("Expect", "100-continue"))
    with way.open(echo) as site, site.connect() as line:
        line.send(request.raw)
        first, second = line.reply(), line.reply()

    assert (first.status, second.status, second.body) == (100, 200, b"hello")


def test_an_upgrade_to_what_is_not_spoken_is_logged_and_answered(
    way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    with way.open(echo) as site:
        reply = site.ask(get("/", ("Connection", "Upgrade"), ("Upgrade", "h2c")))

    assert reply.status == 200
    assert "Unsupported upgrade request." in messages(caplog)


def test_without_a_library_for_websockets_the_log_says_which_to_install(
    way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    with way.open(echo, ws="none") as site:
        site.ask(get("/", ("Connection", "Upgrade"), ("Upgrade", "websocket")))

    assert any("No supported WebSocket library detected" in text for text in messages(caplog))


def test_a_trace_log_tells_when_connections_begin_and_end(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(TRACE_LOG_LEVEL, logger="uvicorn.error"), way.open(echo) as site:
        port = talk_and_leave(site)
        wait_until(lambda: f"127.0.0.1:{port} - HTTP connection lost" in messages(caplog))

    assert f"127.0.0.1:{port} - HTTP connection made" in messages(caplog)


def talk_and_leave(site: ServedSite) -> int:
    """The client's port."""
    with site.connect() as line:
        line.send(get("/").raw)
        line.reply()
        return int(line.socket.getsockname()[1])


def test_a_large_body_that_waits_for_its_app_does_not_keep_it_from_being_read(way: Way) -> None:
    """Reading is paused until the app asks for it."""
    body = b"x" * 300_000
    with way.open(echo) as site, site.connect() as line:
        line.send(post("/", body).raw + get("/").raw)

        assert line.reply().body == body
        assert line.reply().body == b""
