"""A name with a value in each branch."""

# ruff: noqa: SIM108

import http.client
import io

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home(remote: bool) -> None:
    source = None
    if remote:
        source = http.client.HTTPConnection("localhost")
    else:
        source = io.BytesIO()
    source.connect()  # blocks: http.client.HTTPConnection.connect
