"""One request on its way through native layers, and what is to be done after its response."""

from abc import ABC, abstractmethod
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.middleware.native.arriving import Arriving
from laneway.middleware.native.inner import Inner
from laneway.middleware.native.relayed import Relayed
from laneway.middleware.native.response import NextResponse
from laneway.routing.table import Found


class Call:
    """One request, from the outermost layer that waits for its response to the endpoint.

    Args:
        send: The server's, for what is not part of the response.
        found: The route that serves the request, if a server knows it already.
        body: The body, if a server has it already.

    Attributes:
        send: The same.
        requests: Those of the layers so far, the outermost first.
    """

    def __init__(self, send: Send, found: Found | None = None, body: bytes | None = None) -> None:
        self.send = send
        self.requests: list[Relayed] = []
        self._found = found
        self._body = body
        self._ends: list[Inner | BackgroundTask] = []  # what follows the response; the innermost first

    def found(self, asked: Arriving) -> Found | None:
        """The route that the server has found, unless a layer has changed what is asked for."""
        return None if asked.redirected else self._found

    def take_body(self) -> bytes | None:
        """The body, if a server has it and no layer has taken anything of it."""
        if self._body is None or not all(request.untouched for request in self.requests):
            return None
        for request in self.requests:
            request.consumed_within()
        return self._body

    async def ask(self, app: Any, asked: Arriving, receive: Receive) -> NextResponse:
        """The response of an ASGI app within a layer."""
        if not isinstance(app, Answering):
            return await self.run(app, asked.scope, receive)
        response = await app.respond(asked, receive, self)
        if type(response) is NextResponse and response.background is None:
            return response
        return await self._next_response(response, asked, receive)

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive) -> NextResponse:
        """The response of an app that sends it itself."""
        inner = Inner(app, scope, receive, self.send)
        self._ends.append(inner)
        return await inner.respond()

    async def _next_response(self, response: Response, asked: Arriving, receive: Receive) -> NextResponse:
        """A response as the layer around gets it; its background tasks are kept for later."""
        if type(response) is not NextResponse:
            if not sends_at_once(response):
                return await self.run(response, asked.scope, receive)  # sends itself
            background = response.background
            response = NextResponse(response.status_code, response.raw_headers, bytes(response.body))
            response.background = background
        if response.background is not None:
            self._ends.append(response.background)
            response.background = None
        return response

    @property
    def has_more(self) -> bool:
        """Whether something follows the response."""
        return bool(self._ends)

    async def finish(self) -> None:
        """Do what follows the response: clean-up, background tasks, the ends of apps; the outermost first."""
        while self._ends:
            end = self._ends.pop()
            await (end.finish() if isinstance(end, Inner) else end())

    async def abort(self) -> None:
        """End what still runs: there was an error."""
        ends, self._ends = self._ends, []
        for end in reversed(ends):
            if isinstance(end, Inner):
                await end.abort()


def sends_at_once(response: Any) -> bool:
    """Whether status, header fields and body are all there is to send of a response."""
    return isinstance(response, Response) and type(response).__call__ is Response.__call__


class Answering(ABC):
    """A layer that can also give its response instead of sending it; what has no such layer within is run by itself."""

    @abstractmethod
    async def respond(self, asked: Arriving, receive: Receive, call: Call) -> Response:
        """The response to a request."""
