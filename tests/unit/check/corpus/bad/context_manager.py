"""A context manager that waits when it is entered."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from laneway import Laneway

app = Laneway()


@contextmanager
def slot() -> Iterator[int]:
    time.sleep(1)  # blocks: time.sleep
    yield 1


@app.get("/")
async def home() -> int:
    with slot() as number:
        return number
