"""A wrapper that blocks, not the endpoint."""

# ruff: noqa: ASYNC251

import functools
import time

from laneway import Laneway

app = Laneway()


def throttled(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        time.sleep(0.1)  # blocks: time.sleep
        return await function(*args, **kwargs)

    return wrapper


@app.get("/")
@throttled
async def home() -> int:
    return 1
