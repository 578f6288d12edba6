"""A coroutine that blocks before it awaits."""

# ruff: noqa: ASYNC251

import asyncio
import time

from laneway import Laneway

app = Laneway()


async def work() -> None:
    time.sleep(1)  # blocks: time.sleep
    await asyncio.sleep(0)


@app.get("/")
async def home() -> None:
    await work()
