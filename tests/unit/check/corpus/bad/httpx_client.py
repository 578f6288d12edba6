"""The blocking client of a library that has an async one. Needs httpx2."""

import httpx2

from laneway import Laneway

app = Laneway()
client = httpx2.Client()


@app.get("/")
async def home() -> int:
    return client.get("http://localhost").status_code  # blocks: httpx2.Client.get
