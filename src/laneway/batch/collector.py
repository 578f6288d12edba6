"""When a batch begins, and how its callers wait: one collector for each event loop.

Three numbers decide. *Waiting* are calls in no batch yet. *Company* is how many callers were about at once, waiting or
in a batch, during the last batch. *Free* are batches that may run beside those that do. As soon as one is free:

- nobody was about lately -> begin at once; "at once" is the next turn of the loop, so that `gather` makes one batch
- as many wait as there was company (shared among the batches that may run at once) -> begin
- fewer wait -> begin when `max_wait` is over

So a lone caller never waits for others, and a crowd that comes back after each reply is served together again.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextvars import Context
from time import monotonic
from typing import Generic, TypeVar, cast

import anyio

from laneway.batch.errors import BatchFullError
from laneway.batch.options import BatchOptions
from laneway.batch.outcomes import one_each, to_all
from laneway.batch.stats import Tally
from laneway.lanes.deadline import Deadline, current_deadline, shorter
from laneway.lanes.errors import LaneClosedError, LaneTimeoutError
from laneway.lanes.registry import Lanes

T = TypeVar("T")
R = TypeVar("R")


class Call(Generic[T]):
    """One item and who waits for its result."""

    __slots__ = ("began", "deadline", "future", "item", "lanes", "since")

    def __init__(self, item: T, lanes: Lanes) -> None:
        self.item = item
        self.lanes = lanes
        self.began = False
        self.deadline: Deadline = current_deadline()
        self.future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.since = monotonic()


Run = Callable[[list[T], Lanes], Awaitable[object]]
"""Calls the function with a list, in its lane."""


class Collector(Generic[T, R]):
    """The calls of one event loop.

    It holds no reference to its loop while nobody calls, so that it ends with it.

    Attributes:
        running: Batches that run.
    """

    def __init__(self, options: BatchOptions, tally: Tally, run: Run[T]) -> None:
        self._options = options
        self._tally = tally
        self._run_function = run
        self._waiting: OrderedDict[Call[T], None] = OrderedDict()
        self._in_batches = 0
        self.running = 0
        self._most = 0  # callers about at once since the last batch began
        self._company = 1
        self._left_at = -math.inf  # when a batch ended last
        self._alarm: asyncio.Handle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Calls in no batch yet."""
        return len(self._waiting)

    # -- callers

    async def result(self, item: T, lanes: Lanes) -> R:
        """The result of an item.

        Raises:
            BatchFullError: Too many wait already.
            LaneTimeoutError: The deadline of the request passed.
            Exception: What the function raised, or returned for this item.
        """
        self._check_room()
        call = Call(item, lanes)
        self._waiting[call] = None
        self._count_callers()
        self._look()
        try:
            return cast(R, await self._outcome(call))
        finally:
            self._forget(call)

    def _check_room(self) -> None:
        waiting, options = len(self._waiting), self._options
        if options.queue is not None and waiting >= options.queue:
            self._tally.refused()
            batches = math.ceil((waiting + 1) / options.max_size)
            seconds = math.ceil(batches * self._tally.service.value / options.at_once)
            raise BatchFullError(options.name, waiting, max(1, seconds))

    async def _outcome(self, call: Call[T]) -> object:
        limit = shorter(call.deadline.remaining())
        if limit is None:
            return await call.future
        with anyio.move_on_after(limit):
            return await call.future
        place = "in a batch" if call.began else "waiting for a batch"
        raise LaneTimeoutError(self._options.name, place, call.deadline.seconds)

    def _forget(self, call: Call[T]) -> None:
        if call in self._waiting:  # who called is gone
            self._drop(call)
        elif call.future.done() and not call.future.cancelled():
            call.future.exception()  # seen: whoever was cancelled in this very turn does not look

    def _drop(self, call: Call[T]) -> None:
        del self._waiting[call]
        self._tally.dropped()

    # -- beginning

    def _count_callers(self) -> None:
        self._most = max(self._most, self._in_batches + len(self._waiting))

    def _look(self) -> None:
        """Let a batch begin when it is time."""
        if not self._waiting or self.running == self._options.at_once:
            return  # the end of a batch looks again
        loop = asyncio.get_running_loop()
        # The context of this caller is not that of the batch.
        if len(self._waiting) >= self._wanted():
            if isinstance(self._alarm, asyncio.TimerHandle):
                self._alarm.cancel()
                self._alarm = None
            self._alarm = self._alarm or loop.call_soon(self._begin, context=Context())
        elif self._alarm is None:
            self._alarm = loop.call_later(self._options.max_wait, self._begin, context=Context())

    def _wanted(self) -> int:
        """How many waiting calls are enough."""
        options = self._options
        if not self.running and monotonic() - self._left_at > options.max_wait:
            return 1
        return min(options.max_size, math.ceil(self._company / options.at_once))

    def _begin(self) -> None:
        self._alarm = None
        if calls := self._take():
            self.running += 1
            self._in_batches += len(calls)
            self._most = 0
            self._count_callers()
            task = asyncio.get_running_loop().create_task(self._run(calls), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._look()

    def _take(self) -> list[Call[T]]:
        """The next calls whose callers still have time; the others are told by their own clocks."""
        taken: list[Call[T]] = []
        while self._waiting and len(taken) < self._options.max_size:
            call = next(iter(self._waiting))
            if call.deadline.expired:
                self._drop(call)
            else:
                del self._waiting[call]
                call.began = True
                taken.append(call)
        return taken

    # -- running

    async def _run(self, calls: list[Call[T]]) -> None:
        name, begun = self._options.name, monotonic()
        outcomes: list[object] | None = None
        error: Exception = LaneClosedError(name, name)  # if the loop ends
        try:
            returned = await self._run_function([call.item for call in calls], calls[0].lanes)
            outcomes = one_each(name, returned, len(calls))
        except Exception as raised:  # noqa: BLE001  # whatever it is belongs to the callers
            error = raised
        finally:
            waits = [begun - call.since for call in calls]
            self._tally.ended(waits, monotonic() - begun, failed=outcomes is None)
            self._end(calls, to_all(error, len(calls)) if outcomes is None else outcomes)

    def _end(self, calls: list[Call[T]], outcomes: list[object]) -> None:
        self.running -= 1
        self._in_batches -= len(calls)
        self._company = self._most
        self._left_at = monotonic()
        for call, outcome in zip(calls, outcomes, strict=True):
            if call.future.done():  # who called is gone
                continue
            if isinstance(outcome, Exception):
                call.future.set_exception(outcome)
            else:
                call.future.set_result(outcome)
        self._look()
