"""Replies in what a server has said, without a client that could be confused as well."""

import re

_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n")
_LENGTH = re.compile(rb"^content-length: (\d+)\r$", re.MULTILINE | re.IGNORECASE)
_CHUNKED = re.compile(rb"^transfer-encoding: chunked\r$", re.MULTILINE | re.IGNORECASE)


def statuses_of(said: bytes) -> tuple[int, ...]:
    """The statuses of all final replies; they must fill what was said without a rest."""
    statuses = []
    while said:
        head = _HEAD.match(said)
        assert head, f"no reply begins with {said[:100]!r}"
        status, fields = int(head[1]), head[2]
        said = said[head.end() :]
        if status >= 200:
            statuses.append(status)
            said = _after_body(said, fields)
    return tuple(statuses)


def _after_body(said: bytes, fields: bytes) -> bytes:
    if length := _LENGTH.search(fields):
        assert len(said) >= int(length[1]), "the body is cut off"
        return said[int(length[1]) :]
    if not _CHUNKED.search(fields):
        return b""
    while said:
        size, _, said = said.partition(b"\r\n")
        said = said[int(size, 16) + 2 :]
        if int(size, 16) == 0:
            break
    return said
