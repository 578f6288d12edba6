"""What happens in the lab, told to every page that watches."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import BaseModel

QUEUED_EVENTS = 500  # per page; many times what one run has


class Feed:
    """Hands every event to every watcher. All of it runs on the event loop, so nothing needs a lock."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[BaseModel]] = set()

    def tell(self, event: BaseModel) -> None:
        """Tell the watchers; who is too slow misses it."""
        for queue in self._watchers:
            if not queue.full():
                queue.put_nowait(event)

    @contextmanager
    def watch(self) -> Iterator[asyncio.Queue[BaseModel]]:
        """A queue that gets every event from now on."""
        queue = asyncio.Queue[BaseModel](QUEUED_EVENTS)
        self._watchers.add(queue)
        try:
            yield queue
        finally:
            self._watchers.discard(queue)
