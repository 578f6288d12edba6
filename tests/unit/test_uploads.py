"""Parts of a multipart body as they arrive, without a server."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from starlette.requests import Request

from laneway import Depends, Form, Header, HTTPException, Laneway
from laneway.testclient import TestClient
from laneway.uploads import UploadLimits, UploadParts

BODY = (
    b"--b\r\ncontent-disposition: form-data; name=title\r\n\r\nSea\r\n"
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xc3\xbc.txt"\r\n'
    b"Content-Type: text/plain\r\nX-Own: 1\r\n\r\none\r\n-\r\n--not b\r\n"
    b"--b--\r\nepilogue"
)
KIND = {"content-type": "multipart/form-data; boundary=b"}


def parts_of(
    body: bytes, step: int = 1 << 20, kind: str = KIND["content-type"], **limits: Any
) -> UploadParts:
    """The parts of a body that arrives in pieces of `step` bytes."""
    pieces = [body[start : start + step] for start in range(0, len(body), step)]

    async def receive() -> Any:
        return {"type": "http.request", "body": pieces.pop(0) if pieces else b"", "more_body": bool(pieces)}

    request = Request({"type": "http", "headers": [(b"content-type", kind.encode())]}, receive)
    return UploadParts(request, UploadLimits(**limits))


async def all_of(parts: UploadParts) -> list[tuple[str, str | None, bytes]]:
    return [(part.name, part.filename, await part.read()) async for part in parts]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
async def test_parts_are_whole_however_the_body_is_cut(step: int) -> None:
    """Boundaries fall between two reads."""
    assert await all_of(parts_of(BODY, step)) == [
        ("title", None, b"Sea"),
        ("file", "ü.txt", b"one\r\n-\r\n--not b"),
    ]


async def test_part_tells_its_headers() -> None:
    """Names in any case, of any kind."""
    async for part in parts_of(BODY):
        told = part.content_type, part.headers.get("x-own")

    assert told == ("text/plain", "1")


async def test_part_can_be_read_before_it_is_complete() -> None:
    """The pieces come as they arrive."""
    parts = parts_of(BODY, 60)
    part = await anext(parts)
    sizes = [part.size async for _ in part]

    assert sizes[-1] == 3
    assert [piece async for piece in part] == []


async def test_part_that_nobody_reads_is_skipped() -> None:
    """Also one that was read in part."""
    assert [part.name async for part in parts_of(BODY, 10)] == ["title", "file"]


async def test_part_is_over_when_the_next_one_is_asked_for() -> None:
    """Its bytes are gone, which must not look like an empty file."""
    parts = parts_of(BODY)
    first = await anext(parts)
    await anext(parts)

    with pytest.raises(RuntimeError, match="'title' is over"):
        await first.read()


async def test_parts_that_were_collected_cannot_be_read() -> None:
    """They have gone by."""
    parts = [part async for part in parts_of(BODY)]
    with pytest.raises(RuntimeError, match="'file' is over"):
        await parts[-1].read()


async def refused(parts: UploadParts) -> tuple[int, str]:
    with pytest.raises(HTTPException) as caught:
        await all_of(parts)
    return caught.value.status_code, str(caught.value.detail)


@pytest.mark.parametrize(
    ("limits", "status"),
    [({"max_parts": 1}, 400), ({"max_part_size": 10}, 413), ({"max_size": 15}, 413)],
)
async def test_what_is_beyond_a_limit_is_refused(limits: dict[str, Any], status: int) -> None:
    """Too many parts are malformed, too many bytes too large."""
    assert (await refused(parts_of(BODY, **limits)))[0] == status


async def test_limits_hold_for_parts_that_nobody_reads() -> None:
    """They take as much time and traffic."""
    with pytest.raises(HTTPException, match="413"):
        _ = [part async for part in parts_of(BODY, max_part_size=10)]


async def test_exact_size_is_within_a_limit() -> None:
    """It says how much there may be."""
    assert len(await all_of(parts_of(BODY, max_parts=2, max_part_size=15, max_size=18))) == 2


async def test_read_refuses_what_would_fill_the_memory() -> None:
    """Who wants more says so."""
    part = await anext(parts_of(BODY))
    with pytest.raises(HTTPException, match="413"):
        await part.read(max_size=2)


@pytest.mark.parametrize("end", [5, 30, 60, len(BODY) - 20])
async def test_body_that_ends_too_early_is_refused(end: int) -> None:
    """Half a file is none."""
    status, detail = await refused(parts_of(BODY[:end]))

    assert (status, "ends in the middle" in detail) == (400, True)


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"--c\r\n",
        b"--b\r\nno colon\r\n\r\n",
        b"--b\r\nx-a: 1\r\n\r\nx\r\n--b--",
        b"--b\r\nx-a: " + b"1" * 5000,
        b"--b\r\n" + b"x-a: 1\r\n" * 20 + b"\r\n",
    ],
    ids=["text", "boundary", "header", "no name", "long header", "many headers"],
)
async def test_malformed_body_is_refused(body: bytes) -> None:
    """With 400, at the first byte that is wrong."""
    assert (await refused(parts_of(body)))[0] == 400


@pytest.mark.parametrize(
    ("kind", "status"),
    [("application/json", 415), ("multipart/mixed; boundary=b", 415), ("multipart/form-data", 400)],
)
async def test_other_bodies_are_refused(kind: str, status: int) -> None:
    """Before anything is read."""
    with pytest.raises(HTTPException) as caught:
        parts_of(BODY, kind=kind)

    assert caught.value.status_code == status


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_saved_part_is_a_file(tmp_path: Path) -> None:
    """Its size is told, and nothing else lies beside it."""
    parts = parts_of(BODY, 11)
    await anext(parts)
    size = await (await anext(parts)).save(tmp_path / "kept.txt")

    assert size == 15
    assert (tmp_path / "kept.txt").read_bytes() == b"one\r\n-\r\n--not b"
    assert names_in(tmp_path) == ["kept.txt"]


async def test_part_that_cannot_be_saved_whole_leaves_nothing(tmp_path: Path) -> None:
    """Nobody finds half a file, and the one before stays."""
    kept = tmp_path / "kept.txt"
    kept.write_text("before")
    parts = parts_of(BODY[:-25], 11)
    await anext(parts)
    with pytest.raises(HTTPException):
        await (await anext(parts)).save(kept)

    assert kept.read_text() == "before"
    assert names_in(tmp_path) == ["kept.txt"]


# -- as a parameter


def serve(endpoint: Callable[..., Any], **options: Any) -> TestClient:
    app = Laneway(**options)
    app.post("/")(endpoint)
    return TestClient(app)


async def names(
    parts: Annotated[UploadParts, UploadLimits(max_parts=2)], x_own: Annotated[str, Header()]
) -> Any:
    return [x_own, *[part.name async for part in parts]]


def test_endpoint_gets_the_parts_beside_other_parameters() -> None:
    """Everything but the body is read as ever."""
    reply = serve(names).post("/", content=BODY, headers=KIND | {"x-own": "a"})

    assert reply.json() == ["a", "title", "file"]


def test_invalid_parameters_are_told_before_the_body_is_read() -> None:
    """A client that sends a gigabyte is not told at its end."""
    assert serve(names).post("/", content=BODY, headers=KIND).status_code == 422


def test_dependency_may_read_the_parts() -> None:
    """They are the same for all who ask, and read once."""

    async def first_name(parts: UploadParts) -> str:
        return (await anext(parts)).name

    async def both(name: Annotated[str, Depends(first_name)], parts: UploadParts) -> Any:
        return [name, *[part.name async for part in parts]]

    assert serve(both).post("/", content=BODY, headers=KIND).json() == ["title", "file"]


def test_limit_of_the_body_holds_for_parts() -> None:
    """Whoever reads it."""

    async def reads(parts: UploadParts) -> Any:
        return [await part.read() async for part in parts]

    async def slowly() -> AsyncIterator[bytes]:
        yield BODY

    assert serve(reads, max_body_size=100).post("/", content=BODY, headers=KIND).status_code == 413


def test_body_cannot_be_read_twice() -> None:
    """The declaration says so, and what to do."""

    async def twice(parts: UploadParts, title: Annotated[str, Form()]) -> None:
        """Never called."""

    with pytest.raises(AssertionError, match=r"nothing else can be read from it: title.*`UploadFile`"):
        serve(twice)


def test_body_parameter_of_a_router_around_it_is_found() -> None:
    """It would read the same body."""
    app = Laneway()

    async def signed(signature: Annotated[str, Form()]) -> None:
        """Never called."""

    async def reads(parts: UploadParts) -> None:
        """Never called."""

    with pytest.raises(AssertionError, match="signature"):
        app.post("/", dependencies=[Depends(signed)])(reads)


def test_parts_have_no_default() -> None:
    """There is a body, or the request is refused."""

    async def maybe(parts: UploadParts = None) -> None:  # type: ignore[assignment]
        """Never called."""

    with pytest.raises(AssertionError, match="no default"):
        serve(maybe)


def test_document_has_a_multipart_body() -> None:
    """Of parts that the endpoint alone knows; `openapi_extra` says more."""
    document = serve(names).get("/openapi.json").json()

    assert document["paths"]["/"]["post"]["requestBody"] == {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}
        },
    }
