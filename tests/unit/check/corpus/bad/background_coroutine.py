"""Work after the reply, on the loop."""

# ruff: noqa: ASYNC251

import time

from laneway import BackgroundTasks, Laneway

app = Laneway()


async def notify() -> None:
    time.sleep(1)  # blocks: time.sleep


@app.get("/")
async def home(tasks: BackgroundTasks) -> None:
    tasks.add_task(notify)
