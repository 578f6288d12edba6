"""Logging, JSON, expressions, templates: what every endpoint does."""

# ruff: noqa: DTZ901, ICN001

import datetime
import json
import logging
import re
import uuid

from pydantic import BaseModel

from laneway import HTTPException, Laneway, Request
from laneway.responses import FileResponse, JSONResponse

app = Laneway()
log = logging.getLogger(__name__)


class Item(BaseModel):
    name: str
    made: datetime.datetime = datetime.datetime.min


@app.post("/")
async def home(item: Item, request: Request) -> JSONResponse:
    log.info("got %s", item)
    body = json.loads(await request.body())
    if not re.match("a+", item.name):
        raise HTTPException(404, str(uuid.uuid4()))
    return JSONResponse(body | item.model_dump())


@app.get("/file")
async def file() -> FileResponse:
    return FileResponse("a.txt")
