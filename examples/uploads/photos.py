from typing import Annotated

from pydantic import BaseModel

from laneway import Form, Laneway, UploadFile

app = Laneway()


class Photo(BaseModel):
    title: str
    tags: list[str] = []


@app.post("/photos")
async def add(photo: Annotated[Photo, Form(media_type="application/json")], file: UploadFile) -> str:
    return f"{photo.title} ({', '.join(photo.tags)}): {len(await file.read())} bytes"
