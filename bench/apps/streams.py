"""A model as its clients see it: it waits between tokens. And what the server holds for them."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator

from laneway import Laneway, Response
from laneway.openai import ChatRequest, chat_events, chat_reply
from laneway.sse import EventSourceResponse
from laneway.stream import ResumableStreams

TOKENS = 40
TOKEN_SECONDS = 0.2

app = Laneway()
answers = ResumableStreams(grace=0, keep=0)
closed: list[float] = []


async def tokens(ask: ChatRequest) -> AsyncIterator[str]:
    """Yield an answer; it ends when the model has said enough, or for `endless` when its client has left."""
    number = 0
    try:
        while number < TOKENS or ask.model == "endless":
            yield f"token{number} "
            number += 1
            await asyncio.sleep(TOKEN_SECONDS)
    finally:
        closed.append(time.monotonic())


@app.post("/plain/chat/completions")
async def complete(ask: ChatRequest) -> Response:
    return await chat_reply(ask, tokens(ask))


@app.post("/resumable/chat/completions")
async def complete_resumably(ask: ChatRequest) -> EventSourceResponse:
    return EventSourceResponse(chat_events(tokens(ask), model=ask.model), resume=answers)


@app.get("/held")
async def held() -> list[int]:
    gc.collect()
    return [len(asyncio.all_tasks()), len(answers)]


@app.get("/closed")
async def closed_so_far() -> list[float]:
    return closed
