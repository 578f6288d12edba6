"""A class with `dispatch`, and one that speaks ASGI."""

# ruff: noqa: ASYNC251

import time

from starlette.middleware.base import BaseHTTPMiddleware

from laneway import Laneway

app = Laneway()


class Audit(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        time.sleep(0.1)  # blocks: time.sleep
        return await call_next(request)


class Plain:
    def __init__(self, inner, pause: float) -> None:
        self.inner = inner

    async def __call__(self, scope, receive, send) -> None:
        time.sleep(0.2)  # blocks: time.sleep
        await self.inner(scope, receive, send)


app.add_middleware(Audit)
app.add_middleware(Plain, pause=1)
