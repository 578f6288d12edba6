"""A helper that calls what it is given."""

import time

from laneway import Laneway

app = Laneway()


def twice(function) -> None:
    for _ in range(2):
        function()


def load() -> None:
    time.sleep(1)  # blocks: time.sleep


@app.get("/")
async def home() -> None:
    twice(load)
