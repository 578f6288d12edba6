import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Annotated

from pydantic import BaseModel

from laneway import Depends, Laneway

FILE = os.environ.get("NOTES_FILE", "notes.db")


class NewNote(BaseModel):
    text: str


class Note(NewNote):
    id: int


def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(FILE, check_same_thread=False)) as db, db:
        db.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        yield db


# Closed when the endpoint returns, so that what it wrote is saved before the reply says so.
Database = Annotated[sqlite3.Connection, Depends(connection, scope="function")]
# Closed after the reply, because a stream reads while it is sent.
StreamDatabase = Annotated[sqlite3.Connection, Depends(connection)]

app = Laneway(title="Notes")


@app.post("/notes", status_code=201)
def create_note(new: NewNote, db: Database) -> Note:
    (number,) = db.execute("INSERT INTO notes (text) VALUES (?) RETURNING id", [new.text]).fetchone()
    return Note(id=number, text=new.text)


@app.get("/notes")
def stream_notes(db: StreamDatabase) -> Iterable[Note]:
    for number, text in db.execute("SELECT id, text FROM notes"):
        yield Note(id=number, text=text)
