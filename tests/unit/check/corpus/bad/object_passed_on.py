"""An object handed to a helper that does not say what it takes."""

import sqlite3

from laneway import Laneway

app = Laneway()


def load(connection):
    return connection.execute("select 1")  # blocks: sqlite3.Connection.execute


@app.get("/")
async def home() -> None:
    connection = sqlite3.connect(":memory:")  # blocks: sqlite3.connect
    load(connection)
