"""Values of a request that endpoints may ask for by type, and the mark of an option left at its default."""

from __future__ import annotations

from typing import Any, BinaryIO, TypeVar, cast

from anyio.to_thread import run_sync
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core.core_schema import CoreSchema, with_info_plain_validator_function
from starlette.datastructures import URL as URL
from starlette.datastructures import Address as Address
from starlette.datastructures import FormData as FormData
from starlette.datastructures import Headers as Headers
from starlette.datastructures import QueryParams as QueryParams
from starlette.datastructures import State as State
from starlette.datastructures import UploadFile as StarletteUploadFile

from laneway.concurrency import file_limiter

T = TypeVar("T")


class UploadFile(StarletteUploadFile):
    """A file that the client sent in a form.

    Small files stay in memory, larger ones lie in a temporary file on disk. The async methods do not block the
    loop: what touches the disk runs in threads of their own. A `def` endpoint uses `file` directly.

    Attributes:
        file: The Python file object; its methods block.
        filename: The name that the client gave, not to be trusted as a path.
        size: Length in bytes.
        headers: The headers of this part of the form, not those of the request.
        content_type: What the client says the content is.
    """

    file: BinaryIO
    filename: str | None
    size: int | None
    headers: Headers

    async def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, or all that are left; empty at the end of the file."""
        if self._in_memory:
            return self.file.read(size)
        return await run_sync(self.file.read, size, limiter=file_limiter())

    async def write(self, data: bytes) -> None:
        """Put `data` at the current position."""
        if self.size is not None:
            self.size += len(data)
        if self._will_roll(len(data)):
            await run_sync(self.file.write, data, limiter=file_limiter())
        else:
            self.file.write(data)

    async def seek(self, offset: int) -> None:
        """Continue reading or writing `offset` bytes after the start."""
        if self._in_memory:
            self.file.seek(offset)
        else:
            await run_sync(self.file.seek, offset, limiter=file_limiter())

    async def close(self) -> None:
        """Close the file; a temporary file disappears."""
        if self._in_memory:
            self.file.close()
        else:
            await run_sync(self.file.close, limiter=file_limiter())

    @classmethod
    def _validate(cls, value: object, _: object) -> UploadFile:
        if isinstance(value, cls):
            return value
        if not isinstance(value, StarletteUploadFile):
            raise ValueError(f"Expected UploadFile, received: {type(value)}")
        # Form parsers make Starlette's class; the endpoint asked for this one, on the same open file.
        return cls(value.file, size=value.size, filename=value.filename, headers=value.headers)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        return with_info_plain_validator_function(cls._validate)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "contentMediaType": "application/octet-stream"}


class DefaultPlaceholder:  # noqa: PLW1641 - compared, never a key
    """A default value that can be told from the same value given on purpose.

    Options of an app, a router and a route are merged nearest first; those still wrapped were chosen by nobody.
    It is as true as the value it holds.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __bool__(self) -> bool:
        return bool(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DefaultPlaceholder) and bool(self.value == other.value)

    def __repr__(self) -> str:
        return f"Default({self.value!r})"


def Default(value: T) -> T:  # noqa: N802 - FastAPI's name
    """`value`, marked as nobody's choice; to a type checker it stays what it is."""
    return cast(T, DefaultPlaceholder(value))
