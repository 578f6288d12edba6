"""One client of a resumable stream: what it has not seen yet, and then what comes."""

from typing import Any, Self

from laneway.sse import format_sse_event
from laneway.stream.chunks import AHEAD_BYTES
from laneway.stream.wire import Wire
from laneway.stream.work import StreamStatus, Work


class Following:
    """The chunks that one client is sent; see `laneway.stream.chunks.Chunks`.

    Args:
        work: What it follows.
        after: Number of the last event that the client has seen.
        retry: Seconds that it is to wait before it comes back; it is told in front of its first event.
    """

    def __init__(self, work: Work, after: int, retry: float) -> None:
        self._work = work
        self._position = min(after, work.kept.last)
        self._greeting: bytes | None = b"retry: %d\n" % int(1000 * retry)
        self._news = work.readers.enter()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self._work.was_sent(self._position)
        while (chunk := self._next()) is None:
            if self._work.status is not StreamStatus.running:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return chunk

    async def gather(self, wire: Wire) -> bool:
        """Add to `wire` what is there, at least one chunk; True, because it may never wait."""
        wire.add(await anext(self))
        while wire.size < AHEAD_BYTES and (chunk := self._next()) is not None:
            wire.add(chunk)
        return True

    def _next(self) -> bytes | None:
        """What comes next; None when the client has everything."""
        if self._greeting is not None:  # no event of its own, see KEEPALIVE_COMMENT
            greeting, self._greeting = self._greeting, None
            return greeting
        kept = self._work.kept
        missed = kept.first - self._position - 1
        if missed > 0:
            self._position += missed
            return format_sse_event(event="gap", data_str=f'{{"missed":{missed}}}')
        if self._position == kept.last:
            return None
        self._position += 1
        return kept[self._position]

    async def interrupt(self, error: BaseException) -> Any:
        """Raise `error`; it is no business of the generator's."""
        raise error

    async def aclose(self) -> None:
        """Go; the generator runs on."""
        self._work.readers.leave(self._news)
