"""The process lane: calls that compute, each in a process that can be killed.

One fork server imports what is preloaded and forks workers from there; one socket pair leads to each worker; nothing
is shared between workers, so nothing stays locked when one dies. A process more than the lane's size stands by: when
a worker is killed, crashes or is recycled, the next call finds another that runs already.
"""

import asyncio
import math
from asyncio import AbstractEventLoop, TimerHandle
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from typing import TypeVar, cast

from laneway.lanes.admission import Places
from laneway.lanes.deadline import current_deadline, shorter
from laneway.lanes.errors import (
    LaneClosedError,
    LaneFullError,
    LaneStartError,
    LaneTimeoutError,
    WorkerCrashedError,
)
from laneway.lanes.process_check import check_picklable as check_picklable
from laneway.lanes.process_check import function_name, home_module
from laneway.lanes.process_handle import Call, Due
from laneway.lanes.process_pool import WorkerPool
from laneway.lanes.process_wire import (
    LARGE_BYTES,
    Body,
    TooLargeError,
    decode,
    encode,
    encode_large,
)
from laneway.lanes.stats import MovingAverage, ProcessStats

T = TypeVar("T")

GRACE_SECONDS = 5.0  # how long a stop waits for the calls it finds
LEAST_SECONDS = (
    0.001  # a call that has less left is not begun: its process would be killed before it had done anything
)

_NO_KEYWORDS: Mapping[str, object] = {}


