"""A function within the endpoint."""

import time

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> None:
    def work(seconds: int) -> None:
        time.sleep(seconds)  # blocks: time.sleep

    work(1)
