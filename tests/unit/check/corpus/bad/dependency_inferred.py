"""The type of an injected object, told by what its function returns."""

import time

from laneway import Depends, Laneway

app = Laneway()


class Base:
    def load(self) -> None: ...


class Slow(Base):
    def load(self) -> None:
        time.sleep(1)  # blocks: time.sleep


def get_repo():
    return Slow()


@app.get("/")
async def home(repo: Base = Depends(get_repo)) -> None:
    repo.load()
