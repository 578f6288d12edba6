from pydantic import BaseModel, Field

from laneway import HTTPException, Laneway

app = Laneway(title="Notes")


class NewNote(BaseModel):
    text: str = Field(min_length=1, max_length=200)
    done: bool = False


class Note(NewNote):
    id: int


notes: dict[int, Note] = {}


@app.post("/notes", status_code=201)
def create_note(new: NewNote) -> Note:
    note = Note(id=len(notes) + 1, **new.model_dump())
    notes[note.id] = note
    return note


@app.get("/notes/{note_id}")
def read_note(note_id: int) -> Note:
    if note_id not in notes:
        raise HTTPException(404, "There is no such note.")
    return notes[note_id]
