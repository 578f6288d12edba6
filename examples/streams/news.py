import asyncio
from collections.abc import AsyncIterator, Iterator

from laneway import Laneway
from laneway.sse import EventSourceResponse, ServerSentEvent

app = Laneway()


@app.get("/ticks", response_class=EventSourceResponse)
async def ticks() -> AsyncIterator[dict[str, int]]:
    for number in range(3):
        yield {"number": number}
        await asyncio.sleep(0.1)


@app.get("/news", response_class=EventSourceResponse)
async def news() -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(comment="the news of today", retry=5000)
    yield ServerSentEvent(data={"title": "Rain"}, event="weather", id="1")
    yield ServerSentEvent(raw_data="That is all.", id="2")


@app.get("/rows")
def rows() -> Iterator[dict[str, int]]:
    for number in range(2):
        yield {"row": number}
