"""Layers with a function `(request, call_next) -> response`: `@app.middleware("http")` and classes with `dispatch`.

The function runs in the task of the request. `call_next` gives the response of a plan as it is, and lets anything that
sends its response itself run beside the layer (`Inner`); there is no task group and no stream.
"""

import asyncio

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.middleware.native.arriving import Arriving, InScope
from laneway.middleware.native.call import Answering, Call
from laneway.middleware.native.relayed import Relayed


class Dispatching(Answering, BaseHTTPMiddleware):
    """A layer of Starlette's `BaseHTTPMiddleware`, or of a class that has only added `dispatch` and `__init__`.

    Args:
        layer: The layer as its class has made it.

    Attributes:
        layer: The same.
    """

    def __init__(self, layer: BaseHTTPMiddleware) -> None:
        super().__init__(layer.app, layer.dispatch_func)
        self.layer = layer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of an ASGI server."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not _on_asyncio():
            await super().__call__(scope, receive, send)
            return
        call = Call(send)
        try:
            response = await self.respond(InScope(scope), receive, call)
            await response(scope, call.requests[0].relay, send)
            await call.finish()
        except BaseException:
            await call.abort()
            raise

    async def respond(self, asked: Arriving, receive: Receive, call: Call) -> Response:
        """What the function answers."""
        request = Relayed(asked, receive, call.send)
        call.requests.append(request)
        app: ASGIApp = self.app

        async def call_next(_: Request) -> Response:
            request.begin_again()
            return await call.ask(app, asked, request.relay)

        return await self.dispatch_func(request, call_next)


def _on_asyncio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
