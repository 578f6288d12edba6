"""Methods of a class, without an object."""

import time

from laneway import Laneway

app = Laneway()


class Store:
    @classmethod
    def load(cls) -> None:
        cls.read()

    @staticmethod
    def read() -> None:
        time.sleep(1)  # blocks: time.sleep


@app.get("/")
async def home() -> None:
    Store.load()
