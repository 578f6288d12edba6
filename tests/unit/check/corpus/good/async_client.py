"""The async client of a library. Needs httpx2."""

import httpx2

from laneway import Laneway

app = Laneway()
client = httpx2.AsyncClient()


@app.get("/")
async def home() -> int:
    async with httpx2.AsyncClient() as other:
        await other.post("http://localhost")
    return (await client.get("http://localhost")).status_code
