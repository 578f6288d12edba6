"""An object that may be missing."""

import sqlite3

from laneway import Laneway

app = Laneway()


def find() -> sqlite3.Connection | None:
    return None


@app.get("/")
async def home() -> None:
    if connection := find():
        connection.commit()  # blocks: sqlite3.Connection.commit
