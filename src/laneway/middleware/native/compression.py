"""Compressed bodies: what to compress, and when; the compressor itself is given."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from laneway.middleware.native.arriving import Arriving
from laneway.middleware.native.fields import drop, put, value_of, vary_on
from laneway.middleware.native.filters import Filter
from laneway.middleware.native.hooks import Hook
from laneway.types import RawHeaders

_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class Compressor(Protocol):
    """Compresses one body."""

    def part(self, body: bytes, more: bool) -> bytes:
        """A part of it; readable by itself, so that a stream does not stall."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Which responses are compressed.

    Attributes:
        minimum_size: Bytes of the smallest body that is worth it.
        thread_size: Bytes of a part from which on a thread compresses it.
        excluded: Content types that are compressed already or must not be; `audio/*` for all of a kind.
    """

    minimum_size: int
    thread_size: int
    excluded: frozenset[str]

    def exclude(self, status: int, headers: RawHeaders) -> bool:
        """Whether a response goes out as it is, whatever its size."""
        if status == 206 or value_of(headers, b"content-encoding") is not None:
            return True
        media_type = (value_of(headers, b"content-type") or b"").decode("latin-1")
        media_type = media_type.partition(";")[0].strip().lower()
        kinds = {media_type, media_type.partition("/")[0] + "/*"}
        if media_type.startswith("application/grpc+"):
            kinds.add("application/grpc")
        return not kinds.isdisjoint(self.excluded)


class Compressing(Filter):
    """Compresses one response, if its body is worth it.

    Args:
        rules: Which responses.
        encoding: The content coding; None for a client that takes none.
        make: Gives a compressor.
    """

    on_failure = False

    def __init__(self, rules: Rules, encoding: bytes | None, make: Callable[[], Compressor] | None) -> None:
        self._rules = rules
        self._encoding = encoding
        self._make = make
        self._compressor: Compressor | None = None
        self._first = True
        self._headers: RawHeaders = []
        self.thread_size = rules.thread_size if make is not None else None

    def begin(self, status: int, headers: RawHeaders) -> bool:
        """Wait for the body, unless it goes out as it is anyway."""
        self._headers = headers
        return not self._rules.exclude(status, headers)

    def add(self, body: bytes, more: bool) -> bytes:
        """A part of the body; the first one decides."""
        if self._first:
            self._first = False
            if more or len(body) >= self._rules.minimum_size:
                return self._begin_body(body, more)
            return body
        return body if self._compressor is None else self._compressor.part(body, more)

    def _begin_body(self, body: bytes, more: bool) -> bytes:
        headers = self._headers
        vary_on(headers, b"Accept-Encoding")
        if self._make is None or self._encoding is None:
            return body
        self._compressor = self._make()
        compressed = self._compressor.part(body, more)
        put(headers, b"content-encoding", self._encoding)
        if more:
            drop(headers, b"content-length")
        else:
            put(headers, b"content-length", b"%d" % len(compressed))
        return compressed


class Gzip:
    """Compresses one body with gzip.

    Args:
        level: 0 to 9.
    """

    def __init__(self, level: int) -> None:
        self._stream = zlib.compressobj(level, zlib.DEFLATED, _GZIP_WINDOW)

    def part(self, body: bytes, more: bool) -> bytes:
        """A part of it."""
        return self._stream.compress(body) + self._stream.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)


class NativeGZip(Hook, GZipMiddleware):
    """Starlette's `GZipMiddleware`."""

    def __init__(self, app: ASGIApp, *args: Any, **options: Any) -> None:
        super().__init__(app, *args, **options)
        self._rules = Rules(
            self.minimum_size, self.thread_minimum_size, frozenset(self.exclude_content_types)
        )

    def open(self, request: Arriving) -> Filter:
        """What compresses the response."""
        if b"gzip" in (value_of(request.headers, b"accept-encoding") or b""):
            return Compressing(self._rules, b"gzip", lambda: Gzip(self.compresslevel))
        return Compressing(self._rules, None, None)
