"""Called before the thread begins."""

# ruff: noqa: ASYNC251

import asyncio
import time

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> None:
    await asyncio.to_thread(time.sleep(1))  # blocks: time.sleep
