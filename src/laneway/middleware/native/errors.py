"""The outermost layer: a 500 for what nobody has handled, with the header fields that hooks give every response.

Starlette's makes this 500 outside of all other layers, so that a browser may not read it: it has no CORS header.
"""

from collections.abc import Sequence

from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway.middleware.native.arriving import InScope
from laneway.middleware.native.build import NativeStack
from laneway.middleware.native.filters import Filters
from laneway.middleware.native.hooks import OPENED


class ErrorLayer(ServerErrorMiddleware):
    """Starlette's layer for server errors; opens the outermost hooks itself, which saves a call for each of them."""

    _native: NativeStack | None = None
    _within: ASGIApp | None = None

    def open_hooks(self, native: NativeStack) -> None:
        """Pass hooks here, and go on with what is within them.

        Args:
            native: The layers within this one, and the one for the size of bodies.
        """
        self._native, self._within = native, self.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Of this app alone: an app around it has its own, and answers for what this one raises.
        opened: list[Filters] = []
        scope[OPENED] = opened
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            if self._native is None or self._within is not self.app or MAX_BODY_SIZE_SCOPE_KEY in scope:
                await self.app(scope, receive, watched)
            else:
                filters, answer = self._native.open(InScope(scope))
                out: Send = watched
                if filters is not None:
                    opened.append(filters)
                    out = filters.sending(watched)
                await (answer or self._native.within)(scope, receive, out)
        except Exception as error:  # noqa: BLE001  # raised again
            await self.answer(error, scope, receive, nowhere if started else send, opened)

    async def answer(
        self, error: Exception, scope: Scope, receive: Receive, send: Send, opened: Sequence[Filters]
    ) -> None:
        """Send the 500, and raise the error again for the server to log.

        Args:
            error: What nobody has handled.
            scope: Of the request.
            receive: Of the request.
            send: Takes the response.
            opened: Filters of the request, the outermost first.

        Raises:
            Exception: `error`.
        """

        async def failing(scope: Scope, receive: Receive, send: Send) -> None:
            raise error

        async def finished(message: Message) -> None:
            if message["type"] == "http.response.start":
                for filters in reversed(opened):
                    filters.fail(message)
            await send(message)

        plain = ServerErrorMiddleware(failing, handler=self.handler, debug=self.debug)
        await plain(scope, receive, finished)


async def nowhere(message: Message) -> None:
    """In the place of `send` where a response has begun: there is no second one."""
