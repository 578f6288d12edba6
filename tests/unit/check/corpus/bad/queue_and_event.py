"""Waiting for another thread."""

import queue
import threading

from laneway import Laneway

app = Laneway()
jobs: "queue.Queue[int]" = queue.Queue()
ready = threading.Event()


@app.get("/")
async def home() -> int:
    ready.wait(5)  # blocks: threading.Event.wait
    return jobs.get()  # blocks: queue.Queue.get
