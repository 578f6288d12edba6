"""The lab: ten requests through six ways, drawn while they run. Serve it with `laneway run examples/lab/main.py`."""

import asyncio
from collections.abc import AsyncIterable
from pathlib import Path
from typing import Annotated

import httpx2 as httpx

from laneway import Depends, HTTPException, Laneway, Request
from laneway.lanes import threads
from laneway.responses import FileResponse
from laneway.sse import EventSourceResponse, ServerSentEvent
from laneway.staticfiles import StaticFiles

from .events import Ended
from .feed import Feed
from .runs import CLIENT_LANE, Run
from .ways import WAYS, Way, router

STATIC = Path(__file__).with_name("static")
POLICY = {"Content-Security-Policy": "default-src 'self'"}


app = Laneway(title="Lab", version="1.0", lanes={CLIENT_LANE: threads(1)})
app.include_router(router)
app.mount("/static", StaticFiles(directory=STATIC))
feed = Feed()
turn = asyncio.Lock()  # runs beside each other would measure each other


async def own_address(request: Request) -> httpx.URL:
    """Where this server listens, as the socket that the request came in by says."""
    host, port = request.scope["server"]
    return httpx.URL(scheme="http", host=host, port=port)


@app.get("/", include_in_schema=False)
async def page() -> FileResponse:
    """The page that draws."""
    return FileResponse(STATIC / "lab.html", headers=POLICY)


@app.get("/ways")
async def ways() -> list[Way]:
    """The six ways, in the order to try them in."""
    return WAYS


@app.get("/events", response_class=EventSourceResponse)
async def events() -> AsyncIterable[ServerSentEvent]:
    """Everything that happens from now on; an event is called as its class in `events.py`, in lower case."""
    with feed.watch() as queue:
        yield ServerSentEvent(comment="watching")
        while True:
            event = await queue.get()
            yield ServerSentEvent(event=type(event).__name__.lower(), data=event)


@app.post("/runs/{name}")
async def run(name: str, address: Annotated[httpx.URL, Depends(own_address)]) -> Ended:
    """Send ten requests through one way; answers when the last one is answered."""
    if name not in {way.name for way in WAYS}:
        raise HTTPException(404, f"there is no way {name!r}")
    if turn.locked():
        raise HTTPException(409, "a run is under way; wait for its end")
    async with turn:
        return await Run(name, feed).conduct(address.join(f"/ways/{name}"))
