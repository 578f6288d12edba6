"""A helper that sends what it is given to a thread."""

import asyncio
import time
from collections.abc import Callable

from laneway import Laneway

app = Laneway()


async def in_thread(function: Callable[..., object], *args: object) -> object:
    return await asyncio.to_thread(function, *args)


@app.get("/")
async def home() -> None:
    await in_thread(time.sleep, 1)
