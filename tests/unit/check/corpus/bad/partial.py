"""A function with arguments filled in."""

import functools
import time

from laneway import Laneway

app = Laneway()
nap = functools.partial(time.sleep, 1)


@app.get("/")
async def home() -> None:
    nap()  # blocks: time.sleep


@app.get("/local")
async def local() -> None:
    pause = functools.partial(time.sleep, 2)
    pause()  # blocks: time.sleep
