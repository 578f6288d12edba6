"""What clients may send and how long they may take: each limit over a real socket, with small values."""

import asyncio
import dataclasses
import re
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from laneway import Laneway, Request
from laneway.exceptions import LanewayError
from laneway.responses import StreamingResponse
from laneway.server.checking import check
from laneway.server.limits import Limits
from laneway.server.options import RunOptions, settings_of
from laneway.server.running import limits_of

from .server_process import running
from .ways.sites import DIRECT, DIRECT_ON_UVLOOP, ServedSite, Way
from .ways.wire import BrokenReplyError, Line, Reply, get, post

SOON = 3.0  # seconds in which a limit of a fraction of a second has taken effect; the sweep comes every half second
AT_MOST = 24 * 2**20  # bytes that the buffers of two sockets and of the server may hold together
SMALL = Limits(
    target=100,
    head=500,
    header_count=5,
    body=1000,
    head_time=0.3,
    body_time=0.3,
    first_request=0.4,
    keep_alive=0.4,
    write_time=0.4,
    requests=2,
    connections=3,
)


def make_app() -> Laneway:
    app = Laneway()
    app.state.go = asyncio.Event()

    @app.get("/")
    async def home() -> int:
        return 1

    @app.post("/length")
    async def length(request: Request) -> int:
        return len(await request.body())

    @app.get("/wait")
    async def wait() -> int:
        await app.state.go.wait()
        return 2

    @app.get("/large")
    async def large() -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            for _ in range(512):
                yield b"x" * 65536

        return StreamingResponse(body())

    return app


