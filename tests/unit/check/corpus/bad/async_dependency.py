"""A dependency that runs on the loop itself."""

# ruff: noqa: ASYNC251

import time

from laneway import Depends, Laneway

app = Laneway()


async def user() -> str:
    time.sleep(1)  # blocks: time.sleep
    return "ann"


@app.get("/")
def home(name: str = Depends(user)) -> str:
    return name
