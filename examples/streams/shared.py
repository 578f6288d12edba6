import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from laneway import Depends, Header, Laneway
from laneway.sse import EventSourceResponse
from laneway.stream import ResumableStream, ResumableStreams

app = Laneway()
runs = ResumableStreams()
User = Annotated[str, Header(alias="X-User")]


async def steps() -> AsyncIterator[dict[str, int]]:
    for step in range(1, 4):
        yield {"step": step}
        await asyncio.sleep(0.05)
    await asyncio.sleep(3600)


async def own_run(key: str, user: User) -> ResumableStream:
    return runs.get(key, owner=user)


OwnRun = Annotated[ResumableStream, Depends(own_run)]


@app.post("/runs", status_code=201)
async def start(user: User) -> str:
    return runs.start(steps(), owner=user).key


@app.get("/runs/{key}", response_class=EventSourceResponse)
async def follow(run: OwnRun) -> EventSourceResponse:
    return EventSourceResponse(resume=run)


@app.delete("/runs/{key}", status_code=204)
async def stop(run: OwnRun) -> None:
    await run.stop()
