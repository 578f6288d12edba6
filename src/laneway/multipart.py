"""Multipart bodies as they arrive (RFC 7578): python-multipart frames, its callbacks only record.

The reader pulls: more of the body is read when everything that has arrived is used up, so that a slow reader makes the
client wait and nothing piles up.
"""

from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from starlette.datastructures import Headers

from laneway.exceptions import HTTPException

MOST_HEADERS = 8  # of one part
HEADER_SIZE = 4096  # bytes of one of them

PART, DATA, END = "part", "data", "end"

Event = tuple[str, Any]
"""What has arrived: `(PART, Headers)`, any number of `(DATA, bytes)`, `(END, None)`."""


class MultipartEvents:
    """The parts of one body, as events.

    Args:
        content_type: The Content-Type of the request.
        body: Its body, in pieces.

    Raises:
        HTTPException: 415 for another kind of body, 400 for one that has no boundary.
    """

    def __init__(self, content_type: str | None, body: AsyncIterator[bytes]) -> None:
        from python_multipart.multipart import MultipartParser

        self._body = body
        self._events: deque[Event] = deque()
        self._headers: list[tuple[bytes, bytes]] = []
        self._name = self._value = b""
        self._complete = False
        self._parser = MultipartParser(
            boundary_of(content_type),
            {
                "on_header_field": self._add_to_name,
                "on_header_value": self._add_to_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._add_data,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
            max_header_count=MOST_HEADERS,
            max_header_size=HEADER_SIZE,
        )

    async def next(self) -> Event | None:
        """The next event; None at the end of the body.

        Raises:
            HTTPException: 400, it is malformed or incomplete.
        """
        while not self._events:
            if self._complete:
                return None
            await self._read_on()
        return self._events.popleft()

    async def _read_on(self) -> None:
        from python_multipart.exceptions import FormParserError

        piece = await anext(self._body, b"")
        if not piece:
            raise HTTPException(400, "The multipart body ends in the middle of a part")
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise HTTPException(400, f"The multipart body is malformed: {error}") from error

    # -- the parser's callbacks

    def _add_to_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers.append((self._name.lower(), self._value))
        self._name = self._value = b""

    def _end_headers(self) -> None:
        self._events.append((PART, Headers(raw=self._headers)))
        self._headers = []

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append((DATA, data[start:end]))

    def _end_part(self) -> None:
        self._events.append((END, None))

    def _end(self) -> None:
        self._complete = True


def boundary_of(content_type: str | None) -> bytes:
    """What stands between the parts.

    Raises:
        HTTPException: 415 if the body is no multipart form, 400 if the boundary is missing.
    """
    from python_multipart.multipart import parse_options_header

    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        raise HTTPException(415, "The body must be multipart/form-data")
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise HTTPException(400, "Missing boundary in multipart.")
    return boundary


def disposition(headers: Headers) -> tuple[str, str | None]:
    """Name and file name of a part, as its Content-Disposition says.

    Raises:
        HTTPException: 400, it has no name.
    """
    from python_multipart.multipart import parse_options_header

    kind, options = parse_options_header(headers.get("content-disposition"))
    if kind != b"form-data" or b"name" not in options:
        raise HTTPException(400, 'The Content-Disposition header field "name" must be provided.')
    filename = options.get(b"filename")
    return _text(options[b"name"]), None if filename is None else _text(filename)


def _text(value: bytes) -> str:
    """Browsers write names in UTF-8; `Headers` has decoded them as latin-1, which loses nothing."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
