"""A key function of `sorted`."""

import time

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home(numbers: str) -> list[str]:
    return sorted(numbers, key=lambda number: time.sleep(1) or number)  # blocks: time.sleep
