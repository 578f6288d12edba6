"""Endpoints whose replies come in parts, and those that send files."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel

from laneway import APIRouter, Depends, Request, Response
from laneway.responses import FileResponse, StreamingResponse
from laneway.sse import EventSourceResponse, ServerSentEvent

from .effects import Inner, Notes, UnheardError

router = APIRouter()


class Row(BaseModel):
    """One line."""

    number: int


async def letters() -> AsyncIterator[bytes]:
    for letter in (b"a", b"bb", b"", b"ccc"):
        await asyncio.sleep(0)
        yield letter


@router.get("/stream")
async def stream() -> Response:
    return StreamingResponse(letters(), media_type="text/plain", headers={"x-stream": "yes"})


@router.get("/stream-sync")
def stream_sync() -> Response:
    return StreamingResponse(iter(["one ", "two"]))


@router.get("/stream-with-length")
async def stream_with_length() -> Response:
    return StreamingResponse(letters(), headers={"content-length": "6"})


@router.get("/stream-large")
async def stream_large(parts: int = 40) -> Response:
    return StreamingResponse(b"%05d" % number * 10_000 for number in range(parts))


@router.get("/stream-empty")
async def stream_empty() -> Response:
    return StreamingResponse(iter(()))


def parts_of_nothing() -> int:
    return 0


@router.get("/stream-fails-first")
async def stream_fails_first() -> Response:
    async def fail() -> AsyncIterator[bytes]:
        if parts_of_nothing():
            yield b""
        raise UnheardError

    return StreamingResponse(fail())


@router.get("/stream-fails")
async def stream_fails() -> Response:
    async def fail() -> AsyncIterator[bytes]:
        yield b"begun"
        await asyncio.sleep(0.01)
        raise UnheardError

    return StreamingResponse(fail())


@router.get("/stream-with-dependency")
async def stream_with_dependency(value: Inner, note: Notes) -> Response:
    async def parts() -> AsyncIterator[str]:
        yield value
        note("streamed")

    return StreamingResponse(parts())


@router.get("/lines")
async def lines() -> AsyncIterator[Row]:
    for number in range(3):
        yield Row(number=number)


@router.get("/lines-sync")
def lines_sync() -> Iterator[dict[str, int]]:
    for number in range(3):
        yield {"number": number}


@router.get("/lines-with-dependency")
async def lines_with_dependency(value: Inner, note: Notes) -> AsyncIterator[str]:
    yield value
    note("streamed")


@router.get("/raw", response_class=StreamingResponse)
async def raw() -> AsyncIterator[bytes]:
    yield b"raw "
    yield b"bytes"


@router.get("/raw-sync", response_class=StreamingResponse)
def raw_sync() -> Iterator[str]:
    yield "raw "
    yield "text"


@router.get("/events", response_class=EventSourceResponse)
async def events() -> AsyncIterator[Row]:
    for number in range(3):
        yield Row(number=number)


@router.get("/events-sync", response_class=EventSourceResponse)
def events_sync() -> Iterator[ServerSentEvent]:
    yield ServerSentEvent(data={"n": 1}, event="tick", id="1", retry=500)
    yield ServerSentEvent(raw_data="two\nlines", comment="why")


@router.get("/events-resumed", response_class=EventSourceResponse)
async def events_resumed(request: Request) -> AsyncIterator[str]:
    yield request.headers.get("last-event-id", "from the start")


# -- files


def folder_of(request: Request) -> Path:
    """Where the files of this run lie."""
    folder: Path = request.app.state.folder
    return folder


Folder = Annotated[Path, Depends(folder_of)]


@router.api_route("/file", methods=["GET", "HEAD"], include_in_schema=False)
async def file(folder: Folder) -> Response:
    return FileResponse(folder / "digits.txt")


@router.get("/file-download")
def file_download(folder: Folder) -> Response:
    return FileResponse(folder / "digits.txt", filename="zähler.txt", headers={"x-file": "1"})


@router.get("/file-class", response_class=FileResponse)
async def file_class(folder: Folder) -> Any:
    return folder / "large.bin"


@router.get("/file-missing")
async def file_missing(folder: Folder) -> Response:
    return FileResponse(folder / "missing.txt")
