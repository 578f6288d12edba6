"""An app within the app."""

# ruff: noqa: ASYNC251

import time

from laneway import Laneway

app = Laneway()
inner = Laneway()


@inner.get("/")
async def home() -> None:
    time.sleep(1)  # blocks: time.sleep


app.mount("/inner", inner)
