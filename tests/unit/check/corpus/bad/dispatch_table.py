"""A function out of a dictionary."""

import time

from laneway import Laneway

app = Laneway()


def slow() -> None:
    time.sleep(1)  # blocks: time.sleep


ACTIONS = {"slow": slow, "fast": int}


@app.get("/")
async def home(action: str) -> None:
    ACTIONS[action]()
