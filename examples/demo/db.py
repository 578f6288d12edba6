"""The database: one SQLite file, one connection per request."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

from laneway import Depends

from .settings import DATABASE

SCHEMA = Path(__file__).with_name("schema.sql")
BUSY_SECONDS = 10  # how long a writer waits for another one


def connect() -> sqlite3.Connection:
    """A new connection; writing begins a transaction that waits its turn, reading never waits."""
    # Consecutive steps of a request may run in different threads, but never at the same time.
    db = sqlite3.connect(DATABASE, BUSY_SECONDS, isolation_level="IMMEDIATE", check_same_thread=False)
    db.row_factory = sqlite3.Row
    return db


def make_tables() -> None:
    """Make the file and the tables that are missing."""
    with closing(connect()) as db:
        db.execute("PRAGMA journal_mode = WAL")  # readers and the one writer do not block each other
        db.executescript(SCHEMA.read_text())


def connection() -> Iterator[sqlite3.Connection]:
    """A connection that commits what the endpoint did, or rolls it back if it raised."""
    with closing(connect()) as db, db:
        yield db


# Closed when the endpoint returns: what it wrote is committed before the reply says so.
Database = Annotated[sqlite3.Connection, Depends(connection, scope="function")]
# Closed when the last byte has gone out: for replies that read while they are sent.
StreamDatabase = Annotated[sqlite3.Connection, Depends(connection, scope="request")]
