"""Calls that are told not to wait."""

# ruff: noqa: ASYNC251

import queue
import threading
import time

from laneway import Laneway

app = Laneway()
lock = threading.Lock()
jobs: "queue.Queue[int]" = queue.Queue()


@app.get("/")
async def home() -> None:
    time.sleep(0)
    if lock.acquire(blocking=False) or lock.acquire(False):
        lock.release()
    jobs.get(block=False)
    jobs.get_nowait()
    jobs.put(1)
