"""What `call_next` gives."""

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from laneway.plan.message import json_headers
from laneway.types import RawHeaders

Parts = AsyncIterable[Any]  # bytes; str and messages of ASGI as well, as in Starlette


class NextResponse(Response):
    """The response from within: status, header fields, and a body that is whole or still comes.

    Attributes:
        body: The body, if it is whole; else b"".
        info: What a template response tells test clients of itself.
    """

    # PERF: defaults on the class; Response.__init__ would make header fields that are there already.
    background: BackgroundTask | None = None
    info: Any = None
    _parts: Parts | None = None

    _fields: RawHeaders | None = None
    _json: bytes | None = None  # the JSON whose header fields nobody has looked at yet

    def __init__(
        self, status_code: int, raw_headers: RawHeaders, body: bytes = b"", parts: Parts | None = None
    ) -> None:
        self.status_code = status_code
        self._fields = raw_headers
        self.body = body
        if parts is not None:
            self._parts = parts

    @classmethod
    def of_json(cls, status_code: int, body: bytes) -> "NextResponse":
        """The usual reply of a plan."""
        response = cls.__new__(cls)
        response.status_code = status_code
        response.body = response._json = body
        return response

    @property
    def is_usual(self) -> bool:
        """Whether nobody can have changed what `of_json` has made."""
        return self._json is self.body and self._fields is None and self._parts is None

    @property
    def raw_headers(self) -> RawHeaders:
        """The header fields, made when first asked for."""
        if self._fields is None:
            self._fields = json_headers(self._json or b"")
        return self._fields

    @raw_headers.setter
    def raw_headers(self, fields: RawHeaders) -> None:
        self._fields = fields

    @property
    def whole(self) -> bool:
        """Whether `body` is all there is to send."""
        return self._parts is None

    @property
    def body_iterator(self) -> Parts:
        """The parts of the body; what is set here is what will be sent."""
        if self._parts is None:
            self._parts = _one(bytes(self.body))
        return self._parts

    @body_iterator.setter
    def body_iterator(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        if self.info is not None:
            await send({"type": "http.response.debug", "info": self.info})
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if self._parts is None:
            await send({"type": "http.response.body", "body": self.body})
        else:
            await self._send_parts(self._parts, send)
        if self.background is not None:
            await self.background()

    async def _send_parts(self, parts: Parts, send: Send) -> None:
        async for part in parts:
            if isinstance(part, dict):
                await send(part)
                return
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _one(body: bytes) -> AsyncGenerator[bytes, None]:
    if body:
        yield body


def is_debug(message: Message) -> bool:
    """Whether a message tells test clients of the template that is rendered."""
    return bool(message["type"] == "http.response.debug")
