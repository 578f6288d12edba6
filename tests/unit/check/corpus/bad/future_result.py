"""Waiting for a thread pool."""

from concurrent.futures import ThreadPoolExecutor

from laneway import Laneway

app = Laneway()
pool = ThreadPoolExecutor()


@app.get("/")
async def home() -> int:
    return pool.submit(sum, [1, 2]).result()  # blocks: concurrent.futures.Future.result


@app.get("/local")
async def local() -> None:
    with ThreadPoolExecutor() as executor:  # blocks: Executor.shutdown
        executor.submit(sum, [1, 2])
