"""`fastapi.middleware.asyncexitstack`, for apps that build their middleware stack by hand."""

from contextlib import AsyncExitStack

from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.plan.general import FILE_STACK


class AsyncExitStackMiddleware:
    """Opens an exit stack around each connection, to be found in its scope.

    Routes open their own, so Laneway needs no such layer.
    """

    def __init__(self, app: ASGIApp, context_name: str = FILE_STACK) -> None:
        self.app = app
        self.context_name = context_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection within the stack."""
        async with AsyncExitStack() as stack:
            scope[self.context_name] = stack
            await self.app(scope, receive, send)
