"""A dependency made from another one."""

import sqlite3
from typing import Annotated

from laneway import Depends, Laneway

app = Laneway()


def connect():
    return sqlite3.connect(":memory:")


class Repo:
    def __init__(self, connection=Depends(connect)) -> None:
        self.connection = connection

    def load(self) -> object:
        return self.connection.execute("select 1")  # blocks: sqlite3.Connection.execute


@app.get("/")
async def home(repo: Annotated[Repo, Depends(Repo)]) -> None:
    repo.load()
