"""Bytes to messages: llhttp frames them, and its callbacks only record.

No handler runs inside the parser: an exception there would be taken for a malformed request, and a handler that reads
would enter it again.
"""

from collections import deque

import httptools

from laneway.server.direct.head import Head, read_head
from laneway.server.direct.refusal import RefusedError
from laneway.server.direct.target import Target, Targets
from laneway.server.limits import Limits

_MALFORMED = "Invalid HTTP request received."  # uvicorn's words: the same reply either way
_CHUNK_FRAME = 16  # bytes around a chunk that are nobody's fault


class Incoming:
    """A request as it arrives.

    Attributes:
        head: Its header fields.
        target: What it asks for.
        url: The target as sent.
        chunks: Parts of the body that nobody has read yet.
        received: Bytes of the body so far.
        complete: Whether all of it has arrived.
    """

    __slots__ = ("chunks", "complete", "head", "received", "target", "url")

    def __init__(self, head: Head, target: Target, url: bytes) -> None:
        self.head = head
        self.target = target
        self.url = url
        self.chunks: deque[bytes] = deque()
        self.received = 0
        self.complete = False

    def take(self) -> bytes:
        """What has arrived of the body and was not taken before."""
        chunks = self.chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        return body


class Reader:
    """The reading side of one connection.

    Attributes:
        arrived: Messages whose head is complete, oldest first; the owner takes them.
        latest: The message that is arriving, or arrived last.
        refused: What ended the reading; nothing is read afterwards.
        within: Whether a message has begun that is not complete.
        in_head: Whether what has begun is a head.
    """

    def __init__(self, targets: Targets, limits: Limits) -> None:
        self._targets = targets
        self._limits = limits
        self._parser = httptools.HttpRequestParser(self)
        # What follows a last request is not read, but it must not spoil that request either.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        # The request line is looked at once more where llhttp is too generous, so the reads of a head are kept.
        self._reads: list[bytes] = []
        self._read_size = 0
        # What is neither head nor body: sizes and extensions of chunks, trailers, blank lines.
        self._between = 0
        self._counted = 0  # bytes of a read that are not that
        self._trailers = 0
        self._foreign = 0  # bytes of the first of them that may belong to the messages before
        self._completed = False
        self.arrived: deque[Incoming] = deque()
        self.latest: Incoming | None = None
        self.refused: RefusedError | None = None
        self.within = False
        self.in_head = False

    def feed(self, data: bytes) -> bytes | None:
        """Read on; what follows a message that asks for another protocol, None as long as HTTP is spoken.

        A malformed message is found in `refused`, behind the messages before it.
        """
        unfinished = self.latest if self.within and not self.in_head else None
        self._reads.append(data)
        self._read_size += len(data)
        self._completed = False
        self._counted = 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            return data[upgrade.args[0] :]
        except httptools.HttpParserError:
            self.refused = self.refused or RefusedError(400, _MALFORMED)
        if not self.in_head:
            self._reads.clear()
            self._read_size = 0
            self._foreign = 0
            self._count_between(len(data), unfinished)
            return None
        if self._completed:
            self._reads[:] = [data]
            self._read_size = self._foreign = len(data)
        if self._read_size - self._foreign > self._limits.head:
            self.refused = self.refused or self._too_long()
        return None

    def _count_between(self, size: int, unfinished: Incoming | None) -> None:
        """Count what of a read belongs to no head and no body; llhttp takes any amount of it."""
        self._between = max(0, self._between + size - self._counted)
        if self._between > self._limits.head:
            text = f"More than {self._limits.head} bytes in trailers, chunk extensions or blank lines."
            self.refused = self.refused or RefusedError(431, text)
            self.arrived.clear()  # one of those in this read is it, or the one whose body it has ended
            if unfinished is not None:
                unfinished.complete = False
        if self._completed:
            self._between = 0

    def _too_long(self) -> RefusedError:
        if len(self._url) > self._limits.target:
            return RefusedError(414, f"The target is longer than {self._limits.target} bytes.")
        return RefusedError(431, f"The head is larger than {self._limits.head} bytes.")

    # -- llhttp's callbacks

    def on_message_begin(self) -> None:
        """A message begins."""
        self._url = b""
        self._headers = []
        self._trailers = 0
        self.within = self.in_head = True

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field; trailers come here, too, and belong to nobody."""
        if self.in_head:
            self._headers.append((name.lower(), value))
            return
        self._trailers += 1
        if self._trailers > self._limits.header_count:
            text = f"More than {self._limits.header_count} trailer fields."
            self.refused = self.refused or RefusedError(431, text)

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self.in_head = False
        self._counted += self._size()
        if self.refused is not None:
            return
        try:
            if self._size() > self._limits.head:
                raise self._too_long()
            target = self._targets.of_url(self._parser.get_method(), self._url)
            head = self._head()
        except RefusedError as error:
            self.refused = error
            return
        self.latest = Incoming(head, target, self._url)
        self.arrived.append(self.latest)

    def _size(self) -> int:
        """Bytes of the head, or as many more as do not matter."""
        # PERF: a head is not larger than what it came in.
        if self._read_size <= self._limits.head:
            return self._read_size
        return len(self._url) + sum(len(name) + len(value) + 4 for name, value in self._headers)

    def _head(self) -> Head:
        headers, keep_alive = self._headers, self._parser.should_keep_alive()
        fields = dict(headers)
        # PERF: `get_http_version` formats a string; all that stays open and has no Connection field is 1.1.
        usual = keep_alive and b"connection" not in fields
        return read_head(headers, fields, "1.1" if usual else self._version(), keep_alive, self._limits)

    def _version(self) -> str:
        """The version of the message; llhttp takes others than HTTP/1.0 and 1.1, and never keeps those alive."""
        version: str = self._parser.get_http_version()
        if version not in ("1.0", "1.1") or self._url + b" HTTP/1." not in b"".join(self._reads):
            raise RefusedError(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
        return version

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        incoming = self.latest
        self._counted += len(body) + _CHUNK_FRAME
        if incoming is None or self.refused is not None:
            return
        incoming.received += len(body)
        if incoming.received > self._limits.body:
            self.refused = RefusedError(413, f"The body is larger than {self._limits.body} bytes.")
        else:
            incoming.chunks.append(body)

    def on_message_complete(self) -> None:
        """The message is complete."""
        self.within = False
        self._completed = True
        if self.latest is not None and self.refused is None:
            self.latest.complete = True
