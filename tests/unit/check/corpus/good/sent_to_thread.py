"""Sent to a thread, in every way there is."""

import asyncio
import functools
import time

import anyio.to_thread
from starlette.concurrency import run_in_threadpool

from laneway import Laneway, lanes

app = Laneway()


def work(seconds: int) -> None:
    time.sleep(seconds)


@app.get("/")
async def home() -> None:
    await asyncio.to_thread(time.sleep, 1)
    await asyncio.to_thread(lambda: work(1))
    await asyncio.to_thread(functools.partial(work, 1))
    await anyio.to_thread.run_sync(work, 1)
    await run_in_threadpool(work, 1)
    await asyncio.get_running_loop().run_in_executor(None, work, 1)
    await lanes.run("thread", work, 1)
