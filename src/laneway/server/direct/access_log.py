"""One line for each request, gathered and written together: `logging` would cost more than the request itself."""

import asyncio
import atexit
import errno
import http
import json.encoder
import logging
import os
import re
import select
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO
from urllib.parse import quote

from uvicorn.config import Config

from laneway.server.direct.target import Target
from laneway.server.limits import LogFormat

FLUSH_SECONDS = 0.25
_MOST_LINES = 512
# A write of so many bytes to a pipe is never mixed with those of other processes (POSIX write); 4096 on Linux.
_WHOLE = getattr(select, "PIPE_BUF", 512)
_GONE = (errno.EPIPE, errno.EBADF)  # nobody will ever read again; a full disk may be emptied

_PLAIN = re.compile(r"[A-Za-z0-9/_.~-]*").fullmatch
# As uvicorn colours the classes of statuses at a terminal.
_COLOURS = {1: "97", 2: "32", 3: "33", 4: "31", 5: "91"}


class AccessLog(Protocol):
    """Where requests are noted."""

    def add(self, client: str, target: Target, version: str, status: int, size: int) -> None:
        """Note a request that was answered.

        Args:
            client: Address and port.
            target: What it asked for.
            version: `1.1` or `1.0`.
            status: Of the response.
            size: Bytes of its body.
        """


class LoggedAccess:
    """Hands every request to uvicorn's logger, with whatever handlers it has."""

    def __init__(self) -> None:
        self._logger = logging.getLogger("uvicorn.access")

    def add(self, client: str, target: Target, version: str, status: int, size: int) -> None:
        """Note a request that was answered."""
        self._logger.info(
            '%s - "%s %s HTTP/%s" %d', client, target.method, _path_and_query(target), version, status
        )


Format = Callable[[str, Target, str, int, int], str]
"""What makes a line of client, target, version, status and size."""


class WrittenAccess:
    """Gathers lines and writes them every quarter of a second, or when there are many.

    Args:
        form: What makes a line.
        file: The descriptor that lines are written to.
        loop: The loop of the server.
    """

    def __init__(self, form: Format, file: int, loop: asyncio.AbstractEventLoop) -> None:
        self._form = form
        self._file: int | None = file
        self._loop = loop
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._process = os.getpid()
        atexit.register(self.flush)  # what the last quarter of a second brought

    def add(self, client: str, target: Target, version: str, status: int, size: int) -> None:
        """Note a request that was answered."""
        lines = self._lines
        lines.append(self._form(client, target, version, status, size))
        if self._timer is None:
            self._timer = self._loop.call_later(FLUSH_SECONDS, self.flush)
        elif len(lines) >= _MOST_LINES:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        if not lines or self._file is None or os.getpid() != self._process:  # a fork has the lines, too
            return
        try:
            for part in whole_writes(lines):
                os.write(self._file, part)
        except OSError as error:  # no reason to stop serving
            if error.errno in _GONE:
                self._file = None


def whole_writes(lines: list[str]) -> list[bytes]:
    """Lines, put together to writes that arrive as a whole."""
    parts: list[bytes] = []
    part = b""
    for line in lines:
        one = line.encode("utf-8", "backslashreplace")
        if part and len(part) + len(one) > _WHOLE:
            parts.append(part)
            part = b""
        part += one
    return [*parts, part]


# -- text


def text_lines(*, colours: bool) -> Format:
    """Lines as uvicorn writes them."""
    prefix, bold, plain = ("\x1b[32mINFO\x1b[0m", "\x1b[1m", "\x1b[0m") if colours else ("INFO", "", "")
    endings = {status: f'"{plain} {_shown(status, colours=colours)}\n' for status in range(100, 600)}

    def line(client: str, target: Target, version: str, status: int, size: int) -> str:
        # PERF: targets of static paths come again and again, and keep their text.
        request = target.logged
        if request is None:
            request = target.logged = f'{bold}"{target.method} {_path_and_query(target)} HTTP/'
        return f"{prefix}:     {client} - {request}{version}{endings[status]}"

    return line


def _shown(status: int, *, colours: bool) -> str:
    try:
        text = f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        text = str(status)
    return f"\x1b[{_COLOURS[status // 100]}m{text}\x1b[0m" if colours else text


def _path_and_query(target: Target) -> str:
    path = target.path
    if not _PLAIN(path):  # PERF: six times as fast as `quote` where there is nothing to quote
        path = quote(path)
    return f"{path}?{target.query.decode('latin-1')}" if target.query else path


# -- JSON


def json_lines() -> Format:
    """Objects with time, client, method, path, query, status and bytes."""
    text = json.encoder.encode_basestring
    second, now = 0, ""

    def line(client: str, target: Target, version: str, status: int, size: int) -> str:
        nonlocal second, now
        if (current := int(time.time())) != second:
            second, now = current, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(current))
        request = target.logged
        if request is None:
            query = text(target.query.decode("latin-1"))
            request = target.logged = (
                f'"method":"{target.method}","path":{text(target.path)},"query":{query},"version":"'
            )
        return (
            f'{{"time":"{now}","client":{text(client)},{request}{version}",'
            f'"status":{status},"bytes":{size}}}\n'
        )

    return line


def make_access_log(config: Config, loop: asyncio.AbstractEventLoop) -> AccessLog | None:
    """The access log that a configuration asks for; None when it asks for none."""
    logger = logging.getLogger("uvicorn.access")
    if not logger.hasHandlers() or not logger.isEnabledFor(logging.INFO):
        return None
    form: LogFormat | None = getattr(config, "access_log_format", None)
    if form is None:
        return LoggedAccess()
    file = _descriptor(sys.stdout)
    if file is None:
        return None
    lines = text_lines(colours=sys.stdout.isatty()) if form == "text" else json_lines()
    return WrittenAccess(lines, file, loop)


def _descriptor(stream: TextIO | None) -> int | None:
    try:
        return stream.fileno() if stream is not None else None
    except (OSError, ValueError):  # it is closed, or was replaced by something without a file
        return None