@pytest.fixture(params=[DIRECT, DIRECT_ON_UVLOOP], ids=lambda way: way.name)
def way(request: pytest.FixtureRequest) -> Way:
    """Both event loops."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def site(way: Way) -> Iterator[ServedSite]:
    """A server with small limits."""
    with way.open(make_app(), limits=SMALL) as site:
        yield site


def last_reply(line: Line) -> Reply:
    """A reply after which the connection is closed."""
    reply = line.reply()
    assert reply.values("connection") == ["close"]
    assert line.rest() == b""
    return reply


def refusal(site: ServedSite, *sent: bytes) -> tuple[int, str]:
    """Status and text of the answer to what is refused."""
    with site.connect() as line:
        for part in sent:
            line.send(part)
        reply = last_reply(line)
        return reply.status, reply.body.decode()


def test_a_long_target_is_refused(site: ServedSite) -> None:
    """And a target of the full length is not."""
    assert site.ask(get("/" + "x" * 99)).status == 404
    assert refusal(site, get("/" + "x" * 100).raw) == (414, "The target is longer than 100 bytes.")


def test_a_large_head_is_refused(site: ServedSite) -> None:
    """It may be in few fields."""
    assert refusal(site, get("/", ("x", "y" * 500)).raw) == (431, "The head is larger than 500 bytes.")


def test_a_head_that_does_not_end_is_refused(site: ServedSite) -> None:
    """Before it is complete."""
    sent = b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 600
    assert refusal(site, sent) == (431, "The head is larger than 500 bytes.")


def test_many_header_fields_are_refused(site: ServedSite) -> None:
    """However short they are."""
    assert refusal(site, get("/", *[("x", "y")] * 5).raw) == (431, "More than 5 header fields.")


def test_a_large_body_is_refused_before_it_is_sent(site: ServedSite) -> None:
    """The client waits for `100 Continue` and gets 413 instead."""
    head = b"POST /length HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 1001\r\n\r\n"
    assert refusal(site, head) == (413, "The body is larger than 1000 bytes.")


def test_a_large_body_in_chunks_is_refused(site: ServedSite) -> None:
    """As soon as it is too large."""
    head = b"POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    assert refusal(site, head, b"3e9\r\n" + b"x" * 1001)[0] == 413


def test_a_slow_head_is_refused(site: ServedSite) -> None:
    """Also if it goes on arriving."""
    with site.connect() as line:
        line.send(b"GET / HTTP/1.1\r\n")
        time.sleep(0.2)
        line.send(b"host: x\r\n")
        reply = last_reply(line)

    assert (reply.status, reply.body) == (408, b"The head took longer than 0.3 seconds.")


def test_a_slow_body_is_refused(site: ServedSite) -> None:
    """The endpoint waits for it."""
    with site.connect() as line:
        line.send(b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n1234")
        reply = last_reply(line)

    assert reply.status == 408
    assert b"body" in reply.body


def test_a_body_that_keeps_coming_gets_more_time(way: Way) -> None:
    """At the rate that is asked for."""
    with (
        way.open(make_app(), limits=dataclasses.replace(SMALL, body_rate=100)) as site,
        site.connect() as line,
    ):
        line.send(b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n")
        for _ in range(10):
            line.send(b"x" * 50)
            time.sleep(0.15)

        assert line.reply().body == b"500"


def test_an_idle_connection_is_closed(site: ServedSite) -> None:
    """Without a word: the client may be about to ask."""
    with site.connect() as line:
        line.send(get("/").raw)
        line.reply()
        began = time.monotonic()

        assert line.rest() == b""
        assert 0.3 < time.monotonic() - began < SOON


def test_a_connection_that_never_asks_is_closed(site: ServedSite) -> None:
    """It would otherwise cost nothing to hold thousands."""
    with site.connect() as line:
        began = time.monotonic()

        assert line.rest() == b""
        assert 0.3 < time.monotonic() - began < SOON


def test_a_client_that_takes_nothing_is_cut_off(site: ServedSite) -> None:
    """It asks for 32 MB and does not read."""
    with site.connect() as line:
        line.send(get("/large").raw)
        time.sleep(1.5)

        with pytest.raises((BrokenReplyError, ConnectionResetError)):
            line.reply()


def test_connections_beyond_the_limit_are_refused(site: ServedSite) -> None:
    """Those that are open go on."""
    with site.connect() as first, site.connect(), site.connect():
        first.send(get("/").raw)
        first.reply()
        status, text = refusal(site, get("/").raw)
        first.send(get("/").raw)

        assert (status, text) == (503, "This server has 3 connections, which is all it takes.")
        assert first.reply().status == 200


def test_a_connection_is_closed_after_its_requests(site: ServedSite) -> None:
    """So that clients that stay for ever are spread anew over the workers."""
    with site.connect() as line:
        line.send(get("/").raw)
        first = line.reply()
        line.send(get("/").raw)
        second = last_reply(line)

    assert (first.values("connection"), first.status, second.status) == ([], 200, 200)


def send_until_full(line: Line, data: bytes) -> int:
    """Send until nothing has been taken for half a second; how much was taken."""
    line.socket.settimeout(0.5)
    total = 0
    while total < AT_MOST:
        try:
            total += line.socket.send(data[total % len(data) :])
        except TimeoutError:
            break
    line.socket.settimeout(10)
    return total


@pytest.mark.parametrize(
    ("limits", "waiting"),
    [
        (Limits(pipelined=2), get("/", ("x", "y" * 4000)).raw),
        (
            Limits(queued_bodies=100_000),
            b"POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 50000\r\n\r\n" + b"x" * 50_000,
        ),
    ],
    ids=["pipelined requests", "their bodies"],
)
def test_no_more_is_read_than_what_may_wait(way: Way, limits: Limits, waiting: bytes) -> None:
    """Requests behind one that takes its time stay in the sockets; all are answered in the end."""
    with way.open(make_app(), limits=limits) as site, site.connect() as line:
        line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        line.send(get("/wait").raw)
        sent = send_until_full(line, waiting)
        assert site.loop is not None
        site.loop.call_soon_threadsafe(site.app.state.go.set)

        assert sent < AT_MOST, "everything was read"
        assert line.reply().body == b"2"
        for _ in range(sent // len(waiting)):
            assert line.reply().status == 200


def test_every_limit_has_an_option() -> None:
    """Each option sets one field, and all fields are set."""
    number = {int: 3, float: 3.5, bool: True}
    given = {
        item.name: number[item.kind]
        for item in settings_of(RunOptions)
        if re.match("limit_|timeout_|half_close", item.name)
    }
    made = limits_of(RunOptions(**given))  # type: ignore[arg-type]

    assert not [field.name for field in fields(Limits) if getattr(made, field.name) == field.default]


NUMBERS = [item.name for item in settings_of(RunOptions) if item.option.above == 0]


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize("name", NUMBERS)
def test_values_that_make_no_sense_are_refused(name: str, value: float) -> None:
    """None of them means "no limit", which the message says."""
    with pytest.raises(LanewayError) as refused:
        check(RunOptions(**{name: value}))  # type: ignore[arg-type]

    flag = f"--{name.replace('_', '-')}"
    assert str(refused.value) == f"{flag} {value} cannot be; give more than 0; for no limit, a large number"


def test_no_time_at_all_to_stop_may_be_given() -> None:
    """Then what runs is cancelled at once."""
    check(RunOptions(timeout_graceful_shutdown=0))
    with pytest.raises(LanewayError, match="--timeout-graceful-shutdown -1 cannot be; give 0 or more"):
        check(RunOptions(timeout_graceful_shutdown=-1))


def test_limits_come_from_the_environment_and_the_project_file(tmp_path: Path) -> None:
    """As all options do."""
    (tmp_path / "pyproject.toml").write_text("[tool.laneway]\nlimit_body = 10\ntimeout_first_request = 0.3\n")
    with running(tmp_path, LANEWAY_LIMIT_TARGET="50") as server:
        assert server.ask("/" + "x" * 50).body == b"The target is longer than 50 bytes."
        assert server.ask(post("/echo", b"x" * 11)).body == b"The body is larger than 10 bytes."
        with server.connect() as line:
            assert line.rest() == b""
