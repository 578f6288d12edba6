"""Requests that compute: in processes with Laneway, in threads with FastAPI, whose `def` is the way its guide shows."""

import time

from bench.apps.framework import Application

SECONDS = 0.2  # of CPU, whoever else uses the machine


def compute() -> int:
    """Pure Python that keeps the interpreter."""
    end, rounds = time.thread_time() + SECONDS, 0
    while time.thread_time() < end:
        rounds += sum(number * number for number in range(200)) > 0
    return rounds


async def ping() -> str:
    """Next to nothing, on the event loop."""
    return "pong"


def _build() -> Application:
    if Application.__name__ != "Laneway":
        app = Application()
        app.get("/compute")(compute)
        return app
    from laneway import lanes

    app = Application(lanes={"math": lanes.processes(2)})
    app.get("/compute", lane="math")(compute)
    return app


app = _build()
app.get("/ping")(ping)
