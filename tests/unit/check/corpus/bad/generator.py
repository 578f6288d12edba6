"""A generator that is gone through."""

# ruff: noqa: C416

import time
from collections.abc import Iterator

from laneway import Laneway

app = Laneway()


def rows() -> Iterator[int]:
    for number in range(3):
        time.sleep(1)  # blocks: time.sleep
        yield number


@app.get("/")
async def home() -> list[int]:
    return [row for row in rows()]
