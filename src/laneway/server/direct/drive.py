"""Running a coroutine that never suspends, without a task.

A task costs a turn of the event loop; a coroutine that is proven to run through needs none. So that libraries find
what they look for, there is a current task while it runs, which can be asked all that a running task can be asked, and
a context of its own: what it sets is not seen by the next request.
"""

import asyncio
import types
from asyncio import _enter_task, _leave_task  # private; tested on 3.11 to 3.13
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any, cast

_names = iter(range(1, 1 << 62))


class CurrentRequest:
    """Stands for the task of a request while it runs on the direct path.

    It cannot be awaited or cancelled in the middle, for there is no middle; what it is told is kept, and done-callbacks
    are called when the request is done.
    """

    __slots__ = ("__weakref__", "_callbacks", "_cancelling", "_context", "_coro", "_loop", "_name")
    # What asyncio and AnyIO look at in tasks.
    _must_cancel = False
    _fut_waiter = None

    def __init__(
        self, coro: Coroutine[Any, Any, Any], context: Context, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._coro = coro
        self._context = context
        self._loop = loop

    def get_coro(self) -> Coroutine[Any, Any, Any]:
        """The coroutine that runs."""
        return self._coro

    def get_context(self) -> Context:
        """Where it runs."""
        return self._context

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop in whose thread it runs."""
        return self._loop

    def get_name(self) -> str:
        """A name of its own."""
        if not hasattr(self, "_name"):
            self._name = f"Request-{next(_names)}"
        return self._name

    def set_name(self, value: object) -> None:
        """Give it another name."""
        self._name = str(value)

    def get_stack(self, *, limit: int | None = None) -> list[types.FrameType]:
        """Empty: only a suspended task has frames to show."""
        return []

    def done(self) -> bool:
        """False: it runs."""
        return False

    def cancelled(self) -> bool:
        """False: it runs."""
        return False

    def cancelling(self) -> int:
        """How many asked to cancel it."""
        return getattr(self, "_cancelling", 0)

    def cancel(self, msg: object = None) -> bool:
        """Ask; it never suspends, so that is never where it could be cancelled."""
        self._cancelling = self.cancelling() + 1
        return True

    def uncancel(self) -> int:
        """Take one `cancel` back."""
        self._cancelling = max(0, self.cancelling() - 1)
        return self._cancelling

    def add_done_callback(self, fn: Callable[[Any], object], *, context: Context | None = None) -> None:
        """Call `fn` with this once the request is done."""
        self._loop.call_soon(fn, self, context=context)

    def remove_done_callback(self, fn: Callable[[Any], object]) -> int:
        """0: the loop has it already."""
        return 0


BUSY = object()
"""What `run` gives when it cannot run: a task is running in this loop."""


class Raised:
    """What a coroutine ended with, when that was an exception."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


@types.coroutine
def _run_them() -> Generator[Any, Any, None]:
    """Runs every coroutine that is sent to it; yields what it returned, or `Raised`."""
    # PERF: a generator that lives on: ending a coroutine by StopIteration costs 0.1 us more.
    result: Any = None
    while True:
        coro = yield result
        try:
            result = yield from coro
        except Exception as error:  # noqa: BLE001  # handed to whoever sent the coroutine
            result = Raised(error)


class Driver:
    """Runs coroutines that never suspend, on one loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._renew()

    def _renew(self) -> None:
        runner = _run_them()
        runner.send(None)
        self._send = runner.send

    def run(self, call: Callable[[Any], Coroutine[Any, Any, Any]], argument: object, context: Context) -> Any:
        """What the coroutine `call(argument)` returns; `Raised` if it raised, `BUSY` if it could not be begun."""
        coro = call(argument)
        current = cast("asyncio.Task[Any]", CurrentRequest(coro, context, self._loop))
        try:
            _enter_task(self._loop, current)
        except RuntimeError:  # called by a task instead of by the loop, as tests do
            coro.close()
            return BUSY
        try:
            return context.run(self._send, coro)
        except BaseException:  # KeyboardInterrupt and the like have ended the runner
            self._renew()
            raise
        finally:
            _leave_task(self._loop, current)
