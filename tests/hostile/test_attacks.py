"""Hostile bytes are refused, whichever way they arrive, and nothing hangs."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.acceptance.ways.sites import DIRECT, DIRECT_ON_UVLOOP, ServedSite
from tests.hostile.app import make_app
from tests.hostile.attacks import ATTACKS, Attack
from tests.hostile.harness import Outcome, Server, complaints, in_threads
from tests.hostile.replies import statuses_of

IN_ONE, BYTEWISE = 10**9, 1
SOON = 3.0  # seconds until a refusal, on a crowded machine
FEW = 20_000  # bytes of what is sent byte by byte


@pytest.fixture(scope="module", params=[DIRECT, DIRECT_ON_UVLOOP], ids=lambda way: way.name)
def site(request: pytest.FixtureRequest) -> Iterator[ServedSite]:
    """The app on the direct path, with real sockets."""
    with request.param.open(make_app()) as site:
        yield site


def outcome_of(*reads: bytes) -> Outcome:
    """What comes of bytes that arrive in these reads."""

    async def play() -> Outcome:
        return await Server(make_app()).connect().hold(*reads)

    with in_threads.watched():
        return asyncio.run(play())


def check(attack: Attack, outcome: Outcome) -> None:
    """Fail unless the outcome is what the table says."""
    assert statuses_of(outcome.said) in {attack.statuses, attack.or_else}, outcome.said[:300]
    assert outcome.ended == attack.ended
    assert attack.never not in outcome.said
    assert attack.says in outcome.said


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
@pytest.mark.parametrize("piece", [IN_ONE, 1000, BYTEWISE], ids=["in one read", "in pieces", "byte by byte"])
def test_an_attack_is_refused(attack: Attack, piece: int) -> None:
    if piece == BYTEWISE and len(attack.sent) > FEW:
        piece = 100

    with complaints():
        check(attack, outcome_of(*(attack.sent[at : at + piece] for at in range(0, len(attack.sent), piece))))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_that_ends_in_one_read_after_its_head(attack: Attack) -> None:
    """The request is under way by then, and must not be served all the same."""
    head, blank, rest = attack.sent.partition(b"\r\n\r\n")

    with complaints():
        check(attack, outcome_of(head + blank, rest) if rest else outcome_of(head + blank))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_over_a_socket_is_refused(attack: Attack, site: ServedSite) -> None:
    with complaints(), site.connect() as line:
        line.socket.settimeout(SOON)
        line.send(attack.sent)
        said = line.rest()  # a server that leaves the connection open fails here, by its deadline

    check(attack, Outcome(said, ended=True))


def test_nothing_smuggled_has_reached_the_app(site: ServedSite) -> None:
    """What the app was asked, over all connections of this module."""
    assert "smuggled" not in site.app.state.asked
