import asyncio
import os
from collections.abc import AsyncIterator
from typing import Annotated

from pydantic import BaseModel

from laneway import Depends, Laneway
from laneway.jobs import Job, Progress, Retry, cron, jobs_router

app = Laneway(jobs=os.environ.get("JOBS", "sqlite:///var/jobs.db"))


class Order(BaseModel):
    title: str
    parts: list[str]


class Report(BaseModel):
    title: str
    pages: int


async def connect() -> AsyncIterator[str]:
    yield "a connection"  # opened before the job, closed after it


Connection = Annotated[str, Depends(connect)]


@app.job(retry=Retry(attempts=5, first=1.0, on=(OSError,)), timeout=600)
async def build(order: Order, progress: Progress, connection: Connection) -> Report:
    for number, part in enumerate(order.parts, 1):
        await asyncio.sleep(0.05)  # the work on one part
        await progress(done=number, total=len(order.parts), note=part)
    return Report(title=order.title, pages=len(order.parts))


@app.job()
async def clean_up(days: int) -> None:
    """Delete what is old."""


app.schedule(clean_up, cron("0 6 * * *", tz="Europe/Berlin"), days=30)


@app.post("/reports")
async def create(order: Order, key: str | None = None) -> Job[Report]:
    return await build.enqueue(order, key=key)


app.include_router(jobs_router(app.jobs), prefix="/jobs")
