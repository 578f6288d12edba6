"""A nested function that is only passed on."""

import asyncio
import time

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> None:
    def work() -> None:
        time.sleep(1)

    await asyncio.to_thread(work)
