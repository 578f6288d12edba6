"""The thread lane: calls that may block, a bounded number at once, on threads of its own.

A request's consecutive sync parts come as one call. Context variables go in with the call and what it sets comes back
out, as if it had run in place. A call cannot be stopped once it runs: when its request is cancelled, the request's
clean-up waits for it, because the call may still use what the request holds open. What the call itself waits for on the
loop (`anyio.from_thread.run`) is cancelled, and `anyio.from_thread.check_cancelled` tells it.
"""

import asyncio
import contextvars
import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext, suppress
from time import perf_counter
from typing import Any, Generic, TypeVar, cast

import anyio
import anyio.to_thread

from laneway.lanes.admission import Places
from laneway.lanes.stats import LaneStats, MovingAverage
from laneway.lanes.way_back import WayBack

T = TypeVar("T")

IDLE_SECONDS = 10.0  # a thread without work ends after this long
AGAIN_SECONDS = 0.1  # between two cancellations of what a call waits for whose request is gone
DEFAULT_SIZE = 40  # as AnyIO's, which code written for other frameworks expects
DEFAULT_QUEUE = 1000  # at 10 ms a call and 40 threads, a quarter of a second of waiting

_UNSET: Any = object()

# Says "asyncio" on the loop; in a thread it must not, or nobody could run a loop of their own there. AnyIO has
# imported sniffio if it is installed.
_async_library: contextvars.ContextVar[str | None] | None = getattr(
    sys.modules.get("sniffio"), "current_async_library_cvar", None
)


class _Job(Generic[T]):
    """One call on its way through the lane."""

    __slots__ = ("at_end", "context", "ended", "function", "future", "loop", "queued_at", "scope", "started")

    def __init__(self, function: Callable[[], T], loop: asyncio.AbstractEventLoop) -> None:
        self.function = function
        self.loop = loop
        self.context = contextvars.copy_context()
        if _async_library is not None:
            self.context.run(_async_library.set, None)
        self.future: asyncio.Future[T] = loop.create_future()
        self.queued_at = perf_counter()
        self.started = False
        self.ended = False
        self.at_end: Callable[[], None] | None = None
        self.scope: anyio.CancelScope | None = None  # while it runs: of what it waits for on the loop

    def finish(self, value: T | None, error: BaseException | None) -> None:
        """Hand the outcome to whoever waits; called on the loop."""
        self.ended = True
        if self.at_end is not None:
            self.at_end()
        if self.future.done():  # its waiter was cancelled and nobody waits for the end
            return
        if error is None:
            self.future.set_result(cast(T, value))
        else:
            self.future.set_exception(error)


