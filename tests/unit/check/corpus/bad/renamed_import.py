"""Another name for the same function."""

# ruff: noqa: ASYNC251

from time import sleep as nap

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> None:
    nap(1)  # blocks: time.sleep
