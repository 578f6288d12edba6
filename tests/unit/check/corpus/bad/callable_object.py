"""An object that is called."""

import time

from laneway import Laneway

app = Laneway()


class Loader:
    def __call__(self) -> None:
        time.sleep(1)  # blocks: time.sleep


load = Loader()


@app.get("/")
async def home() -> None:
    load()
