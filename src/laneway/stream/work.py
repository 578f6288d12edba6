"""A generator that runs on, whether its clients are there or not."""

import asyncio
import logging
from collections.abc import AsyncIterable, Callable
from contextlib import AsyncExitStack
from enum import StrEnum
from time import monotonic
from typing import Any

from starlette.exceptions import HTTPException

from laneway.exceptions import EndpointContext, FastAPIError
from laneway.lanes.calling import current_lanes
from laneway.lanes.deadline import without_deadline
from laneway.lanes.registry import Lanes
from laneway.lanes.thread_lane import ThreadLane
from laneway.route_spec import OutputSpec
from laneway.sse import ServerSentEvent, format_sse_event
from laneway.stream.chunks import SLICE
from laneway.stream.items import event_encoder, json_text
from laneway.stream.kept import KeptEvents
from laneway.stream.readers import Readers
from laneway.stream.respond import open_chunks
from laneway.stream.terms import Terms

_logger = logging.getLogger("laneway.stream")

STOP_SECONDS = 3.0  # for generators to end when their app does

_running: "set[Work]" = set()


class StreamStatus(StrEnum):
    """What has become of a resumable stream."""

    running = "running"  # its generator runs, or waits until somebody reads
    ended = "ended"  # its generator has ended by itself
    failed = "failed"  # its generator has raised; the last event says so
    stopped = "stopped"  # it was stopped: by `stop()`, for want of readers, or with the app


class Work:
    """A generator in its lane, and the latest events that it gave.

    Args:
        key: What stands before the numbers of its events.
        generator: What yields them: asynchronous on the event loop, otherwise in threads.
        terms: How long it lives, and how much of it is kept.
        forget: Called when nobody is to find it any more.

    Attributes:
        kept: Its latest events.
        readers: Those who read them.
        status: What has become of it.
        lanes: Those of the app that started it.
        task: In which the generator runs.
    """

    def __init__(self, key: str, generator: Any, terms: Terms, forget: Callable[[], object]) -> None:
        self.kept = KeptEvents(terms.events, terms.size)
        self.status = StreamStatus.running
        self.lanes: Lanes = current_lanes()
        self._prefix = f"id: {key}.".encode()
        self._keep_seconds = terms.keep
        self._forget = forget
        self._told_to_stop = False
        self._loop = asyncio.get_running_loop()
        self._room = asyncio.Event()
        lane = None if isinstance(generator, AsyncIterable) else self._place_in(terms.lane)
        self.readers = Readers(terms.grace, self._abandon)
        self.task = self._loop.create_task(
            self._run(generator, lane), name="laneway resumable stream", context=without_deadline()
        )
        self.task.add_done_callback(self._end)
        if lane is not None:
            self.task.add_done_callback(lambda _: lane.leave())
        _running.add(self)

    def _place_in(self, name: str) -> ThreadLane:
        lane = self.lanes[name]
        if not isinstance(lane, ThreadLane):
            raise FastAPIError(f"a generator can run in a lane of threads, and {name!r} is one of processes")
        lane.admit()
        return lane

    # -- its life, from outside

    def was_sent(self, number: int) -> None:
        """Somebody was sent everything up to a number."""
        self.kept.mark_sent(number)
        if self.kept.has_room:
            self._room.set()

    def cancel(self) -> None:
        """Let the generator end where it waits, or at its `yield`."""
        if not self._told_to_stop:
            self._told_to_stop = True
            self.task.cancel()

    async def stop(self) -> None:
        """Stop the generator, and return once its clean-up is over; what it gave can be read as before."""
        self.cancel()
        await asyncio.wait((self.task,))

    def _abandon(self) -> None:
        self._forget()
        self.cancel()

    # -- its life, from inside

    async def _run(self, generator: Any, lane: ThreadLane | None) -> StreamStatus:
        try:
            await self._keep_all(generator, lane)
        except Exception as error:  # noqa: BLE001 - there is nobody to raise it to
            self._keep(_failure(error))
            return StreamStatus.failed
        return StreamStatus.stopped if self._told_to_stop else StreamStatus.ended

    async def _keep_all(self, generator: Any, lane: ThreadLane | None) -> None:
        async with AsyncExitStack() as stack:
            call = {} if lane is None else {"call": lane.call}
            chunks = await open_chunks(generator, lane is None, _encode, stack, **call)
            until = monotonic() + SLICE
            async for event in chunks:
                self._keep(event)
                if self._told_to_stop:  # and the generator took no notice
                    return
                await self._wait_for_room()
                if monotonic() > until:  # a generator that never waits must not keep the loop to itself
                    await asyncio.sleep(0)
                    until = monotonic() + SLICE

    def _keep(self, event: bytes) -> None:
        number = self.kept.last + 1
        self.kept.add(b"%b%d\n%b" % (self._prefix, number, event))
        self.readers.tell()

    async def _wait_for_room(self) -> None:
        while not self.kept.has_room:
            self._room.clear()
            await self._room.wait()

    def _end(self, task: "asyncio.Task[StreamStatus]") -> None:
        # Not in `_run`, which never begins if it is cancelled at once.
        unfinished = task.cancelled() or task.exception() is not None
        self.status = StreamStatus.stopped if unfinished else task.result()
        _running.discard(self)
        self.readers.close()
        self._loop.call_later(self._keep_seconds, self._forget)


def _failure(error: Exception) -> bytes:
    """The last event of a generator that has raised; what clients may not know goes to the log."""
    if isinstance(error, HTTPException):
        told = {"status": error.status_code, "detail": error.detail}
    else:
        told = {"status": 500, "detail": "Internal Server Error"}
        _logger.error("A resumable stream failed", exc_info=error)
    return format_sse_event(event="failed", data_str=json_text(told))


_to_event = event_encoder(OutputSpec(), EndpointContext)


def _encode(item: Any) -> bytes:
    if isinstance(item, ServerSentEvent) and item.id is not None:
        raise ValueError(
            f"a resumable stream numbers its events itself: yield this one without id={item.id!r}"
        )
    event: bytes = _to_event(item)
    return event


async def stop_works(lanes: Lanes) -> None:
    """Stop all that an app has started; return once their clean-up is over, or after some seconds."""
    works = [work for work in running_works() if work.lanes is lanes]
    for work in works:
        work.cancel()
    if works:
        _, left = await asyncio.wait([work.task for work in works], timeout=STOP_SECONDS)
        if left:
            _logger.error("%d resumable stream(s) did not end when cancelled, and are left behind", len(left))


def running_works() -> list[Work]:
    """Those on this event loop whose generators have not ended; none where another library than asyncio runs."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return []
    return [work for work in _running if work.task.get_loop() is loop]
