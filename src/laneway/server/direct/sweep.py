"""One timer per server for everything that may take too long: a timer per request would cost more than the request."""

import asyncio
from collections.abc import Callable

INTERVAL = 0.5  # seconds; deadlines are kept this exactly


class Sweep:
    """Calls a function every half second while there is something to look at.

    Attributes:
        now: Seconds of the loop's clock, as exact as the interval.

    Args:
        loop: The loop of the server.
        look: Looks at everything; False when there is nothing to look at any more.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, look: Callable[[float], bool]) -> None:
        self._loop = loop
        self._look = look
        self._timer: asyncio.TimerHandle | None = None
        self.now = loop.time()

    def start(self) -> None:
        """Begin, unless it goes on already."""
        if self._timer is None:
            self.now = self._loop.time()
            self._timer = self._loop.call_later(INTERVAL, self._sweep)

    def _sweep(self) -> None:
        self._timer = None
        self.now = self._loop.time()
        if self._look(self.now):
            self._timer = self._loop.call_later(INTERVAL, self._sweep)
