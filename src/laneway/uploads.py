"""Uploads as they arrive: parts of a multipart body, of which nothing is kept but what the endpoint keeps.

`UploadFile` is there when all of it has arrived, on disk if it is large. `UploadParts` begins with the first byte: what
the endpoint has not asked for stays with the client.
"""

import os
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Self, TypeVar, cast

import anyio.to_thread
from anyio import CancelScope
from starlette.datastructures import Headers
from starlette.requests import Request

from laneway.concurrency import file_limiter
from laneway.exceptions import HTTPException
from laneway.multipart import DATA, END, PART, MultipartEvents, disposition

READ_SIZE = (
    1024 * 1024
)  # bytes that `read` takes into memory; Starlette's limit of a form's entry that is no file
BLOCK_SIZE = 1024 * 1024  # bytes written to a file in one trip to a thread

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How much may be sent; what is beyond is refused when it arrives: `Annotated[UploadParts, UploadLimits(...)]`.

    Attributes:
        max_parts: Parts of the body: 400.
        max_part_size: Bytes of one part: 413; None for as many as the body may have.
        max_size: Bytes of all parts together: 413; None for as many as the app and its server allow.
    """

    max_parts: int = 1000
    max_part_size: int | None = None
    max_size: int | None = None


class UploadPart:
    """One part while it arrives; over when the next one is asked for.

    Attributes:
        name: Name of the form's field.
        filename: What the client calls the file, None for a field without one. Do not use it as a path.
        headers: Header fields of the part.
        size: Bytes that were read so far.

    Example:
        >>> async def checksum(part: UploadPart) -> str:
        ...     digest = hashlib.sha256()
        ...     async for chunk in part:
        ...         digest.update(chunk)
        ...     return digest.hexdigest()
    """

    def __init__(self, parts: "UploadParts", headers: Headers) -> None:
        self._parts = parts
        self.headers = headers
        self.name, self.filename = disposition(headers)
        self.size = 0
        self._is_complete = False

    @property
    def content_type(self) -> str | None:
        """The Content-Type of the part, if it has one."""
        return self.headers.get("content-type")

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """The next piece, of whatever size it came.

        Raises:
            HTTPException: 413, the part is too large; 400, the body is malformed or ends too early.
            RuntimeError: The part is over.
        """
        if not self._parts._is_at(self):
            raise RuntimeError(f"The part {self.name!r} is over: the next one has been asked for")
        piece = None if self._is_complete else await self._parts._piece()
        if piece is None:
            self._is_complete = True
            raise StopAsyncIteration
        self.size += len(piece)
        self._parts._count(self, len(piece))
        return piece

    async def read(self, max_size: int = READ_SIZE) -> bytes:
        """All that is left of the part.

        Args:
            max_size: Bytes from which on it is refused with 413, because it would stay in memory.
        """
        pieces, size = [], 0
        async for piece in self:
            size += len(piece)
            if size > max_size:
                raise too_large(f"The part {self.name!r}", max_size)
            pieces.append(piece)
        return b"".join(pieces)

    async def save(self, path: str | os.PathLike[str]) -> int:
        """Write what is left of the part to a file, which appears when it is whole; its size.

        Threads for files write, so that a slow disk stops nobody. A file that is there already is replaced.
        """
        target = Path(path)
        unfinished = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
        file = await _in_thread(lambda: unfinished.open("xb"))
        size = 0
        try:
            async for block in self._blocks():
                await _in_thread(partial(file.write, block))
                size += len(block)
            await _in_thread(partial(_finish, file, unfinished, target))
        except BaseException:
            with CancelScope(shield=True):
                await _in_thread(partial(_discard, file, unfinished))
            raise
        return size

    async def _blocks(self) -> AsyncIterator[bytes]:
        pieces, size = [], 0
        async for piece in self:
            pieces.append(piece)
            size += len(piece)
            if size >= BLOCK_SIZE:
                yield b"".join(pieces)
                pieces, size = [], 0
        if pieces:
            yield b"".join(pieces)


class UploadParts:
    """The parts of a multipart body, as they arrive; a parameter of this type reads the body of its request.

    Example:
        >>> @app.post("/videos")
        ... async def add(parts: UploadParts) -> dict[str, int]:
        ...     return {part.name: await part.save(folder / secrets.token_hex(8)) async for part in parts}
    """

    def __init__(self, request: Request, limits: UploadLimits | None = None) -> None:
        self._limits = limits or UploadLimits()
        self._events = MultipartEvents(request.headers.get("content-type"), request.stream())
        self._current: UploadPart | None = None
        self._seen = 0
        self._size = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> UploadPart:
        """The next part; what is left of the one before is skipped.

        Raises:
            HTTPException: 400, the body is malformed, ends too early or has too many parts; 413, it is too large.
        """
        if self._current is not None:
            async for _ in self._current:
                pass
            self._current = None
        event = await self._events.next()
        if event is None:
            raise StopAsyncIteration
        assert event[0] == PART
        self._seen += 1
        if self._seen > self._limits.max_parts:
            raise HTTPException(400, f"The body has more than {self._limits.max_parts} parts")
        self._current = UploadPart(self, event[1])
        return self._current

    def _is_at(self, part: UploadPart) -> bool:
        return part is self._current

    async def _piece(self) -> bytes | None:
        """The next piece of the current part; None at its end."""
        kind, piece = await self._events.next() or (END, None)
        return cast(bytes, piece) if kind == DATA else None

    def _count(self, part: UploadPart, size: int) -> None:
        limits = self._limits
        self._size += size
        if limits.max_part_size is not None and part.size > limits.max_part_size:
            raise too_large(f"The part {part.name!r}", limits.max_part_size)
        if limits.max_size is not None and self._size > limits.max_size:
            raise too_large("The upload", limits.max_size)


@dataclass(frozen=True, slots=True)
class PartsOfRequest:
    """The dependency that a parameter of type `UploadParts` stands for."""

    limits: UploadLimits

    async def __call__(self, request: Request) -> UploadParts:
        """The parts of the request's body."""
        return UploadParts(request, self.limits)


def too_large(what: str, limit: int) -> HTTPException:
    """The refusal of something that is larger than `limit` bytes."""
    return HTTPException(413, f"{what} is larger than {limit} bytes")


def _finish(file: BinaryIO, unfinished: Path, target: Path) -> None:
    file.close()
    unfinished.replace(target)


def _discard(file: BinaryIO, unfinished: Path) -> None:
    file.close()
    unfinished.unlink(missing_ok=True)


async def _in_thread(call: Callable[[], T]) -> T:
    return await anyio.to_thread.run_sync(call, limiter=file_limiter())
