"""The same bytes cut differently must have the same outcome.

    python -m tests.hostile.fuzz --conversations 100000
    python -m tests.hostile.fuzz --seed 7 --only 1234      shows one of them

Each conversation is held several times: in one read, request by request, cut anywhere, byte by byte, with heads
remembered and without. A parser that loses its place, a head taken for another one, or a reply to the wrong request
shows as a difference. Sound conversations must in addition get all replies in order.
"""

import argparse
import asyncio
import itertools
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.acceptance.ways.wire import in_one
from tests.hostile.app import make_app
from tests.hostile.generator import Maker, Talk
from tests.hostile.harness import (
    DIRECT_PROTOCOL,
    Complaints,
    Connection,
    Outcome,
    Server,
    complaints,
    in_threads,
)

MOST_SHOWN = 5
_REPLY = b"HTTP/1.1 "
_LAST = b"connection: close\r\n"
BYTEWISE = 3000  # longer ones are cut into pieces of 7
Cutting = Callable[[Connection, Talk, random.Random], Iterator[bytes | None]]


# -- ways to cut; None stands for a pause in which the server answers


def in_one_read(connection: Connection, talk: Talk, dice: random.Random) -> Iterator[bytes | None]:
    """All at once."""
    yield talk.sent


def by_request(connection: Connection, talk: Talk, dice: random.Random) -> Iterator[bytes | None]:
    """As most clients do."""
    for message in talk.messages:
        yield message
        yield None


def by_request_and_a_bit(connection: Connection, talk: Talk, dice: random.Random) -> Iterator[bytes | None]:
    """Each read ends where the next request has just begun."""
    sent, bit = talk.sent, dice.choice((1, 5, 20, 45))
    ends = list(itertools.accumulate(map(len, talk.messages)))
    for start, end in itertools.pairwise([-bit, *ends]):
        yield sent[max(0, start + bit) : end + bit]
        yield None


def anywhere(connection: Connection, talk: Talk, dice: random.Random) -> Iterator[bytes | None]:
    """In pieces of any size, with pauses here and there."""
    sent = talk.sent
    while sent:
        size = dice.choice((1, 2, 10, 50, 100, 400, 2000))
        yield sent[:size]
        sent = sent[size:]
        if dice.random() < 0.3:
            yield None


def bytewise(connection: Connection, talk: Talk, dice: random.Random) -> Iterator[bytes | None]:
    """In the smallest pieces."""
    sent, size = talk.sent, 1 if len(talk.sent) < BYTEWISE else 7
    for at in range(0, len(sent), size):
        yield sent[at : at + size]


WAYS: tuple[tuple[str, Cutting, bool], ...] = (
    ("in one read", in_one_read, True),
    ("request by request", by_request, True),
    ("request by request, nothing remembered", by_request, False),
    ("request by request and a bit of the next", by_request_and_a_bit, True),
    ("anywhere", anywhere, True),
    ("byte by byte", bytewise, True),
)


async def hold(
    server: Server, talk: Talk, cutting: Cutting, dice: random.Random, *, remember: bool
) -> Outcome:
    """The outcome of a conversation, cut in one way."""
    connection = server.connect(remember=remember)
    for read in cutting(connection, talk, dice):
        if read is None:
            await connection.settle()
        else:
            await connection.feed(read)
    return await connection.end()


# -- judging


@dataclass(slots=True)
class Finding:
    """Something wrong.

    Attributes:
        index: Which conversation.
        what: What is wrong with it.
    """

    index: int
    what: str


@dataclass(slots=True)
class Report:
    """What came of a run.

    Attributes:
        held: Conversations.
        refused: Those of which a request was refused.
        findings: What is wrong.
    """

    held: int = 0
    refused: int = 0
    findings: list[Finding] = field(default_factory=list)

    def __str__(self) -> str:
        shown = [f"conversation {one.index}: {one.what}" for one in self.findings[:MOST_SHOWN]]
        more = len(self.findings) - len(shown)
        return "\n".join(
            [*shown, f"and {more} more" if more else "", f"{self.held} held, {self.refused} refused"]
        )


def talk_of(seed: int, index: int) -> tuple[Talk, random.Random]:
    """A conversation by its number, and the dice for the rest."""
    dice = random.Random(f"{seed}:{index}")
    return Maker(dice).talk(), dice


def missing(talk: Talk, outcome: Outcome) -> str:
    """What a sound conversation has not got, in order; empty if it has got all."""
    said = outcome.said
    for mark in talk.marks:
        found = said.find(mark)
        if found < 0:
            return f"no {mark!r} in its turn"
        said = said[found + len(mark) :]
    return "" if outcome.ended else "the connection was left open"


def difference(one: Outcome, other: Outcome) -> str:
    """Where two outcomes part."""
    at = next(
        (n for n, pair in enumerate(zip(one.said, other.said, strict=False)) if pair[0] != pair[1]), None
    )
    if at is None:
        at = min(len(one.said), len(other.said))
    begin = max(0, at - 60)
    return (
        f"{one.said[begin : at + 120]!r} (ended: {one.ended}) but "
        f"{other.said[begin : at + 120]!r} (ended: {other.ended})"
    )


