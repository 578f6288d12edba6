import asyncio
import os

from laneway import Laneway
from laneway.health import health_routes
from laneway.jobs import Job, Jobs, Progress, jobs_router

# The URL alone says whether there is one machine or many.
jobs = Jobs(os.environ.get("JOBS", "sqlite:///var/jobs.db"), worker=False)
app = Laneway(jobs=jobs)

health_routes(app, drain=5)
app.include_router(jobs_router(jobs), prefix="/jobs")


@jobs.job(timeout=600)
async def render(pages: int, progress: Progress) -> int:
    for page in range(1, pages + 1):
        await asyncio.sleep(0.01)  # the work on one page
        await progress(done=page, total=pages)
    return pages


@app.post("/renders")
async def create(pages: int, key: str | None = None) -> Job[int]:
    return await render.enqueue(pages, key=key)
