"""The raw request and response that plans speak; neither knows a server protocol.

Adapters (ASGI here, the direct path beside it) make one and send the other.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from laneway.types import RawHeaders

if TYPE_CHECKING:
    from laneway.plan.cleanup import Cleanup


class RawRequest:
    """What a server knows of one request.

    Attributes:
        scope: The ASGI scope.
        path_params: Parts of the path by name, converted.
        query: The query string as sent.
        headers: Header fields in wire order, names in lower case.
        body: The whole body; None when nobody has read it.
        cleanup: Where `yield` dependencies are kept open, for plans that have some.
        started: Whether response headers went out.
    """

    # PERF: defaults on the class, not slots: what a request does not use is not stored (0.2 us a request).
    body: bytes | None = None
    cleanup: "Cleanup | None" = None
    started = False
    _request: Request | None = None

    def __init__(self, scope: Scope, receive: Receive, send: Send, path_params: dict[str, Any]) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.path_params = path_params
        self.query: bytes = scope["query_string"]
        self.headers: RawHeaders = scope["headers"]

    def complete_scope(self) -> Scope:
        """The ASGI scope with everything that Starlette's objects expect; servers know only a part of it."""
        return self.scope

    async def tracked_send(self, message: Message) -> None:
        """`send` for others, who do not know of `started`."""
        if message["type"] == "http.response.start":
            self.started = True
        await self.send(message)

    def routed(self) -> None:
        """Take note that the request has come as far as its route: a scope that is made from now on tells of it."""

    def failing(self) -> None:
        """Take note that nobody has handled an error, and that a 500 comes next."""

    def starlette(self) -> Request:
        """The same request as Starlette's object, made when first asked for."""
        if self._request is None:
            self._request = Request(self.complete_scope(), self.receive, self.tracked_send)
            if self.body is not None:
                self._request._body = self.body
        return self._request


_JSON = (b"content-type", b"application/json")
# PERF: most bodies are small; looking the field up takes a third of the time of formatting it.
_SMALL = [(b"content-length", b"%d" % length) for length in range(2048)]


def json_headers(body: bytes) -> RawHeaders:
    """The header fields of a JSON reply."""
    length = len(body)
    return [_SMALL[length] if length < 2048 else (b"content-length", b"%d" % length), _JSON]


@dataclass(slots=True)
class RawResponse:
    """A whole response: status, header fields, bytes; tasks to run once it is sent."""

    status: int
    headers: RawHeaders
    body: bytes
    background: BackgroundTask | None = None
