"""Those who read a resumable stream, and what happens when there has been nobody for a while."""

import asyncio
from collections.abc import Callable


class Readers:
    """Those who read a resumable stream.

    Args:
        grace: Seconds without anybody after which `abandon` is called; None for never.
        abandon: What is done then.
    """

    def __init__(self, grace: float | None, abandon: Callable[[], object]) -> None:
        self._grace = grace
        self._abandon = abandon
        self._loop = asyncio.get_running_loop()
        self._news: set[asyncio.Event] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._wait()

    def __len__(self) -> int:
        return len(self._news)

    def enter(self) -> asyncio.Event:
        """Somebody reads from now on; what is set whenever there is news."""
        self._stop_waiting()
        news = asyncio.Event()
        self._news.add(news)
        return news

    def leave(self, news: asyncio.Event) -> None:
        """Somebody has gone."""
        self._news.discard(news)
        if not self._news:
            self._wait()

    def tell(self) -> None:
        """There is news."""
        for news in self._news:
            news.set()

    def close(self) -> None:
        """The stream has ended: whether anybody reads it does not matter any more."""
        self._grace = None
        self._stop_waiting()
        self.tell()

    def _wait(self) -> None:
        self._stop_waiting()
        if self._grace is not None:
            self._timer = self._loop.call_later(self._grace, self._abandon)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
