"""Coroutines that others await."""

# ruff: noqa: ASYNC251

import asyncio
import time

from laneway import Laneway

app = Laneway()


async def one(number: int) -> int:
    time.sleep(1)  # blocks: time.sleep
    return number


@app.get("/")
async def home() -> list[int]:
    return await asyncio.gather(*(one(number) for number in range(3)))
