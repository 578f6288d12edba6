import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from laneway import Laneway
from laneway.responses import StreamingResponse

app = Laneway()
running: list[str] = []


@asynccontextmanager
async def model(name: str) -> AsyncIterator[None]:
    running.append(name)
    try:
        yield
    finally:
        running.remove(name)


@app.get("/answer", response_class=StreamingResponse)
async def answer(words: int) -> AsyncIterator[str]:
    async with model("small"):
        for number in range(words):
            yield f"word{number} "
            await asyncio.sleep(0.05)


@app.get("/running")
async def at_work() -> list[str]:
    return running
