import asyncio
import os
import time

from laneway import Laneway, lanes
from laneway.jobs import Progress, every

app = Laneway(jobs=os.environ.get("JOBS", "memory:"), lanes={"math": lanes.processes(1)})
log = []


@app.job(timeout=60)  # seconds
async def fetch_rates(shops: int = 600):
    try:
        for _ in range(shops):
            await asyncio.sleep(0.1)
        log.append("all fetched")
    finally:
        log.append("connection closed")


@app.job(timeout=60)
def fetch_in_thread(progress: Progress, shops: int = 600):
    for _ in range(shops):
        progress.check()  # raises when the time is up
        time.sleep(0.1)
    log.append("all fetched")


@app.job(timeout=60, lane="math")
def add_up(seconds: float = 600.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


app.schedule(fetch_rates, every(3600))
