"""Streams that survive their clients: `EventSourceResponse(..., resume=...)`.

What they hold is in the memory of one process.
"""

import re
import secrets
from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from laneway.exceptions import HTTPException
from laneway.sse import EventSourceResponse
from laneway.stream.follow import Following
from laneway.stream.respond import EventStream
from laneway.stream.terms import Terms
from laneway.stream.work import StreamStatus, Work

_EVENT_ID = re.compile(rb"([\w-]{22})\.(\d{1,15})")
_NOT_THERE = "There is no such stream: it never was, or it has been forgotten"


class UnknownStreamError(HTTPException):
    """No stream has this key, or none of this owner; answered with 404."""

    def __init__(self) -> None:
        super().__init__(404, _NOT_THERE)


class TooManyStreamsError(HTTPException):
    """As many streams run as are allowed; answered with 503.

    Attributes:
        most: So many.
    """

    def __init__(self, most: int) -> None:
        detail = f"{most} streams run already, as many as are allowed (`most`); try again later"
        super().__init__(503, detail, {"Retry-After": "1"})
        self.most = most


class ResumableStream(Work):
    """A stream of Server-Sent Events that runs whether its clients are there or not.

    `EventSourceResponse(resume=stream)` sends a client what it has not seen.

    Attributes:
        key: By what it is found; cannot be guessed.
        owner: Whose it is, as `ResumableStreams.start` was told.
        status: What has become of it.
    """

    def __init__(self, key: str, generator: Any, owner: object, streams: "ResumableStreams") -> None:
        self.key = key
        self.owner = owner
        self._retry = streams.retry
        super().__init__(key, generator, streams, partial(streams.forget, key))

    async def answer(self, response: EventSourceResponse, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a client what it has not seen."""
        key, number = _last_event(scope)
        await self._send(number if key == self.key else 0, response, scope, receive, send)

    async def _send(
        self, after: int, response: EventSourceResponse, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if self.status is not StreamStatus.running and after >= self.kept.last:
            await Response(status_code=204)(scope, receive, send)  # by which browsers stop coming back
            return
        following = Following(self, after, self._retry)
        events = EventStream(following, response.status_code)
        events.raw_headers = response.raw_headers
        events.chunks = following
        try:
            await events(scope, receive, send)
        finally:
            await following.aclose()


@dataclass(kw_only=True, eq=False)
class ResumableStreams(Terms):
    """The resumable streams of one kind, in the memory of this process.

    Example:
        answers = ResumableStreams(grace=60)

        @app.get("/answer")
        async def answer(question: str) -> EventSourceResponse:
            return EventSourceResponse(tokens(question), resume=answers)

    The first request starts the generator. A client that comes back with the `Last-Event-ID` of one of its events is
    sent what it has not seen, and the generator of that request is not started.
    """

    _streams: dict[str, ResumableStream] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        """How many can be read, those that have ended included."""
        return len(self._streams)

    def start(
        self, generator: AsyncIterable[Any] | Iterable[Any], *, owner: object = None
    ) -> ResumableStream:
        """Start a generator: an asynchronous one on the event loop, another in its lane of threads.

        Args:
            generator: What yields the events; numbers as ids are added.
            owner: Whose stream it is, for `get` to compare.

        Raises:
            TooManyStreamsError: `most` run already.
            LaneFullError: The lane has no place free.
            RuntimeError: There is no event loop in this thread. A `def` gives the generator to `EventSourceResponse`,
                or calls `anyio.from_thread.run_sync(streams.start, generator)`.
        """
        self._make_room()
        stream = ResumableStream(secrets.token_urlsafe(16), generator, owner, self)
        self._streams[stream.key] = stream
        return stream

    def get(self, key: str, *, owner: object = None) -> ResumableStream:
        """The stream with a key.

        Args:
            key: Its key.
            owner: Who asks; None for somebody who may see all.

        Raises:
            UnknownStreamError: There is none, it has been forgotten, or it is somebody else's.
        """
        stream = self._streams.get(key)
        if stream is None or (owner is not None and stream.owner != owner):
            raise UnknownStreamError
        return stream

    def forget(self, key: str) -> None:
        """Let nobody find a stream any more."""
        self._streams.pop(key, None)

    async def answer(self, response: EventSourceResponse, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a client what it has not seen of its stream; start one for a client that names none.

        Raises:
            UnknownStreamError: The client names one that is not there.
        """
        key, number = _last_event(scope)
        names_one = key or response.content is None
        stream = self.get(key) if names_one else self.start(response.content or ())
        await stream._send(number, response, scope, receive, send)

    def _make_room(self) -> None:
        if len(self._streams) < self.most:
            return
        over = next((s for s in self._streams.values() if s.status is not StreamStatus.running), None)
        if over is None:
            raise TooManyStreamsError(self.most)
        self.forget(over.key)


def _last_event(scope: Scope) -> tuple[str, int]:
    """Key and number of the last event that a client has seen; no key if it names none of ours."""
    sent = next((value for name, value in scope["headers"] if name == b"last-event-id"), b"")
    found = _EVENT_ID.fullmatch(sent)
    return (found[1].decode(), int(found[2])) if found else ("", 0)
