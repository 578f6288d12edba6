"""Nothing that blocks."""

import asyncio

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> int:
    await asyncio.sleep(1)
    return sum(range(3))
