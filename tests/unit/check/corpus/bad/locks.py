"""Locks of threads."""

import threading

from laneway import Laneway

app = Laneway()
lock = threading.Lock()


@app.get("/")
async def home() -> None:
    with lock:  # advice: threading.Lock
        pass
    lock.acquire()  # advice: threading.Lock.acquire
    lock.release()
