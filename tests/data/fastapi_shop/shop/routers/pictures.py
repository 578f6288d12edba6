from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.concurrency import run_in_threadpool

router = APIRouter()


@router.post("")
async def add_picture(picture: Annotated[UploadFile, File()], title: str = Form()):
    content = await run_in_threadpool(picture.file.read)
    return {"title": title, "name": picture.filename, "type": picture.content_type, "size": len(content)}
