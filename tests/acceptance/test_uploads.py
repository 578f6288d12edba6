"""Uploads over `laneway run` and real sockets: what arrives is used, and what is not used does not arrive."""

import hashlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .server_process import ServerProcess, running, wait_until
from .ways.wire import Line

MB = 1024 * 1024
LARGE = 200 * MB
APP = """\
import hashlib
import os
from pathlib import Path
from typing import Annotated

import anyio

from laneway import Laneway
from laneway.uploads import UploadLimits, UploadParts

app = Laneway()
folder = Path(__file__).parent
read = {"bytes": 0}


@app.get("/peak")
async def peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


@app.get("/read")
async def so_far() -> int:
    return read["bytes"]


@app.post("/hash")
async def hashed(parts: UploadParts) -> dict[str, str]:
    found = {}
    async for part in parts:
        digest = hashlib.sha256()
        async for chunk in part:
            digest.update(chunk)
        found[part.name] = digest.hexdigest()
    return found


@app.post("/slow")
async def slow(parts: UploadParts) -> int:
    async for part in parts:
        async for chunk in part:
            read["bytes"] += len(chunk)
            while not (folder / "go").exists():
                await anyio.sleep(0.01)
    return read["bytes"]


@app.post("/save")
async def save(parts: Annotated[UploadParts, UploadLimits(max_part_size=8 * 1024 * 1024)]) -> dict[str, int]:
    (folder / "kept").mkdir(exist_ok=True)
    return {part.name: await part.save(folder / "kept" / part.name) async for part in parts}
"""
HEAD = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
TAIL = b"\r\n--b--\r\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """The app above, served."""
    with running(tmp_path, app=APP) as process:
        yield process


def begin(server: ServerProcess, path: str, size: int) -> Line:
    """A connection on which an upload of `size` bytes has begun."""
    line = server.connect()
    length = len(HEAD) + size + len(TAIL)
    fields = f"host: test\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: {length}"
    line.send(f"POST {path} HTTP/1.1\r\n{fields}\r\n\r\n".encode() + HEAD)
    return line


def number(server: ServerProcess, path: str) -> int:
    return int(server.ask(path).body)


def test_large_upload_leaves_the_memory_as_it_was(server: ServerProcess) -> None:
    """200 MB go through, and every one of them is right."""
    before = number(server, "/peak")
    digest = hashlib.sha256()
    with begin(server, "/hash", LARGE) as line:
        for count in range(LARGE // MB):
            block = bytes([count]) * (MB - 2) + b"\r\n"  # looks like the begin of a boundary
            digest.update(block)
            line.send(block)
        line.send(TAIL)
        reply = line.reply()

    assert reply.body == b'{"file":"%b"}' % digest.hexdigest().encode()
    assert number(server, "/peak") - before < 8 * MB


def test_endpoint_that_does_not_read_makes_the_client_wait(server: ServerProcess, tmp_path: Path) -> None:
    """Nothing piles up but what the kernel holds; once it reads, all of it comes."""
    before, size = number(server, "/peak"), 64 * MB
    with begin(server, "/slow", size) as line:
        sent = send_until_stuck(line.socket, size)
        stuck_at, peak = number(server, "/read"), number(server, "/peak")
        (tmp_path / "go").touch()
        line.send(b"x" * (size - sent) + TAIL)
        reply = line.reply()

    assert sent < 32 * MB
    assert stuck_at < MB
    assert peak - before < 4 * MB
    assert reply.body == b"%d" % size


def send_until_stuck(client: socket.socket, size: int) -> int:
    """How many of `size` bytes are taken before nothing moves for half a second."""
    sent, client_timeout = 0, client.gettimeout()
    client.settimeout(0.5)
    try:
        while sent < size:
            sent += client.send(b"x" * min(65536, size - sent))
    except TimeoutError:
        pass
    client.settimeout(client_timeout)
    return sent


def test_part_that_is_too_large_is_refused_while_it_comes(server: ServerProcess, tmp_path: Path) -> None:
    """The client is told before it has sent it all, and nothing is left."""
    with begin(server, "/save", LARGE) as line:
        line.send(b"x" * (9 * MB))
        reply = line.reply()

    assert (reply.status, b"larger than 8388608" in reply.body) == (413, True)
    assert list((tmp_path / "kept").iterdir()) == []


def test_saved_file_is_there_when_the_reply_is(server: ServerProcess, tmp_path: Path) -> None:
    """Whole, and nothing beside it."""
    content = bytes(range(256)) * 4096 * 5
    with begin(server, "/save", len(content)) as line:
        line.send(content + TAIL)
        reply = line.reply()

    assert reply.body == b'{"file":%d}' % len(content)
    assert [file.read_bytes() == content for file in (tmp_path / "kept").iterdir()] == [True]


def test_client_that_leaves_in_the_middle_leaves_no_file(server: ServerProcess, tmp_path: Path) -> None:
    """Half an upload is none."""
    with begin(server, "/save", 4 * MB) as line:
        line.send(b"x" * (2 * MB))
        assert wait_until(lambda: (tmp_path / "kept").exists() and any((tmp_path / "kept").iterdir()))

    assert wait_until(lambda: not any((tmp_path / "kept").iterdir()))


def test_upload_does_not_hold_up_others(server: ServerProcess) -> None:
    """They are answered between two pieces."""
    with begin(server, "/hash", LARGE) as line:
        waits = []
        for _ in range(40):
            line.send(b"x" * MB)
            began = time.monotonic()
            number(server, "/read")
            waits.append(time.monotonic() - began)

    assert sorted(waits)[len(waits) // 2] < 0.1
