"""A download with the standard library."""

# ruff: noqa: ASYNC210

import urllib.request

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> bytes:
    with urllib.request.urlopen("http://localhost") as reply:  # blocks: urllib.request.urlopen
        return reply.read()
