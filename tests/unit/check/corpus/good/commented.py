"""Lines that are meant."""

# ruff: noqa: ASYNC251

import time

from laneway import Laneway

app = Laneway()


def pause() -> None:  # laneway: blocking-ok
    time.sleep(0.001)


def wait(seconds: float) -> None:
    time.sleep(seconds)


@app.get("/")
async def home() -> None:
    time.sleep(0.001)  # laneway: blocking-ok
    pause()
    wait(
        0.001,
    )  # laneway: blocking-ok
