"""A function that is a default."""

import time

from laneway import Laneway

app = Laneway()


def poll(wait=time.sleep) -> None:
    wait(1)  # blocks: time.sleep


@app.get("/")
async def home() -> None:
    poll()
