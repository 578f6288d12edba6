"""Price changes, told to everybody who watches."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from .models import PriceChange

QUEUED_CHANGES = 100  # per watcher; who is slower than that misses some


class PriceFeed:
    """Hands every announced change to every watcher of this process.

    All of it runs on the event loop, so nothing needs a lock. Several worker processes would need a broker between
    them, such as Redis.
    """

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[PriceChange]] = set()

    async def announce(self, change: PriceChange) -> None:
        """Tell the watchers; never waits for any of them."""
        for queue in self._watchers:
            if not queue.full():
                queue.put_nowait(change)

    @contextmanager
    def watch(self) -> Iterator[asyncio.Queue[PriceChange]]:
        """A queue that gets every change from now on."""
        queue = asyncio.Queue[PriceChange](QUEUED_CHANGES)
        self._watchers.add(queue)
        try:
            yield queue
        finally:
            self._watchers.discard(queue)


prices = PriceFeed()
