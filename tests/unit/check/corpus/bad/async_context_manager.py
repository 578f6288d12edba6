"""An `async with` whose `__aenter__` blocks."""

# ruff: noqa: ASYNC251, PYI034

import time

from laneway import Laneway

app = Laneway()


class Session:
    async def __aenter__(self) -> "Session":
        time.sleep(1)  # blocks: time.sleep
        return self

    async def __aexit__(self, *error: object) -> None: ...


@app.get("/")
async def home() -> None:
    async with Session():
        pass
