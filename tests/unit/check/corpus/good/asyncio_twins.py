"""What asyncio has under the same names."""

import asyncio

from laneway import Laneway

app = Laneway()
lock = asyncio.Lock()
ready = asyncio.Event()
jobs: "asyncio.Queue[int]" = asyncio.Queue()


@app.get("/")
async def home() -> int:
    async with lock:
        await ready.wait()
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    reader, writer = await asyncio.open_connection("localhost", 80)
    writer.write(b"x")
    await reader.read()
    return await jobs.get()
