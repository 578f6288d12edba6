import asyncio
from collections.abc import AsyncIterator

from laneway import Laneway
from laneway.sse import EventSourceResponse
from laneway.stream import ResumableStreams

app = Laneway()
answers = ResumableStreams(grace=60, keep=300)


async def words(question: str) -> AsyncIterator[str]:
    for word in f"You ask {question} and I do not know".split():
        yield word
        await asyncio.sleep(0.05)


@app.get("/answer", response_class=EventSourceResponse)
async def answer(question: str) -> EventSourceResponse:
    return EventSourceResponse(words(question), resume=answers)