class ProcessLane:
    """A named pool of processes.

    Args:
        name: The lane's name.
        size: Calls that run at once.
        queue: Calls that may wait beyond those; None for any number.
        deadline: Seconds that a call may take, waiting included; None for no limit of the lane's own.
        recycle: Calls after which a process is replaced; None for never.
        max_rss: Bytes of memory (shared with other processes or not) above which a process is replaced after its
            call; None for no limit.
        preload: Modules to import once, before the first process is forked. They must not open connections or start
            threads while they are imported.

    Attributes:
        name, size, queue: As given.
        timeout: The deadline given.
        timed_out: Calls, and requests that hold a place, whose time was up.
    """

    kind = "process"

    def __init__(
        self,
        name: str,
        size: int,
        *,
        queue: int | None = 100,
        deadline: float | None = None,
        recycle: int | None = None,
        max_rss: int | None = None,
        preload: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.size = size
        self.queue = queue
        self.timeout = deadline
        self.places = Places(name, size, queue)
        self.timed_out = 0
        self._preload = list(dict.fromkeys(preload))
        self._pool = WorkerPool(
            name,
            size,
            max_rss=max_rss,
            recycle=recycle,
            on_reply=self._replied,
            on_crash=self._crashed,
            on_ready=self._pump,
        )
        self._waiting: OrderedDict[Call, None] = OrderedDict()
        self._coming = 0  # calls that wait for the start or for their arguments
        self._starting: asyncio.Task[None] | None = None
        self._stopped = False
        self._quiet = asyncio.Event()  # set whenever the lane has nothing to do
        self._served = self._failed = self._refused = self._cancelled = self._crashes = 0
        self._wait = MovingAverage()
        self._service = MovingAverage()

    # -- life

    def expect(self, function: Callable[..., object]) -> None:
        """Let the lane import the module of a function that it will run, before it forks; call it before `start`.

        Raises:
            UnpicklableError: The function cannot run in another process; the message says why and what to do.
        """
        check_picklable(function)
        module = home_module(function)
        if module not in self._preload and module != "builtins":
            self._preload.append(module)

    async def start(self) -> None:
        """Start the processes; a lane that runs stays as it is.

        Raises:
            LaneStartError: A module to preload cannot be imported, or this system has no fork.
            LaneClosedError: The lane was stopped meanwhile.
        """
        if self._pool.running:
            return
        if "__main__" in self._preload:
            raise LaneStartError(
                self.name,
                "the program's main file cannot be preloaded, it would run again; move its functions to a module",
            )
        if self._starting is None:
            self._stopped = False
            self._starting = asyncio.ensure_future(self._pool.start(self._preload))
            self._starting.add_done_callback(self._start_over)
        await self._wait_for_start(self._starting)

    async def _wait_for_start(self, starting: asyncio.Task[None]) -> None:
        # Shielded: who asked first may be given up, and those who come next would have to begin anew, again and again
        # if the start takes longer than their time.
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            if starting.cancelled():
                raise LaneClosedError(self.name) from None
            raise

    def _start_over(self, starting: asyncio.Task[None]) -> None:
        self._starting = None
        if not starting.cancelled():
            starting.exception()  # told to those who wait; if nobody does, the next call tries again

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """End the processes; nothing of the lane is left when this returns.

        Args:
            grace: Seconds for the calls that run or wait to end. Then they fail with `LaneClosedError`.
        """
        self._stopped = True
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        try:
            await self._calls_over(grace)
        finally:
            self._fail_rest()
            await self._pool.stop()

    async def _calls_over(self, grace: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._pool.busy or self._waiting or self._coming:
                    self._quiet.clear()
                    await self._quiet.wait()

    def _fail_rest(self) -> None:
        running = [worker.call for worker in self._pool.workers() if worker.call is not None]
        for call in [*self._waiting, *running]:
            self._cancelled += not call.settled
            self._settle(call, LaneClosedError(self.name, call.name))
            self._leave(call)

    def pids(self) -> list[int]:
        """The process ids of its workers, as far as they have started, and of its fork server."""
        return self._pool.pids()

    # -- requests

    def admit(self) -> None:
        """Take a place for a request that is going to call.

        Raises:
            LaneFullError: As many requests as the lane allows run and wait already.
        """
        self.places.take(self.size, self._service.value)

    def leave(self) -> None:
        """Give the place back."""
        self.places.give_back()

    # -- calls

    async def call(
        self,
        function: Callable[..., T],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] = _NO_KEYWORDS,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the caller's own word for it
    ) -> T:
        """Call `function` in a process and return its result.

        The process is killed when the time is up or the calling task is cancelled. What the function raises is raised
        here, with the traceback of the process as its cause.

        Args:
            function: A function that a process can import, see `check_picklable`.
            args: Its arguments; they are pickled.
            kwargs: Its keyword arguments.
            timeout: Seconds, waiting included; the lane's own deadline holds beside it.

        Raises:
            LaneFullError: As many calls as the lane allows run and wait already.
            LaneTimeoutError: The time was up.
            LaneClosedError: The lane was stopped.
            WorkerCrashedError: The process ended before it answered.
            UnpicklableError: The function, an argument or the result cannot be pickled.
            RemoteError: The function raised something that cannot be raised here.
        """
        self._check_room()
        loop, begun = asyncio.get_running_loop(), perf_counter()
        due = Due.of(begun, self.timeout if timeout is None else shorter(timeout, self.timeout))
        if not self._pool.running:
            async with self._coming_in(function, "starting the processes for", due):
                await self.start()
        try:
            message: bytes | memoryview = encode(function, args, kwargs)
        except TooLargeError:
            async with self._coming_in(function, "packing the arguments of", due):
                message = await asyncio.to_thread(encode_large, function, args, kwargs)
            self._check_open(function)
        call = Call(function, message, loop.create_future(), begun, due)
        flags, body = await self._through(call, loop)
        if len(body) > LARGE_BYTES:
            return cast(T, await asyncio.to_thread(decode, flags, body, function))
        return cast(T, decode(flags, body, function))

    def _check_open(self, function: Callable[..., object]) -> None:
        """Fail a call that was still packing its arguments when the lane lost patience."""
        if not self._pool.running:
            self._cancelled += 1
            raise LaneClosedError(self.name, function_name(function))

    def _check_room(self) -> None:
        if self._stopped:
            raise LaneClosedError(self.name)
        waiting = len(self._waiting) + self._coming
        if self.queue is not None and self._pool.busy + waiting >= self.size + self.queue:
            self._refused += 1
            raise LaneFullError(self.name, waiting, self._retry_after(waiting))

    def _retry_after(self, waiting: int) -> int:
        """Whole seconds until those who wait have had their turn."""
        return max(1, math.ceil((waiting + 1) * self._service.value / self.size))

    @asynccontextmanager
    async def _coming_in(self, function: Callable[..., object], doing: str, due: Due) -> AsyncIterator[None]:
        """What a call waits for before it is in the queue; it counts as waiting meanwhile."""
        self._coming += 1
        try:
            async with asyncio.timeout(due.left()) as limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            self.timed_out += 1
            raise self._too_late(function, doing, due.seconds) from None
        except asyncio.CancelledError:
            self._count_cancelled()
            raise
        finally:
            self._coming -= 1
            self._quiet.set()

    def _count_cancelled(self) -> None:
        if current_deadline().expired:  # by the request, whose time it was
            self.timed_out += 1
        else:
            self._cancelled += 1

    async def _through(self, call: Call, loop: AbstractEventLoop) -> tuple[int, Body]:
        """Send a call through the lane and return the reply."""
        timer: TimerHandle | None = None
        if call.due.at != math.inf:
            timer = loop.call_later(call.due.at - perf_counter(), self._expire, call)
        self._waiting[call] = None
        self._pump()
        try:
            return await call.future
        except asyncio.CancelledError:
            if not call.settled:
                self._count_cancelled()
                self._settle(call, None)
                self._leave(call)
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def _pump(self) -> None:
        """Give waiting calls to idle workers, first come, first served."""
        pool, now = self._pool, perf_counter()
        while (call := self._next(now)) is not None and (worker := pool.take()) is not None:
            del self._waiting[call]
            call.started_at = now
            call.worker, worker.call = worker, call
            worker.send(call.message)
        if not pool.busy:
            self._quiet.set()

    def _next(self, now: float) -> Call | None:
        """The call whose turn it is; those before it have no time left and are told so."""
        while self._waiting:
            call = next(iter(self._waiting))
            if call.due.at - now > LEAST_SECONDS:
                return call
            del self._waiting[call]
            self._time_out(call)
        return None

    def _settle(self, call: Call, error: Exception | None) -> None:
        """Note that the outcome of a call is known; tell its task, unless that was cancelled."""
        call.settled = True
        if error is not None and not call.future.done():
            call.future.set_exception(error)

    def _leave(self, call: Call) -> None:
        """Take a call out of the lane: drop it from the queue, or kill who runs it."""
        worker, call.worker = call.worker, None
        if worker is None:
            self._waiting.pop(call, None)
        else:
            worker.call = None
            self._pool.kill(worker)
        self._pump()

    def _expire(self, call: Call) -> None:
        if not call.settled:
            self._time_out(call)
            self._leave(call)

    def _time_out(self, call: Call) -> None:
        self.timed_out += 1
        doing = "running" if call.worker else "waiting in the queue with"
        self._settle(call, self._too_late(call.function, doing, call.due.seconds))

    def _too_late(self, function: Callable[..., object], doing: str, seconds: float) -> LaneTimeoutError:
        return LaneTimeoutError(self.name, f"{doing} {function_name(function)}", seconds)

    # -- what the pool reports

    def _replied(self, call: Call, flags: int, body: Body, failed: bool) -> None:
        now = perf_counter()
        self._served += 1
        self._failed += failed
        self._wait.add(call.started_at - call.queued_at)
        self._service.add(now - call.started_at)
        call.settled, call.worker = True, None
        if not call.future.done():  # its task may have been cancelled a moment ago
            call.future.set_result((flags, body))

    def _crashed(self, call: Call, exitcode: int | None, unread: bool) -> None:
        """A worker ended with a call: fail it, or let another worker have it if it was not read."""
        call.worker = None
        if unread and not call.again and not call.future.done():
            call.again = True
            self._waiting[call] = None
            self._waiting.move_to_end(call, last=False)
            return
        self._crashes += 1
        self._settle(call, WorkerCrashedError(self.name, exitcode, call.name))

    def stats(self) -> ProcessStats:
        """The lane at this moment."""
        return ProcessStats(
            name=self.name,
            kind=self.kind,
            size=self.size,
            queue=self.queue,
            busy=self._pool.busy,
            queued=len(self._waiting) + self._coming,
            admitted=self.places.taken,
            served=self._served,
            refused=self._refused + self.places.refused,
            timed_out=self.timed_out,
            killed=self._pool.killed,
            wait=self._wait.value,
            service=self._service.value,
            failed=self._failed,
            cancelled=self._cancelled,
            crashed=self._crashes,
            recycled=self._pool.recycled,
        )