class ThreadLane:
    """A named pool of threads.

    Attributes:
        name: The lane's name.
        size: Calls that run at once.
        timeout: Seconds that a request may take which uses the lane; None for no limit of the lane's own.
    """

    kind = "thread"

    def __init__(
        self,
        name: str,
        size: int | None = None,
        *,
        queue: int | None = DEFAULT_QUEUE,
        timeout: float | None = None,
    ) -> None:
        self.name = name
        self._sized = size is not None
        self.size = DEFAULT_SIZE if size is None else size
        self.timeout = timeout
        self.queue = queue
        self._reset()

    def _reset(self) -> None:
        self.places = Places(self.name, self.size, self.queue)
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._idle = 0
        self._backlog = 0
        self._busy = 0
        self._served = 0
        self._abandoned = 0
        self._stopping = False
        self.timed_out = 0
        self._wait = MovingAverage()
        self._service = MovingAverage()

    # -- for requests

    def admit(self) -> None:
        """Take a place for a request.

        Raises:
            LaneFullError: As many requests as the lane allows run and wait already.
        """
        self.places.take(self.size, self._service.value)

    def leave(self) -> None:
        """Give the place back."""
        self.places.give_back()

    async def call(self, function: Callable[[], T], *, abandon: bool = False) -> T:
        """Run `function` in a thread of the lane.

        Args:
            function: What to call.
            abandon: Whether a cancelled caller goes on at once while the thread still runs. Otherwise it waits for
                the thread, so that what the call uses is not closed under it.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # trio has no asyncio loop; its threads serve there
            return await anyio.to_thread.run_sync(function, abandon_on_cancel=abandon)
        self._size_like_anyio()
        job = _Job(function, loop)
        self._submit(job)
        try:
            value = await job.future
        except asyncio.CancelledError:
            await self._settle(job, abandon)
            raise
        _carry_out(job.context)
        return value

    def _size_like_anyio(self) -> None:
        if not self._sized:
            # Code written for FastAPI sizes the threads by AnyIO's default limiter, at start-up.
            self._sized = True
            self.size = int(min(anyio.to_thread.current_default_thread_limiter().total_tokens, 10_000))
            self.places.limit = None if self.queue is None else self.size + self.queue

    async def _settle(self, job: _Job[Any], abandon: bool) -> None:
        """After a cancellation: drop a call that waits, wait for one that runs."""
        with self._lock:
            if not job.started:
                job.started = True  # no thread will take it any more
                return
            if (scope := job.scope) is not None:
                scope.cancel()  # within the lock: the thread's next call must get another one
        if job.ended:  # in the turn of the loop in which the cancellation came
            return
        self._abandoned += 1
        if abandon:
            self.places.taken += 1  # held by the thread, as its caller gives its own back
            job.at_end = self.places.give_back
        else:
            job.future = job.loop.create_future()
        with scope or nullcontext():  # entering cancels what the call waits for
            pass
        while not (abandon or job.future.done()):
            # Anew now and then: the call may have begun to wait for something only after the first time.
            with scope or nullcontext(), anyio.CancelScope(shield=True), suppress(asyncio.CancelledError):
                await asyncio.wait([job.future], timeout=AGAIN_SECONDS)
        if not abandon:
            job.future.exception()  # seen: the request is gone, nobody else will look

    # -- threads

    def _submit(self, job: _Job[Any]) -> None:
        with self._lock:
            self._stopping = False
            if self._idle:
                self._idle -= 1
            elif self._threads < self.size:
                name = f"laneway-{self.name}-{self._threads + 1}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
                self._threads += 1
            else:
                self._backlog += 1
        self._jobs.put(job)

    def _work(self) -> None:
        with WayBack() as way_back:
            while (job := self._next()) is not None:
                if self._run(job, way_back.lead_to(job.loop)):
                    return
                del job  # what it holds is not needed until the next one comes

    def _next(self) -> _Job[Any] | None:
        """The next call; None when this thread ends."""
        while True:
            try:
                return self._jobs.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                if self._retire():
                    return None

    def _retire(self) -> bool:
        """Whether this thread may end: it is idle, and no call was promised to it meanwhile."""
        with self._lock:
            if not self._idle:
                return False
            self._idle -= 1
            self._threads -= 1
            return True

    def _run(self, job: _Job[Any], scope: anyio.CancelScope) -> bool:
        """Run a call; whether this thread ends afterwards."""
        with self._lock:
            wanted = not job.started
            job.started = True
            job.scope = scope
            self._busy += wanted
        if wanted:
            begun = perf_counter()
            value, error = _outcome(job)
            ended = perf_counter()
        with self._lock:
            job.scope = None
            ends = self._stopping and not self._backlog
            if ends:
                self._threads -= 1
            elif self._backlog:
                self._backlog -= 1
            else:
                self._idle += 1
            if wanted:
                self._busy -= 1
                self._served += 1
                self._wait.add(begun - job.queued_at)
                self._service.add(ended - begun)
        if wanted:
            _deliver(job, value, error)
        return ends

    def stop(self) -> None:
        """Let the threads end: idle ones at once, the others after the calls they have; a later call starts new ones."""
        with self._lock:
            self._stopping = True
            # Out of the count now, not when they have ended: a call that comes meanwhile would wait for them in vain.
            idle, self._idle = self._idle, 0
            self._threads -= idle
        for _ in range(idle):
            self._jobs.put(None)

    def stats(self) -> LaneStats:
        """The lane at this moment."""
        with self._lock:
            return LaneStats(
                name=self.name,
                kind=self.kind,
                size=self.size,
                queue=self.queue,
                busy=self._busy,
                queued=self._backlog,
                admitted=self.places.taken,
                served=self._served,
                refused=self.places.refused,
                timed_out=self.timed_out,
                abandoned=self._abandoned,
                wait=self._wait.value,
                service=self._service.value,
            )


def _outcome(job: _Job[T]) -> tuple[T | None, BaseException | None]:
    try:
        return job.context.run(job.function), None
    except StopIteration as error:
        # A future cannot hold it: it would end the generator that awaits.
        replacement = RuntimeError("a function in a thread raised StopIteration")
        replacement.__cause__ = error
        return None, replacement
    except BaseException as error:  # noqa: BLE001  # whatever it is belongs to the caller
        return None, error


def _deliver(job: _Job[Any], value: object, error: BaseException | None) -> None:
    try:
        job.loop.call_soon_threadsafe(job.finish, value, error)
    except RuntimeError:  # the loop was closed while the thread ran
        if job.at_end is not None:
            job.at_end()


def _carry_out(context: contextvars.Context) -> None:
    """Take over what the call set in its context."""
    for variable, value in context.items():
        if variable is not _async_library and variable.get(_UNSET) is not value:
            variable.set(value)


DEFAULT_LANE = ThreadLane("thread")
"""Where `def` endpoints and dependencies run that name no lane, of all apps that do not size it otherwise."""

if hasattr(os, "register_at_fork"):  # not on Windows
    # Threads do not survive a fork.
    os.register_at_fork(after_in_child=DEFAULT_LANE._reset)


async def in_thread(function: Callable[[], T]) -> T:
    """Call `function` in a thread of the default lane."""
    return await DEFAULT_LANE.call(function)
