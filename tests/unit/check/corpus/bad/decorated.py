"""An endpoint in a wrapper of the app's own."""

# ruff: noqa: ASYNC251

import functools
import time
from collections.abc import Awaitable, Callable

from laneway import Laneway

app = Laneway()


def timed(function: Callable[..., Awaitable[int]]) -> Callable[..., Awaitable[int]]:
    @functools.wraps(function)
    async def wrapper(*args: object, **kwargs: object) -> int:
        return await function(*args, **kwargs)

    return wrapper


@app.get("/")
@timed
async def home() -> int:
    time.sleep(1)  # blocks: time.sleep
    return 1
