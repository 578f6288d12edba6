import asyncio
from collections.abc import AsyncIterator

from laneway import Laneway, Response
from laneway.openai import ChatCompletion, ChatRequest, chat_events, chat_reply
from laneway.sse import EventSourceResponse
from laneway.stream import ResumableStreams

app = Laneway()
answers = ResumableStreams()


async def tokens(ask: ChatRequest) -> AsyncIterator[str]:
    for token in ("You", " say", ": ", ask.messages[-1].text):
        yield token
        await asyncio.sleep(0.01)


@app.post("/v1/chat/completions", response_model=ChatCompletion)
async def complete(ask: ChatRequest) -> Response:
    return await chat_reply(ask, tokens(ask))


@app.post("/resumable/chat/completions", response_class=EventSourceResponse)
async def complete_resumably(ask: ChatRequest) -> EventSourceResponse:
    return EventSourceResponse(chat_events(tokens(ask), model=ask.model), resume=answers)
