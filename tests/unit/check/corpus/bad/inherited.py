"""A method of the base class."""

import time

from laneway import Laneway

app = Laneway()


class Base:
    def load(self) -> None:
        time.sleep(1)  # blocks: time.sleep


class Store(Base):
    def load(self) -> None:
        super().load()


@app.get("/")
async def home() -> None:
    Store().load()
