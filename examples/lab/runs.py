"""One run after the other, each watched by a guard of its own."""

import asyncio
import time

import httpx2 as httpx

from laneway import lanes
from laneway.guard import Guard, Incident

from .client import send_all
from .events import Answered, Begun, Blocked, Ended, Failed, Sent
from .feed import Feed
from .work import REQUESTS, Span

CLIENT_LANE = "client"  # a lane of its own, so that the client takes no thread from the handlers
THRESHOLD_SECONDS = 0.05
SETTLE_SECONDS = 0.1  # before, the pages get to know; after, the guard has time to finish


class Run:
    """Ten requests through one way.

    Attributes:
        way: Its name.
        incidents: What the guard saw so far.
        seconds: When the last answer came.
    """

    def __init__(self, way: str, feed: Feed) -> None:
        self.way = way
        self.incidents: list[Blocked] = []
        self.seconds = 0.0
        self._feed = feed
        self._loop = asyncio.get_running_loop()
        self._began = 0.0

    async def conduct(self, url: httpx.URL) -> Ended:
        """Send the requests and return when everything is known.

        Raises:
            ExceptionGroup: A request failed.
        """
        self._feed.tell(Begun(way=self.way, requests=REQUESTS))
        guard = Guard(self._loop, threshold=THRESHOLD_SECONDS, window=0.0, on_incident=self._hear_guard)
        guard.start()
        try:
            await asyncio.sleep(SETTLE_SECONDS)
            self._began = time.monotonic()
            await lanes.run(CLIENT_LANE, send_all, url, self._hear_client)
            await asyncio.sleep(SETTLE_SECONDS)
        except BaseException as error:
            self._feed.tell(Failed(way=self.way, reason=f"the run failed: {error!r}"))
            raise
        finally:
            guard.stop()
        ended = Ended(way=self.way, seconds=self.seconds, incidents=self.incidents)
        self._feed.tell(ended)
        return ended

    def _hear_client(self, number: int, at: float, span: Span | None) -> None:
        """Called in the client's thread."""
        self._loop.call_soon_threadsafe(self._note, number, at - self._began, span)

    def _note(self, number: int, at: float, span: Span | None) -> None:
        if span is None:
            self._feed.tell(Sent(way=self.way, number=number, at=at))
            return
        began, ended = span.began - self._began, span.ended - self._began
        self.seconds = max(self.seconds, at)
        self._feed.tell(Answered(way=self.way, number=number, at=at, began=began, ended=ended))

    def _hear_guard(self, incident: Incident) -> None:
        """Called in the guard's thread."""
        self._loop.call_soon_threadsafe(self._note_incident, Blocked.by(incident, self.way))

    def _note_incident(self, blocked: Blocked) -> None:
        self.incidents.append(blocked)
        self._feed.tell(blocked)
