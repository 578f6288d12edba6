"""The type of an injected object, told by its class."""

import sqlite3
from typing import Annotated

from laneway import Depends, Laneway

app = Laneway()


class Repo:
    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")

    def load(self) -> object:
        return self.connection.execute("select 1")  # blocks: sqlite3.Connection.execute


@app.get("/")
async def home(repo: Annotated[Repo, Depends()]) -> None:
    repo.load()
