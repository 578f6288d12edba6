"""An endpoint that streams."""

# ruff: noqa: ASYNC251

import time
from collections.abc import AsyncIterator

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> AsyncIterator[int]:
    for number in range(3):
        time.sleep(1)  # blocks: time.sleep
        yield number
