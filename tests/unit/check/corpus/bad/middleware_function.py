"""Around every request."""

# ruff: noqa: ASYNC251

import time

from laneway import Laneway

app = Laneway()


@app.middleware("http")
async def slow_down(request, call_next):
    time.sleep(0.1)  # blocks: time.sleep
    return await call_next(request)
