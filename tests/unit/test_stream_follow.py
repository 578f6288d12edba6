"""Clients of a resumable stream that read, lag, are cut off and come back."""

import asyncio
import re
from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from laneway.stream import ResumableStream, ResumableStreams
from laneway.stream.follow import Following

ROOM = 8  # events that are kept
CLIENTS = 3

clients = st.integers(0, CLIENTS - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("make"), st.integers(1, 6)),
        st.tuples(st.just("read"), clients),
        st.tuples(st.just("cut"), clients),
    ),
    max_size=60,
)


class Client:
    """A client and what it has seen.

    Attributes:
        seen: Numbers of events, in the order in which they came.
        missed: Numbers that a `gap` said were gone.
    """

    def __init__(self, stream: ResumableStream) -> None:
        self.seen: list[int] = []
        self.missed: list[int] = []
        self._stream = stream
        self._following = Following(stream, 0, retry=0)

    @property
    def last(self) -> int:
        """What it sends as Last-Event-ID."""
        return max([0, *self.seen])

    async def read(self) -> bool:
        """Take what comes next; whether there was something."""
        try:
            async with asyncio.timeout(0):  # it is there at once, or not yet
                chunk = (await anext(self._following)).decode()
        except (TimeoutError, StopAsyncIteration):
            return False
        if found := re.search(r"id: .*\.(\d+)", chunk):
            self.seen.append(int(found[1]))
        elif found := re.search(r'"missed":(\d+)', chunk):
            first = max([0, *self.seen, *self.missed]) + 1
            self.missed += range(first, first + int(found[1]))
        return True

    async def cut(self) -> None:
        """Lose the connection, and come back with the id of the last event."""
        await self._following.aclose()
        self.missed = [number for number in self.missed if number < self.last]  # they will be told again
        self._following = Following(self._stream, self.last, retry=0)

    async def leave(self) -> None:
        """Go."""
        await self._following.aclose()


async def settle() -> None:
    """Let the generator do what it can."""
    for _ in range(4):
        await asyncio.sleep(0)


async def played(steps: list[tuple[str, int]]) -> tuple[int, list[Client]]:
    """How many events were made, and the clients, who have read everything in the end."""
    allowed = asyncio.Semaphore(0)
    made = 0

    async def numbers() -> AsyncIterator[int]:
        nonlocal made
        while True:
            await allowed.acquire()
            made += 1
            yield made

    stream = ResumableStreams(events=ROOM).start(numbers())
    crowd = [Client(stream) for _ in range(CLIENTS)]
    for step, number in steps:
        if step == "make":
            for _ in range(number):
                allowed.release()
        elif step == "read":
            await crowd[number].read()
        else:
            await crowd[number].cut()
        await settle()
    for client in crowd:
        while await client.read():
            await settle()
    await stream.stop()
    for client in crowd:
        while await client.read():
            pass
        await client.leave()
    return made, crowd


@given(steps)
def test_each_client_sees_every_event_once_and_in_order_or_is_told_of_the_gap(
    steps: list[tuple[str, int]],
) -> None:
    """Whatever the others do, and however often it is cut off."""
    made, crowd = asyncio.run(played(steps))

    for client in crowd:
        assert client.seen == sorted(set(client.seen))
        assert sorted(client.seen + client.missed) == list(range(1, made + 1))


@given(steps.filter(lambda steps: all(step == "make" or number == 0 for step, number in steps)))
def test_a_client_alone_misses_nothing_of_what_it_was_not_sent(steps: list[tuple[str, int]]) -> None:
    """The generator waits for the only one that reads."""
    _, crowd = asyncio.run(played(steps))

    assert crowd[0].missed == []
