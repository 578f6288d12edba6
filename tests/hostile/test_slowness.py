"""Clients that take their time hold nothing but a socket, and not for long."""

import socket
import time
from collections.abc import Iterator

import pytest

from laneway.server.limits import Limits
from tests.acceptance.ways.sites import DIRECT_ON_UVLOOP, ServedSite, wait_until
from tests.acceptance.ways.wire import Line
from tests.hostile.app import make_app
from tests.hostile.clients import allow_files, half_open, high, waits
from tests.hostile.replies import statuses_of

SLOW = 500
BEGUN = b"POST /things HTTP/1.1\r\nHost: test.example\r\nX-Slow: "
REQUESTS = 1500
TRIES = 5  # other programs of this machine may take the core in one of them
SHORT = Limits(head_time=0.6, body_time=0.6, first_request=0.6, keep_alive=0.6, write_time=0.6)
SOON = 5.0  # seconds: the time limit, one sweep, the lingering, and a crowded machine


@pytest.fixture(scope="module")
def site() -> Iterator[ServedSite]:
    """The app, with the limits that it has by default."""
    with DIRECT_ON_UVLOOP.open(make_app()) as site:
        yield site


@pytest.fixture(scope="module")
def strict() -> Iterator[ServedSite]:
    """The app, with short times."""
    with DIRECT_ON_UVLOOP.open(make_app(), limits=SHORT) as site:
        yield site


def test_half_open_connections_do_not_delay_others(site: ServedSite) -> None:
    """With 500 of them, 99 of 100 requests take less than twice as long as without."""
    if not allow_files(2 * SLOW):
        pytest.skip("this process may not open a thousand sockets")
    waits(site, REQUESTS // 5)
    ratios = []
    for _ in range(TRIES):
        before = high(waits(site, REQUESTS))
        with half_open(site, SLOW, BEGUN):
            wait_until(lambda: len(site.server.server_state.connections) >= SLOW)
            ratios.append(high(waits(site, REQUESTS)) / before)
        wait_until(lambda: not site.server.server_state.connections)
        if ratios[-1] < 2:
            return

    pytest.fail(f"they took so many times as long: {ratios}")


UNFINISHED = [
    ("nothing", b"", ()),
    ("half a request line", b"GET /st", (408,)),
    ("half a head", BEGUN, (408,)),
    ("half a head after blank lines", b"\r\n\r\n" + BEGUN, (408,)),
    ("half a body", b"POST /things HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{", (408,)),
    (
        "half a body that nobody reads",
        b"POST /unread/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
        (200,),
    ),
    ("half a chunk", b"POST /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{", (408,)),
    (
        "half a chunk for a raw ASGI app",
        b"POST /asgi/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{",
        (408,),
    ),
    (
        "half a trailer",
        b"POST /echo/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
        (408,),
    ),
    ("a request, then nothing", b"GET /static HTTP/1.1\r\nHost: a\r\n\r\n", (200,)),
    ("a request, then half of one", b"GET /static HTTP/1.1\r\nHost: a\r\n\r\nGET /st", (200, 408)),
]


@pytest.mark.parametrize(
    ("sent", "statuses"), [one[1:] for one in UNFINISHED], ids=[one[0] for one in UNFINISHED]
)
def test_what_is_not_finished_is_ended_in_time(
    sent: bytes, statuses: tuple[int, ...], strict: ServedSite
) -> None:
    began = time.monotonic()
    with strict.connect() as line:
        line.send(sent)
        said = line.rest()

    assert statuses_of(said) == statuses
    assert time.monotonic() - began < SOON


DRIPS = [
    ("blank lines", b"", b"\r\n"),
    ("a head", b"GET /static HTTP/1.1\r\nHost: a\r\nX: ", b"x"),
    ("a body", b"POST /things HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n", b"x"),
    (
        "chunks of one byte",
        b"POST /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\nx\r\n",
    ),
    ("an extension", b"POST /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
    ("a trailer", b"POST /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"x"),
]


@pytest.mark.parametrize(("begun", "drop"), [one[1:] for one in DRIPS], ids=[one[0] for one in DRIPS])
def test_who_sends_a_little_now_and_then_is_ended_as_well(
    begun: bytes, drop: bytes, strict: ServedSite
) -> None:
    """Each drop must not begin the time anew."""
    deadline = time.monotonic() + SOON
    with strict.connect() as line:
        line.send(begun)
        while not ended(line):
            assert time.monotonic() < deadline, "the connection is still open"
            line.send(drop)
            time.sleep(0.1)


def ended(line: Line) -> bool:
    """Whether the server has ended the connection; what it says before is read."""
    line.socket.setblocking(False)
    try:
        return line.socket.recv(65536) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        line.socket.settimeout(SOON)


def test_who_takes_nothing_of_a_reply_is_cut_off(strict: ServedSite) -> None:
    """Also when the reply is made of many pipelined ones."""
    ask = b"GET /items/1?q=%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"q" * 8000)
    with strict.connect() as line:
        line.socket.settimeout(0.2)
        sent = 0
        try:
            while sent < 100_000_000:
                sent += line.socket.send(ask * 20)
        except TimeoutError:
            pass  # the server does not read what it cannot answer
        except ConnectionError:
            return
        assert sent < 100_000_000, "all was accepted"

        assert wait_until(lambda: not strict.server.server_state.connections, SOON)


def test_who_resets_the_connection_leaves_nothing(strict: ServedSite) -> None:
    for sent in (b"", BEGUN, b"GET /awaits/1 HTTP/1.1\r\nHost: a\r\n\r\n" * 50):
        with strict.connect() as line:
            line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            line.send(sent)

    state = strict.server.server_state
    assert wait_until(lambda: not state.connections and not state.tasks, SOON)
