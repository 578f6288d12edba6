"""Uploaded files, and defaults that can be told from choices."""

import io
import tempfile
import threading

import anyio.to_thread
import pytest
import starlette.datastructures
from pydantic import TypeAdapter, ValidationError

from laneway.concurrency import file_limiter
from laneway.datastructures import Default, DefaultPlaceholder, Headers, UploadFile


class WatchedFile(io.BytesIO):
    """A file that is not in memory as far as Starlette can tell, and knows who calls it."""

    def __init__(self) -> None:
        super().__init__(b"on disk")
        self.threads: list[int] = []
        self.borrowed: list[float] = []

    def read(self, size: int | None = -1, /) -> bytes:
        self.threads.append(threading.get_ident())
        statistics = anyio.from_thread.run_sync(lambda: file_limiter().statistics())
        self.borrowed.append(statistics.borrowed_tokens)
        return super().read(size)


async def test_a_file_is_written_and_read_back() -> None:
    """Positions and the size follow."""
    file = UploadFile(io.BytesIO(), filename="a.txt", size=0)
    await file.write(b"0123456789")
    await file.seek(4)

    assert (await file.read(2), await file.read(), await file.read(), file.size) == (b"45", b"6789", b"", 10)


async def test_a_closed_file_is_closed() -> None:
    """`close` reaches the file below."""
    file = UploadFile(io.BytesIO(b"x"))
    await file.close()

    assert file.file.closed


async def test_a_file_in_memory_is_used_on_the_loop() -> None:
    """No thread is asked for what memory answers at once."""
    with tempfile.SpooledTemporaryFile(max_size=100) as spooled:
        file = UploadFile(spooled)  # type: ignore[arg-type]
        await file.write(b"small")
        await file.seek(0)

        assert await file.read() == b"small"
        assert file_limiter().statistics().borrowed_tokens == 0
        await file.close()


async def test_a_file_that_outgrows_memory_is_still_the_same_file() -> None:
    """The write that rolls over to disk keeps what was there."""
    with tempfile.SpooledTemporaryFile(max_size=4) as spooled:
        file = UploadFile(spooled)  # type: ignore[arg-type]
        await file.write(b"1234")
        await file.write(b"5678")
        await file.seek(0)

        assert await file.read() == b"12345678"


async def test_a_file_on_disk_is_read_in_a_thread_with_a_token_of_its_own() -> None:
    """A slow disk takes no token from endpoints."""
    watched = WatchedFile()

    assert await UploadFile(watched).read() == b"on disk"
    assert watched.threads != [threading.get_ident()]
    assert watched.borrowed == [1]


def test_a_file_of_starlettes_parser_becomes_ours() -> None:
    """`isinstance` holds in the endpoint, and the open file is the same."""
    headers = Headers({"content-type": "text/plain"})
    parsed = starlette.datastructures.UploadFile(io.BytesIO(b"x"), size=1, filename="a", headers=headers)
    file = TypeAdapter(UploadFile).validate_python(parsed)

    assert isinstance(file, UploadFile)
    assert file.file is parsed.file
    assert (file.size, file.filename, file.content_type) == (1, "a", "text/plain")


def test_a_file_of_ours_passes_as_it_is() -> None:
    """Nothing is copied twice."""
    file = UploadFile(io.BytesIO())

    assert TypeAdapter(UploadFile).validate_python(file) is file


def test_text_is_no_file() -> None:
    """The error names what came instead."""
    with pytest.raises(ValidationError, match="Expected UploadFile, received: <class 'str'>"):
        TypeAdapter(UploadFile).validate_python("text")


def test_the_schema_of_a_file_is_binary() -> None:
    """As OpenAPI 3.1 describes it."""
    assert TypeAdapter(UploadFile).json_schema() == {
        "type": "string",
        "contentMediaType": "application/octet-stream",
    }


@pytest.mark.parametrize("value", ["", None, False, "x", 1])
def test_a_default_is_as_true_as_its_value(value: object) -> None:
    """`if option:` reads the value."""
    assert bool(Default(value)) == bool(value)


def test_a_default_can_be_told_from_the_same_value() -> None:
    """That is what it is for."""
    assert isinstance(Default("a"), DefaultPlaceholder)
    assert Default("a") != "a"


def test_defaults_of_equal_values_are_equal() -> None:
    """Options are compared when routers are merged."""
    assert Default("a") == Default("a")
    assert Default("a") != Default("b")


def test_a_default_shows_its_value() -> None:
    """Signatures in help texts stay readable."""
    assert repr(Default("a")) == "Default('a')"
