"""Time between the signal to stop and the stop, in which a load balancer can notice."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNAL = signal.SIGTERM  # what orchestrators and supervisors send; Ctrl+C stops at once


@contextmanager
def draining(seconds: float, on_signal: Callable[[], None]) -> Iterator[None]:
    """Learn of SIGTERM within the block, and hand it to the server only `seconds` later; a second one at once.

    Nothing is done where signals belong to somebody else: outside of the main thread, or when no function was to be
    called for them.

    Args:
        seconds: How long to go on serving.
        on_signal: Called on the running loop when the signal comes.
    """
    before = signal.getsignal(SIGNAL)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    drain = _Drain(seconds, on_signal, before)
    signal.signal(SIGNAL, drain)
    try:
        yield
    finally:
        drain.cancel()
        if signal.getsignal(SIGNAL) is drain:
            signal.signal(SIGNAL, before)


class _Drain:
    """The handler of the signal."""

    def __init__(
        self,
        seconds: float,
        on_signal: Callable[[], None],
        server: Callable[[int, FrameType | None], object],
    ) -> None:
        self._seconds = seconds
        self._on_signal = on_signal
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._signalled = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Runs between any two instructions of the main thread: only what is safe there."""
        if self._signalled or not self._seconds:
            self._loop.call_soon_threadsafe(self._on_signal)
            self._server(number, frame)
            return
        self._signalled = True
        self._loop.call_soon_threadsafe(self._begin, number)

    def _begin(self, number: int) -> None:
        self._on_signal()
        self._timer = self._loop.call_later(self._seconds, self._server, number, None)

    def cancel(self) -> None:
        """Hand nothing on any more: the server has stopped."""
        if self._timer is not None:
            self._timer.cancel()