def alike(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are the same but for how a stream is cut into chunks: what is ready goes out together."""
    return one.ended == other.ended and (one.said == other.said or in_one(one.said) == in_one(other.said))


def answered_early(one: Outcome, other: Outcome) -> bool:
    """Whether only one has a reply to the request that spoils the connection.

    An endpoint that does not read its body may answer before it has arrived, and then the body turns out malformed.
    """
    both = map(_before_refusal, (in_one(one.said), in_one(other.said)))
    (shorter, refusal), (longer, same) = sorted(both, key=_size)
    refused = one.ended and other.ended and refusal == same and longer.startswith(shorter)
    return refused and longer[len(shorter) :].count(_REPLY) == 1


def ended_early(one: Outcome, other: Outcome) -> bool:
    """Whether only one has the refusal of what came when the connection had ended in the other.

    It ends after a failure of the app, and after a request that was to be the last; the body of that may still come,
    and turn out malformed, when an endpoint that does not read it has answered.
    """
    (said, last), (more, refusal) = map(
        _before_refusal, sorted((in_one(one.said), in_one(other.said)), key=len)
    )
    if not (one.ended and other.ended):
        return False
    if more == said + last:
        return last.startswith(_REPLY + b"500") and refusal.startswith(_REPLY + b"4") and _LAST in refusal
    refusals = [reply.startswith(_REPLY + b"400") for reply in (last, refusal)]
    return more == said and sum(refusals) == 1 and _LAST in last and _LAST in refusal


def _before_refusal(said: bytes) -> tuple[bytes, bytes]:
    at = max(0, said.rfind(_REPLY))
    return said[:at], said[at:]


def _size(parts: tuple[bytes, bytes]) -> int:
    return len(parts[0])


class Fuzzer:
    """Holds conversations and judges them.

    Args:
        protocol: The protocol class, or where to import it from.
        seed: With the number of a conversation it says all about it.
        only_sound: Leave out what has something wrong.
    """

    def __init__(self, protocol: str = DIRECT_PROTOCOL, seed: int = 0, *, only_sound: bool = False) -> None:
        self._server = Server(make_app(), protocol)
        self._seed = seed
        self._only_sound = only_sound
        self.report = Report()

    async def run(self, indices: range) -> Report:
        """Hold these conversations."""
        with complaints() as heard, in_threads.watched():
            asyncio.get_running_loop().set_exception_handler(heard.on_loop)
            for index in indices:
                await self._hold(index, heard)
        return self.report

    async def _hold(self, index: int, heard: Complaints) -> None:
        talk, dice = talk_of(self._seed, index)
        if self._only_sound and not talk.sound:
            return
        outcomes = {}
        for name, cutting, remember in WAYS:
            try:
                outcomes[name] = await hold(self._server, talk, cutting, dice, remember=remember)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
                self._find(index, f"{name}: {error!r}")
                outcomes[name] = Outcome(b"", ended=True)
        self.report.held += 1
        self._judge(index, talk, outcomes)
        if heard.heard:
            self._find(index, f"complaint: {heard.heard[0]}")
            heard.heard.clear()
        state = self._server.state
        if state.connections or state.tasks:
            self._find(index, f"left behind: {state.connections} {state.tasks}")
            state.connections.clear()
            state.tasks.clear()

    def _judge(self, index: int, talk: Talk, outcomes: dict[str, Outcome]) -> None:
        name, first = next(iter(outcomes.items()))
        self.report.refused += b"connection: close\r\n\r\n" in first.said and not talk.sound
        if talk.sound and (lack := missing(talk, first)):
            self._find(index, f"{name}: {lack}")
        for other, outcome in outcomes.items():
            early = answered_early(first, outcome) or ended_early(first, outcome)
            if not alike(outcome, first) and (talk.sound or not early):
                self._find(index, f"{name}, {other}: {difference(first, outcome)}")

    def _find(self, index: int, what: str) -> None:
        self.report.findings.append(Finding(index, what))


def run(
    count: int, seed: int = 0, protocol: str = DIRECT_PROTOCOL, *, first: int = 0, only_sound: bool = False
) -> Report:
    """Hold so many conversations."""
    fuzzer = Fuzzer(protocol, seed, only_sound=only_sound)
    with asyncio.Runner() as runner:
        return runner.run(fuzzer.run(range(first, first + count)))


def show(seed: int, index: int, protocol: str) -> None:
    """Print one conversation, and its outcome each way."""
    talk, dice = talk_of(seed, index)
    print("sound" if talk.sound else "spoilt")  # noqa: T201
    for message in talk.messages:
        print("  sends", message)  # noqa: T201

    async def all_ways() -> None:
        server = Server(make_app(), protocol)
        for name, cutting, remember in WAYS:
            print(name, await hold(server, talk, cutting, dice, remember=remember))  # noqa: T201

    asyncio.run(all_ways())


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--conversations", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--protocol", default=DIRECT_PROTOCOL, help="module:class")
    parser.add_argument("--only", type=int, help="show this conversation")
    parser.add_argument("--only-sound", action="store_true", help="leave out what has something wrong")
    options = parser.parse_args()
    if options.only is not None:
        show(options.seed, options.only, options.protocol)
        return
    report = run(options.conversations, options.seed, options.protocol, only_sound=options.only_sound)
    print(report)  # noqa: T201
    sys.exit(bool(report.findings))


if __name__ == "__main__":
    main()
