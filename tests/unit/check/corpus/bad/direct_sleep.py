"""The classic."""

# ruff: noqa: ASYNC251

import time

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> int:
    time.sleep(1)  # blocks: time.sleep
    return 1
