"""Files as the body of a response, read in a thread a large part at a time (ASGI's `http.response.pathsend`)."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import IO

import anyio.to_thread

PART = 262_144  # bytes read at once


async def parts_of_file(path: str) -> AsyncGenerator[tuple[bytes, bool], None]:
    """The parts of a file, and whether more follow; at least one."""
    file: IO[bytes] = await anyio.to_thread.run_sync(lambda: Path(path).open("rb", buffering=0))  # noqa: SIM115  # closed below
    try:
        part = await anyio.to_thread.run_sync(file.read, PART)
        while len(part) == PART:
            following = await anyio.to_thread.run_sync(file.read, PART)
            yield part, bool(following)
            if not following:
                return
            part = following
        yield part, False
    finally:
        file.close()
