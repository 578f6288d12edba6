"""The list of differences is right: uvicorn does what it says, and so do we."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from .apps.kitchen import make_kitchen
from .cases.differences import DIFFERENCES, Difference
from .sites import OTHERS, REFERENCE, UVICORN_ON_UVLOOP, ServedSite
from .wire import Line, Reply, read_head

DIRECT = [way for way in OTHERS if way.sockets and way is not UVICORN_ON_UVLOOP]
QUIET_SECONDS = 1.0


def all_said(line: Line) -> bytes:
    """What comes until the connection ends, or nothing comes for a while."""
    line.socket.settimeout(QUIET_SECONDS)
    said = b""
    try:
        while received := line.socket.recv(65536):
            said += received
    except (TimeoutError, ConnectionResetError):
        pass
    return said


def replies_in(said: bytes) -> list[Reply]:
    """The replies, of which each has a length or ends with the connection."""
    replies = []
    while said:
        head, _, rest = said.partition(b"\r\n\r\n")
        status, headers, shown = read_head(head + b"\r\n\r\n")
        size = int(dict(headers).get("content-length", len(rest)))
        replies.append(Reply(status, headers, rest[:size], shown))
        said = rest[size:]
    return replies


def answers(site: ServedSite, difference: Difference) -> tuple[tuple[int, ...], bytes]:
    """The statuses of the replies, and their bodies."""
    with site.connect() as line:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all was sent
            line.send(difference.sent)
        replies = replies_in(all_said(line))
    return tuple(reply.status for reply in replies), b"".join(reply.body for reply in replies)


@pytest.fixture(scope="module")
def reference(folder: Path) -> Iterator[ServedSite]:
    """The app under uvicorn."""
    with REFERENCE.open(make_kitchen(folder)) as site:
        yield site


@pytest.fixture(scope="module", params=DIRECT, ids=lambda way: way.name)
def direct(request: pytest.FixtureRequest, folder: Path) -> Iterator[ServedSite]:
    """The app on the direct path."""
    with request.param.open(make_kitchen(folder)) as site:
        yield site


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.name)
def test_uvicorn_still_does_otherwise(difference: Difference, reference: ServedSite) -> None:
    """When it no longer does, the difference can go."""
    statuses, said = answers(reference, difference)

    assert statuses == difference.uvicorn
    assert difference.uvicorn_says in said


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda one: one.name)
def test_the_direct_path_does_what_the_list_says(difference: Difference, direct: ServedSite) -> None:
    statuses, said = answers(direct, difference)

    assert statuses == difference.direct
    assert difference.direct_never_says not in said
