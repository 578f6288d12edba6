import asyncio
import time

from laneway import Laneway, lanes
from laneway.lanes import Deadline

app = Laneway(
    lanes={"db": lanes.threads(4, queue=8)},
    timeout=5.0,
    deadline_header="X-Deadline",
)


@app.get("/report", lane="db")
def report() -> str:
    time.sleep(0.05)  # a query
    return "ready"


@app.get("/slow", timeout=0.2)
async def slow() -> str:
    await asyncio.sleep(60)
    return "nobody waits for this"


@app.get("/search")
async def search(deadline: Deadline) -> dict[str, str]:
    thorough = deadline.remaining() > 1
    return {"search": "thorough" if thorough else "quick"}


@app.get("/tokens", cancel_on_disconnect=True)
async def expensive_tokens() -> str:
    await asyncio.sleep(0.5)  # somebody else's model, paid by the second
    return "here they are"
