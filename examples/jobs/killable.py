"""The app that `kill.py` kills: jobs of a few milliseconds that note when they have finished."""

import asyncio
import os
import random
from pathlib import Path

from laneway import Laneway
from laneway.jobs import Job

FOLDER = Path(os.environ.get("JOBS_FOLDER", "var"))

app = Laneway(jobs=os.environ.get("JOBS", f"sqlite:///{FOLDER / 'jobs.db'}"))


@app.job(max_crashes=20)
async def work(number: int) -> int:
    """A little waiting, and a mark that it is done."""
    await asyncio.sleep(random.uniform(0.005, 0.1))  # noqa: S311 - no secret
    with (FOLDER / "finished.txt").open("a") as file:
        file.write(f"{number}\n")
    return number


@app.post("/work/{number}")
async def enqueue(number: int) -> Job[int]:
    """A job; its key is the number, so asking twice is asking once."""
    return await work.enqueue(number, key=str(number))
