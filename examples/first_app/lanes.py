import asyncio
import time

from laneway import Laneway

app = Laneway()


@app.get("/waiting")
async def wait() -> str:
    await asyncio.sleep(0.1)  # lets the event loop serve others meanwhile
    return "awaited"


@app.get("/blocking")
def block() -> str:
    time.sleep(0.1)  # would stop everybody on the event loop; in a thread it stops nobody
    return "slept"
