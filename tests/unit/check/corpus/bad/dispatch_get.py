"""A function out of a dictionary, if it is there."""

import time

from laneway import Laneway

app = Laneway()


def slow() -> None:
    time.sleep(1)  # blocks: time.sleep


ACTIONS = {"slow": slow}


@app.get("/")
async def home(action: str) -> None:
    run = ACTIONS.get(action)
    if run is not None:
        run()
    for each in ACTIONS.values():
        each()
