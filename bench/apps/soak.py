"""What a soak asks for: replies at once, waits, threads, streams, uploads and errors; and what the server holds."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator

from bench.apps.models import Order, Receipt, receipt_for
from laneway import BackgroundTasks, HTTPException, Laneway, Request
from laneway.responses import StreamingResponse
from laneway.sse import EventSourceResponse

app = Laneway()


@app.get("/json")
async def read_json() -> dict[str, object]:
    return {"message": "Hello, World!", "values": [1, 2.5, None, True]}


@app.get("/items/{item_id}")
async def read_item(item_id: int, q: str = "") -> dict[str, object]:
    return {"item_id": item_id, "q": q}


@app.post("/orders")
async def create_order(order: Order) -> Receipt:
    return receipt_for(order)


@app.get("/thread")
def in_thread() -> int:
    return 1


@app.get("/wait")
async def wait(seconds: float = 0.05) -> float:
    await asyncio.sleep(seconds)
    return seconds


@app.get("/later")
async def later(tasks: BackgroundTasks) -> int:
    tasks.add_task(asyncio.sleep, 0.01)
    return 1


@app.get("/stream")
async def stream(parts: int = 20) -> StreamingResponse:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(parts):
            yield b"x" * 4096
            await asyncio.sleep(0.001)

    return StreamingResponse(body())


@app.get("/events", response_class=EventSourceResponse)
async def events(count: int = 20) -> AsyncIterator[dict[str, int]]:
    for number in range(count):
        yield {"number": number}
        await asyncio.sleep(0.005)


@app.post("/upload")
async def upload(request: Request) -> int:
    size = 0
    async for part in request.stream():
        size += len(part)
    return size


@app.get("/fails")
async def fails() -> None:
    raise RuntimeError("as it should")


@app.get("/refuses")
async def refuses() -> None:
    raise HTTPException(418, "as it should")


@app.get("/state")
async def state() -> dict[str, int]:
    gc.collect()
    return {"pid": os.getpid(), "tasks": len(asyncio.all_tasks()), "objects": len(gc.get_objects())}
