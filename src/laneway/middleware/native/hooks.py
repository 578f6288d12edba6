"""Layers without an await of their own: they look at the head of a request, and change the response."""

from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.middleware.native.arriving import Arriving, InScope
from laneway.middleware.native.call import Answering, Call
from laneway.middleware.native.filters import Filter, Filters
from laneway.middleware.native.response import NextResponse

OPENED = "laneway.filters"
"""Where the filters of a request are found by the layer that answers for unhandled errors."""


class PassOn:
    """The end of the classes of a hook that serves nothing but HTTP."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let what lies within serve."""
        await self.app(scope, receive, send)


class Hook(Answering):
    """A layer that has only `open`; the class after it serves what is not HTTP, and holds the app within."""

    app: ASGIApp

    def open(self, request: Arriving) -> Filter | Response | None:
        """What to do with the response, or the response itself; None to stand aside."""
        raise NotImplementedError

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of an ASGI server."""
        if scope["type"] != "http":
            other: Any = super()
            await other.__call__(scope, receive, send)
            return
        opened = self.open(InScope(scope))
        if opened is None:
            await self.app(scope, receive, send)
        elif isinstance(opened, Response):
            await opened(scope, receive, send)
        else:
            await self.app(scope, receive, _noted(opened, scope).sending(send))

    async def respond(self, asked: Arriving, receive: Receive, call: Call) -> Response:
        """The response to a request, filtered."""
        opened = self.open(asked)
        if isinstance(opened, Response):
            return opened
        filters = None if opened is None else _noted(opened, asked.scope)
        response = await call.ask(self.app, asked, receive)
        if filters is not None:
            await _filter(response, filters)
        return response


def _noted(opened: Filter, scope: Scope) -> Filters:
    filters = Filters([opened])
    scope.setdefault(OPENED, []).append(filters)
    return filters


async def _filter(response: NextResponse, filters: Filters) -> None:
    headers = response.raw_headers
    if response.whole:
        filters.begin(response.status_code, headers)
        response.body = await filters.take(bytes(response.body), False)
        return
    parts = response.body_iterator
    if not filters.begin(response.status_code, headers):
        return  # hooks that want the body hold the head
    response.body_iterator = await _filtered_parts(aiter(parts), filters)


async def _filtered_parts(parts: Any, filters: Filters) -> Any:
    """The parts, of which the first decides about the head."""
    first = await anext(parts, None)

    async def rest(part: Any) -> Any:
        while part is not None:
            if isinstance(part, dict):
                yield part
                return
            if part := await filters.take(part, True):
                yield part
            part = await anext(parts, None)
        if last := await filters.take(b"", False):
            yield last

    if first is None or isinstance(first, dict):
        return rest(first)
    changed = await filters.take(first, True)

    async def from_first() -> Any:
        yield changed
        async for part in rest(await anext(parts, None)):
            yield part

    return from_first()
