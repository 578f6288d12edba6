"""A function given to `map`."""

import time

from laneway import Laneway

app = Laneway()


def slow(number: int) -> int:
    time.sleep(1)  # blocks: time.sleep
    return number


@app.get("/")
async def home() -> list[int]:
    return list(map(slow, range(3)))
