"""An app whose processes get killed: `LANEWAY_TEST_JOBS` says where its jobs are, `LANEWAY_TEST_FOLDER` their traces."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from laneway import BackgroundTasks, Depends, Laneway
from laneway.jobs import Job, Jobs, Progress, Retry, cron, every, jobs_router

FOLDER = Path(os.environ["LANEWAY_TEST_FOLDER"])
QUEUES = {"default": 10, "mail": 1}
IN_SERVER = os.environ.get("LANEWAY_TEST_WORKER", "1") == "1"

JOBS = Jobs(os.environ["LANEWAY_TEST_JOBS"], worker=IN_SERVER, patience=0.2, queues=QUEUES)

app = Laneway(jobs=JOBS, background="durable")


def trace(word: str) -> None:
    """Append a line to what happened; one write is whole even among processes."""
    with (FOLDER / "trace.txt").open("a") as file:
        file.write(f"{word} {os.getpid()}\n")


@app.job(max_crashes=50, retry=Retry(attempts=3, first=0.1))
async def short(number: int) -> int:
    """A few milliseconds of waiting."""
    trace(f"short-{number}")
    await asyncio.sleep(0.02)
    trace(f"done-{number}")
    return number


@app.job()
async def long(name: str, seconds: float, progress: Progress) -> int:
    """As long as it is told to."""
    trace(f"long-{name}")
    for step in range(round(seconds * 10)):
        await progress(done=step)
        await asyncio.sleep(0.1)
    return progress.attempt


@app.job(max_crashes=3)
async def suicide(progress: Progress) -> None:
    """Takes its process with it."""
    trace("suicide")
    os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(60)


@app.job()
def deaf() -> None:
    """Hears of nothing."""
    trace("deaf")
    time.sleep(40)


async def model() -> AsyncIterator[int]:
    """What each process loads once."""
    trace("loaded")
    yield os.getpid()
    trace("unloaded")


@app.job()
async def loaded(model: Annotated[int, Depends(model, scope="app")]) -> int:
    """The process that loaded it."""
    return model


@app.job()
async def tick() -> None:
    """Scheduled."""


if os.environ.get("LANEWAY_TEST_TICKS"):
    app.schedule(tick, every(1))
    app.schedule(tick, cron("0 6 * * *", tz="Europe/Berlin"))


@app.post("/short/{number}")
async def enqueue_short(number: int) -> Job[int]:
    return await short.enqueue(number, key=str(number))


@app.post("/later/{number}")
async def add_task(number: int, tasks: BackgroundTasks) -> str:
    tasks.add_task(short, number)
    return "later"


@app.post("/long/{name}")
async def enqueue_long(name: str, seconds: float = 1.0) -> Job[int]:
    return await long.enqueue(name, seconds)


@app.post("/suicide")
async def enqueue_suicide() -> Job[None]:
    return await suicide.enqueue()


@app.post("/deaf")
async def enqueue_deaf() -> Job[None]:
    return await deaf.enqueue()


@app.post("/loaded")
async def enqueue_loaded() -> Job[int]:
    return await loaded.enqueue()


@app.get("/pid")
async def pid() -> int:
    return os.getpid()


app.include_router(jobs_router(app.jobs), prefix="/jobs")
