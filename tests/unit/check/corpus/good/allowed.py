"""A function that is meant to block."""

# ruff: noqa: ASYNC251

import time

from laneway import Laneway
from laneway.check import allow_blocking

app = Laneway()


@allow_blocking
def pause() -> None:
    time.sleep(0.001)


@app.get("/")
async def home() -> None:
    pause()


@app.get("/endpoint")
@allow_blocking
async def endpoint() -> None:
    time.sleep(0.001)
