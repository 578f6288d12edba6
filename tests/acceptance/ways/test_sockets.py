"""WebSockets say the same on every way, in front of which there may be plain requests on the same connection."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from laneway import WebSocketDisconnect

from .apps.kitchen import make_kitchen
from .sites import OTHERS, REFERENCE, ClientSite, ServedSite, wait_until
from .wire import get

WAYS = (REFERENCE, *OTHERS)
Sent = str | bytes
Heard = list[object]


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: way.name)
def site(request: pytest.FixtureRequest, folder: Path) -> Iterator[Any]:
    """The app on each way."""
    with request.param.open(make_kitchen(folder)) as site:
        yield site


def talk(site: ServedSite | ClientSite, target: str, *sent: Sent, protocols: tuple[str, ...] = ()) -> Heard:
    """What comes back for each message, then how the session ended if the server ended it."""
    if isinstance(site, ClientSite):
        return talk_in_process(site, target, sent, protocols)
    host, port = site.address
    try:
        with connect(f"ws://{host}:{port}{target}", subprotocols=list(protocols) or None) as session:  # type: ignore[arg-type]
            return [session.subprotocol, *hear(session, sent)]
    except InvalidStatus as error:
        return [error.response.status_code]


def hear(session: ClientConnection, sent: tuple[Sent, ...]) -> Heard:
    """The replies, up to the end of the session."""
    heard: Heard = []
    try:
        for message in sent or (None,):
            if message is not None:
                session.send(message)
            heard.append(session.recv(timeout=5))
        if not sent:
            session.recv(timeout=5)
    except ConnectionClosed as error:
        heard.append((error.rcvd.code, error.rcvd.reason) if error.rcvd else "cut off")
    return heard


def talk_in_process(
    site: ClientSite, target: str, sent: tuple[Sent, ...], protocols: tuple[str, ...]
) -> Heard:
    """The same, with the test client."""
    heard: Heard = []
    try:
        with site.client.websocket_connect(target, subprotocols=list(protocols) or None) as session:
            heard.append(session.accepted_subprotocol)
            for message in sent or (None,):
                if isinstance(message, bytes):
                    session.send_bytes(message)
                elif message is not None:
                    session.send_text(message)
                received = session.receive()
                session._raise_on_close(received)
                heard.append(received.get("text") if received.get("text") is not None else received["bytes"])
            if not sent:
                session.receive_text()
    except WebSocketDisconnect as error:
        refused = not heard
        return [403] if refused else [*heard, (error.code, error.reason)]
    return heard


Talk = tuple[str, Callable[[Any], Heard], Heard]
TALKS: list[Talk] = [
    ("texts", lambda site: talk(site, "/echo-socket/me?times=2", "a", "ü"), [None, "me: aa", "me: üü"]),
    ("bytes", lambda site: talk(site, "/echo-socket/me", b"abc", b""), [None, b"cba", b""]),
    ("large text", lambda site: talk(site, "/echo-socket/me", "x" * 100_000), [None, "me: " + "x" * 100_000]),
    (
        "subprotocol",
        lambda site: talk(site, "/echo-socket/me", "a", protocols=("x", "chat")),
        ["chat", "me: a"],
    ),
    ("json", lambda site: talk(site, "/json-socket", "[1]"), [None, '{"got":[1]}']),
    ("closed by the server", lambda site: talk(site, "/closing-socket"), [None, "bye", (4001, "enough")]),
    ("refused", lambda site: talk(site, "/refused-socket"), [403]),
    ("closed before it was accepted", lambda site: talk(site, "/unaccepted-socket"), [403]),
    ("unknown path", lambda site: talk(site, "/no-socket"), [403]),
    ("bad parameter", lambda site: talk(site, "/echo-socket/me?times=x"), [403]),
]


@pytest.mark.parametrize(("talk", "heard"), [one[1:] for one in TALKS], ids=[one[0] for one in TALKS])
def test_every_way_says_the_same(talk: Callable[[Any], Heard], heard: Heard, site: Any) -> None:
    assert talk(site) == heard


def test_an_endpoint_learns_that_the_client_has_left(site: Any) -> None:
    site.app.state.log.clear()

    talk(site, "/echo-socket/me", "a")

    assert wait_until(lambda: site.app.state.log == ["socket closed"])


def test_a_plain_request_to_a_socket_is_not_found(site: Any) -> None:
    assert site.ask(get("/json-socket")).status == 404


def test_an_upgrade_may_follow_plain_requests(site: Any) -> None:
    """On the same connection."""
    if isinstance(site, ClientSite):
        pytest.skip("there is no connection")
    upgrade = get(
        "/json-socket",
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "x3JJHMbDL1EzLkh9GBhXDw=="),
    )
    with site.connect() as line:
        line.send(get("/number").raw)
        before = line.reply()
        line.send(upgrade.raw)
        after = line.reply()

    assert (before.status, after.status) == (200, 101)
    assert after.values("x-accepted") == ["yes"]


def test_an_unhandled_error_is_logged_with_its_traceback(site: Any, caplog: pytest.LogCaptureFixture) -> None:
    """By the name under which uvicorn's users look for it."""
    if isinstance(site, ClientSite):
        pytest.skip("the test client raises it")
    with caplog.at_level(logging.ERROR, logger="uvicorn.error"):
        site.ask(get("/unhandled"))
        wait_until(lambda: caplog.records)
    [record] = caplog.records

    assert record.name == "uvicorn.error"
    assert record.exc_info is not None
