"""One function down."""

import time

from laneway import Laneway

app = Laneway()


def work() -> None:
    time.sleep(1)  # blocks: time.sleep


@app.get("/")
async def home() -> None:
    work()
