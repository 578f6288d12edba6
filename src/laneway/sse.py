"""Server-Sent Events: one event as a value, and its bytes on the wire.

The format is the HTML standard's, "9.2 Server-sent events".
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Iterable, Mapping
from typing import Annotated, Any, Final, Protocol, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

KEEPALIVE_COMMENT: Final = b": ping\n"
"""What is sent while there is nothing to say, so that proxies keep the connection; clients ignore it.

There is no empty line behind it: once an event has had an id, OpenAI's clients and httpx-sse take each for an event.
"""

UNCOLLECTED: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Header fields that keep caches and nginx from collecting events."""

EVENT_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "data": {"type": "string"},
        "event": {"type": "string"},
        "id": {"type": "string"},
        "retry": {"type": "integer", "minimum": 0},
    },
}
"""JSON schema of one event for the API description, from OpenAPI 3.2 section 4.14.4."""


class Resumable(Protocol):
    """What survives its clients: `laneway.stream.ResumableStreams`, or one of its streams."""

    def answer(
        self, response: EventSourceResponse, scope: Scope, receive: Receive, send: Send
    ) -> Awaitable[None]:
        """Send a client what it has not seen."""


class EventSourceResponse(StreamingResponse):
    """A `text/event-stream` reply.

    As `response_class` of an endpoint that yields, it makes an event of every yielded value: a `ServerSentEvent`
    as it says, anything else as JSON in `data`. Any HTTP method will do.

    An endpoint that returns one sends text or bytes as they are; with `resume`, events as above.

    Args:
        content: What yields them; None where `resume` is one stream that was started before.
        status_code: HTTP status.
        headers: Further header fields.
        media_type: Instead of `text/event-stream`.
        background: Tasks to run after sending.
        resume: Where the events outlive this reply, so that a client which comes back gets what it missed.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        content: AsyncIterable[Any] | Iterable[Any] | None = None,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: BackgroundTask | None = None,
        *,
        resume: Resumable | None = None,
    ) -> None:
        if content is None and resume is None:
            raise TypeError("EventSourceResponse needs `content`, or a stream to `resume`")
        super().__init__(() if resume else content or (), status_code, headers, media_type, background)
        self.content = content
        self.resume = resume
        if resume is not None:
            for name, value in UNCOLLECTED.items():
                self.headers.setdefault(name, value)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        if self.resume is None:
            await super().__call__(scope, receive, send)
            return
        await self.resume.answer(self, scope, receive, send)
        if self.background is not None:
            await self.background()


def _one_line(field: str, text: str) -> str:
    if "\n" in text or "\r" in text:
        raise ValueError(f"SSE '{field}' must be a single line, a line break would end the field: {text!r}")
    return text


def _check_event(text: str | None) -> str | None:
    return text if text is None else _one_line("event", text)


def _check_id(text: str | None) -> str | None:
    if text is None:
        return None
    if "\0" in text:
        raise ValueError(f"SSE 'id' must not contain null characters, browsers ignore such an id: {text!r}")
    return _one_line("id", text)


class ServerSentEvent(BaseModel):
    """One event for an endpoint with `response_class=EventSourceResponse` to yield.

    Attributes:
        data: Payload, always written as JSON: the text `hi` arrives as `"hi"`, with its quotes.
        raw_data: Payload that is text already and is written as it is; excludes `data`.
        event: Name under which a browser dispatches the event, one line; `message` when absent.
        id: What the client sends back as `Last-Event-ID` when it reconnects, one line.
        retry: Milliseconds that the client waits before it reconnects.
        comment: Text that clients ignore.

    Example:
        >>> ServerSentEvent(data={"done": 3}, event="progress", id="3").event
        'progress'
    """

    data: Any = None
    raw_data: str | None = None
    event: Annotated[str | None, AfterValidator(_check_event)] = None
    id: Annotated[str | None, AfterValidator(_check_id)] = None
    retry: Annotated[int | None, Field(ge=0)] = None
    comment: str | None = None

    @model_validator(mode="after")
    def _has_one_payload(self) -> Self:
        if self.data is not None and self.raw_data is not None:
            raise ValueError(
                "Cannot set both 'data' and 'raw_data': 'data' is written as JSON, 'raw_data' as it is"
            )
        return self


def format_sse_event(
    *,
    data_str: str | None = None,
    event: str | None = None,
    id: str | None = None,  # noqa: A002 - FastAPI's argument
    retry: int | None = None,
    comment: str | None = None,
) -> bytes:
    r"""The bytes of one event, with the empty line that ends it.

    Args:
        data_str: Payload as text; each of its lines becomes a `data:` line.
        event: Name of the event.
        id: Its `Last-Event-ID`.
        retry: Milliseconds before a reconnect.
        comment: Text that clients ignore; each of its lines becomes a `:` line.

    Example:
        >>> format_sse_event(data_str='{"a": 1}', event="news", id="7")
        b'event: news\ndata: {"a": 1}\nid: 7\n\n'
    """
    text = "" if comment is None else _lines(": ", comment)
    if event is not None:
        text += f"event: {event}\n"
    if data_str is not None:
        text += _lines("data: ", data_str)
    if id is not None:
        text += f"id: {id}\n"
    if retry is not None:
        text += f"retry: {retry}\n"
    return f"{text}\n".encode()


def _lines(prefix: str, text: str) -> str:
    """`text` with `prefix` before each line; LF, CRLF and CR end a line in this format, nothing else does."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\n" in text:
        text = text.replace("\n", f"\n{prefix}")
    return f"{prefix}{text}\n"
