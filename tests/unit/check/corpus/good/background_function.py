"""A plain function after the reply runs in a thread."""

import time

from laneway import BackgroundTasks, Laneway

app = Laneway()


def notify() -> None:
    time.sleep(1)


@app.get("/")
async def home(tasks: BackgroundTasks) -> None:
    tasks.add_task(notify)
