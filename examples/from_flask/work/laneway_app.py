import asyncio
import time
from collections.abc import AsyncIterable
from pathlib import Path

from laneway import BackgroundTasks, Laneway, lanes
from laneway.responses import EventSourceResponse, FileResponse, StreamingResponse

app = Laneway(lanes={"math": lanes.processes(1)})
sent = []


def send_mail(to: str):
    time.sleep(0.01)
    sent.append(to)


@app.post("/mail", status_code=202)
def mail(later: BackgroundTasks):
    later.add_task(send_mail, "ann")
    return {"accepted": True}


@app.get("/rows")
def rows():
    def generate():
        for number in range(3):
            yield f"{number},tea\n"

    return StreamingResponse(generate(), media_type="text/csv")


@app.get("/events", response_class=EventSourceResponse)
async def events() -> AsyncIterable[int]:
    for number in range(3):
        yield number


@app.get("/file")
def file():
    return FileResponse(Path(__file__).parent / "tea.txt", filename="tea.txt")


@app.get("/wait")
def wait():
    time.sleep(0.01)
    return {"waited": True}


async def price(shop: str):
    await asyncio.sleep(0.01)
    return len(shop)


@app.get("/prices")
async def prices():
    return await asyncio.gather(price("first"), price("second"))


def add_up(limit: int):
    return sum(number * number for number in range(limit))


@app.get("/sum", lane="math")
def sum_of():
    return {"sum": add_up(10_000)}
