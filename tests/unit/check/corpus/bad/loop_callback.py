"""A callback of the loop."""

import asyncio
import time

from laneway import Laneway

app = Laneway()


def tick() -> None:
    time.sleep(1)  # blocks: time.sleep


@app.get("/")
async def home() -> None:
    asyncio.get_running_loop().call_later(1, tick)
