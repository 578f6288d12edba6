"""A generator that Starlette goes through in threads."""

import time
from collections.abc import Iterator

from laneway import Laneway
from laneway.responses import StreamingResponse

app = Laneway()


def rows() -> Iterator[bytes]:
    time.sleep(1)
    yield b"x"


@app.get("/")
async def home() -> StreamingResponse:
    return StreamingResponse(rows())
