"""Responses as bytes (RFC 9112): status line and header fields, joined with those that every response has."""

import http
import re

from uvicorn.server import ServerState

from laneway.types import RawHeaders

_NOT_IN_NAMES = re.compile(rb'[\x00-\x1f\x7f()<>@,;:\\\[\]={} \t"]')
_NOT_IN_VALUES = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

_MOST_KEPT = 1024
_LONGEST_KEPT = 128
_lines: dict[tuple[bytes, bytes], bytes] = {}
"""Header fields that were sent, as bytes."""

Fields = list[tuple[bytes, bytes]]


def _status_line(status: int) -> bytes:
    try:
        phrase = http.HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode()


_STATUS_LINES = {status: _status_line(status) for status in range(100, 600)}
CLOSE = b"connection: close\r\n"
_JSON = b"\r\ncontent-type: application/json\r\n\r\n"
_MOST_LENGTHS = 2048
# PERF: most bodies are small; formatting the length costs as much as joining three pieces.
_JSON_LENGTHS = [b"%d%b" % (length, _JSON) for length in range(_MOST_LENGTHS)]


class Replies:
    """The bytes of responses, with the date of this second.

    Args:
        state: Where uvicorn keeps the header fields of every response, made anew every second.
    """

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._made_of: Fields | None = None
        self._default = b""
        self._json: dict[int, bytes] = {}

    def json(self, status: int, length: int) -> bytes:
        """The head of a JSON response with a body of this length."""
        if self._made_of is not self._state.default_headers:
            self._renew()
        head = self._json.get(status)
        if head is None:
            head = self._json[status] = _STATUS_LINES[status] + self._default + b"content-length: "
        return head + (_JSON_LENGTHS[length] if length < _MOST_LENGTHS else b"%d%b" % (length, _JSON))

    def start(self, status: int) -> bytes:
        """The status line and what every response has."""
        if self._made_of is not self._state.default_headers:
            self._renew()
        return _STATUS_LINES[status] + self._default

    def _renew(self) -> None:
        self._made_of = self._state.default_headers
        self._default = b"".join(name + b": " + value + b"\r\n" for name, value in self._made_of)
        self._json.clear()


def closing_text(body: bytes) -> RawHeaders:
    """The header fields of a text after which the connection ends."""
    return [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]


def fields(headers: RawHeaders) -> bytes:
    """Header fields as bytes.

    Raises:
        ValueError: One would end its line or is otherwise no header field: a response in the response (RFC 9110 5.5).
    """
    # PERF: most fields have been sent before (0.3 us for each that was not).
    return b"".join([_lines.get(field) or _line(*field) for field in headers])


def _line(name: bytes, value: bytes) -> bytes:
    if not name or _NOT_IN_NAMES.search(name):
        raise ValueError(f"{name!r} is no name of a header field")
    if _NOT_IN_VALUES.search(value):
        raise ValueError(f"The header field {name.decode('latin-1')} cannot have the value {value!r}")
    line = b"%b: %b\r\n" % (name.lower(), value)
    if len(line) <= _LONGEST_KEPT:
        if len(_lines) >= _MOST_KEPT:
            _lines.clear()
        _lines[name, value] = line
    return line
