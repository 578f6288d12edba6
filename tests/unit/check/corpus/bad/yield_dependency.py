"""What a dependency yields."""

import sqlite3
from collections.abc import Iterator
from typing import Annotated

from laneway import Depends, Laneway

app = Laneway()


def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:")
    try:
        yield opened
    finally:
        opened.close()


@app.get("/")
async def home(opened: Annotated[sqlite3.Connection, Depends(connection)]) -> object:
    return opened.cursor().execute("select 1").fetchall()  # blocks: sqlite3.Cursor.execute
