"""Requests as bytes, and replies cut from a socket with nothing but the rules of RFC 9112."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

PATIENCE_SECONDS = 10.0  # no read waits longer: what hangs, fails
VARYING = (b"date", b"server")  # may differ between servers, and do
# How the message is cut on its connection; an app under test has no connection.
FRAMING = frozenset({"connection", "transfer-encoding"})
HOST = "test.example"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        chunks: The body in chunks, instead of one with a length.
        trailers: Fields after the last chunk.
        version: The version of HTTP.
        headers: In this order, after Host.
        host: The value of Host; none is sent if it is empty.
    """

    method: str = "GET"
    target: str = "/"
    headers: Headers = ()
    body: bytes = b""
    chunks: tuple[bytes, ...] | None = None
    trailers: Headers = ()
    version: str = "1.1"
    host: str = HOST

    @property
    def fields(self) -> list[tuple[str, str]]:
        """All header fields, those that frame the body last."""
        fields = [("Host", self.host)] if self.host else []
        fields += self.headers
        if self.chunks is not None:
            fields.append(("Transfer-Encoding", "chunked"))
        elif self.body or self.method in {"POST", "PUT", "PATCH"}:
            fields.append(("Content-Length", str(len(self.body))))
        return fields

    @property
    def content(self) -> bytes:
        """The body, however it is sent."""
        return self.body if self.chunks is None else b"".join(self.chunks)

    @property
    def head(self) -> bytes:
        """The bytes up to the body."""
        lines = [f"{self.method} {self.target} HTTP/{self.version}"]
        lines += (f"{name}: {value}" for name, value in self.fields)
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    @property
    def raw(self) -> bytes:
        """All bytes."""
        if self.chunks is None:
            return self.head + self.body
        return self.head + chunked(self.chunks, self.trailers)


def get(target: str, *headers: tuple[str, str], version: str = "1.1") -> Request:
    """A GET request."""
    return Request("GET", target, headers, version=version)


def post(target: str, body: bytes, kind: str = "application/json", *headers: tuple[str, str]) -> Request:
    """A POST request with a body of some media type."""
    return Request("POST", target, (("Content-Type", kind), *headers), body)


def chunked(chunks: Iterable[bytes], trailers: Headers = ()) -> bytes:
    """The chunked form of a body."""
    sent = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    fields = "".join(f"{name}: {value}\r\n" for name, value in trailers)
    return b"%b0\r\n%b\r\n" % (sent, fields.encode("latin-1"))


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        status: The status code.
        headers: Names in lower case, in their order, without those that always vary.
        body: Without the framing.
        raw: Every byte as it came, except the lines that always vary; empty if there was no connection.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=True)
    raw: bytes = field(default=b"", repr=False)

    @property
    def essence(self) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """What an app has said, whoever has carried it."""
        kept = tuple((name, value) for name, value in self.headers if name not in FRAMING)
        return self.status, kept, self.body

    def values(self, name: str) -> list[str]:
        """The values of a header."""
        return [value for found, value in self.headers if found == name]


class BrokenReplyError(AssertionError):
    """What the server sent is no HTTP/1.1."""


class Line:
    """A client's end of a connection; every read has its deadline."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self.socket.sendall(data)

    def half_close(self) -> None:
        """Say that nothing more will be sent."""
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self) -> bytes:
        received = self.socket.recv(65536)
        if not received:
            raise BrokenReplyError(f"the connection ended after {self._read[-200:]!r}")
        return received

    def _take(self, size: int) -> bytes:
        while len(self._read) < size:
            self._read += self._more()
        taken, self._read = self._read[:size], self._read[size:]
        return taken

    def _take_until(self, end: bytes) -> bytes:
        while end not in self._read:
            self._read += self._more()
        return self._take(self._read.index(end) + len(end))

    def rest(self) -> bytes:
        """What comes until the server closes; a reset is a close."""
        try:
            while received := self.socket.recv(65536):
                self._read += received
        except ConnectionResetError:
            pass
        rest, self._read = self._read, b""
        return rest

    def reply(self, *, to_head: bool = False) -> Reply:
        """The next reply, also an interim one.

        Args:
            to_head: Whether it answers a HEAD request, and thus has no body whatever its headers say.
        """
        head = self._take_until(b"\r\n\r\n")
        status, headers, shown = read_head(head)
        if to_head or status < 200 or status in {204, 304}:
            return Reply(status, headers, b"", shown)
        body, framed = self._body(dict(headers))
        return Reply(status, headers, body, shown + framed)

    def _body(self, headers: dict[str, str]) -> tuple[bytes, bytes]:
        """The body without and with its framing."""
        if headers.get("transfer-encoding") == "chunked":
            return self._chunks()
        size = headers.get("content-length")
        body = self.rest() if size is None else self._take(int(size))
        return body, body

    def _chunks(self) -> tuple[bytes, bytes]:
        body = framed = b""
        while True:
            size = self._take_until(b"\r\n")
            chunk = self._take(int(size, 16) + 2)
            if chunk[-2:] != b"\r\n":
                raise BrokenReplyError(f"a chunk ends with {chunk[-2:]!r}")
            framed += size + chunk
            if len(chunk) == 2:
                return body, framed
            body += chunk[:-2]


def read_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """Status, headers and the head itself, without the lines that always vary."""
    first, *lines = head[:-4].split(b"\r\n")
    version, status = first.split(b" ")[:2]
    if version != b"HTTP/1.1":
        raise BrokenReplyError(f"the status line is {first!r}")
    fields = [(line, *line.split(b": ", 1)) for line in lines]
    kept = [one for one in fields if one[1].lower() not in VARYING]
    shown = b"\r\n".join([first, *(one[0] for one in kept), b"", b""])
    headers = tuple((name.lower().decode("latin-1"), value.decode("latin-1")) for _, name, value in kept)
    return int(status), headers, shown


_IN_CHUNKS = b"transfer-encoding: chunked\r\n"


def in_one(said: bytes) -> bytes:
    """Replies with each chunked body in one chunk."""
    whole, at = b"", 0
    while (start := said.find(_IN_CHUNKS, at)) >= 0:
        body = said.find(b"\r\n\r\n", start) + 4
        whole += said[at:body]
        at = body
        while (end := said.find(b"\r\n", at)) >= 0 and (size := int(said[at:end] or b"0", 16)):
            whole += said[end + 2 : end + 2 + size]
            at = end + 2 + size + 2
    return whole + said[at:]
