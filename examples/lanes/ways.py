import asyncio
import time

from laneway import Laneway, lanes

app = Laneway(lanes={"db": lanes.threads(10, queue=100), "math": lanes.processes(2)})


def compute() -> int:
    """Arithmetic for about 0.1 seconds."""
    return sum(number * number for number in range(2_000_000))


@app.get("/await")
async def wait_without_blocking() -> str:
    await asyncio.sleep(0.1)  # an async client: httpx, asyncpg, redis.asyncio
    return "awaited"


@app.get("/db", lane="db")
def wait_and_block() -> str:
    time.sleep(0.1)  # a client that blocks: sqlite3, requests, boto3
    return "waited"


@app.get("/math", lane="math")
def compute_in_a_process() -> int:
    return compute()


@app.get("/part")
async def send_a_part() -> int:
    await asyncio.sleep(0.01)
    return await lanes.run("math", compute)


# The two below are in the wrong lane, to be measured.


@app.get("/blocked")
async def block_the_loop() -> str:
    time.sleep(0.1)  # noqa: ASYNC251
    return "everybody waited"


@app.get("/shared")
def compute_in_a_thread() -> int:
    return compute()


@app.get("/ping")
async def ping() -> str:
    return "pong"
