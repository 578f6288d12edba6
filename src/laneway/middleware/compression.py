"""Replies compressed with the best coding that client and interpreter have: zstd from Python 3.14 on, and gzip."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES
from starlette.types import ASGIApp

from laneway.logger import logger
from laneway.middleware.native.arriving import Arriving
from laneway.middleware.native.compression import Compressing, Compressor, Gzip, Rules
from laneway.middleware.native.fields import value_of
from laneway.middleware.native.filters import Filter
from laneway.middleware.native.hooks import Hook, PassOn

_MOST_REMEMBERED = 256
_NO_ZSTD = "No zstd: Python %d.%d has no module compression.zstd, 3.14 has. Replies are compressed with: %s"


class CompressionMiddleware(Hook, PassOn):
    """Compresses replies as `GZipMiddleware` does, with the coding that the client likes best of those there are.

    Where the interpreter has no zstd, a warning says so at start, and the other codings are used.

    Args:
        app: What lies within.
        encodings: Content codings, the best first; `zstd` and `gzip` are known.
        minimum_size: Bytes of the smallest body that is compressed.
        gzip_level: 1 (fast) to 9 (small).
        zstd_level: 1 (fast) to 22 (small).
        thread_minimum_size: Bytes of a part of a body from which on a thread compresses it.
        exclude_content_types: What goes out as it is; `audio/*` for all of a kind.

    Attributes:
        encodings: Those that there are.

    Raises:
        ValueError: A coding is not known.

    Example:
        app.add_middleware(CompressionMiddleware)
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        encodings: Sequence[str] = ("zstd", "gzip"),
        minimum_size: int = 500,
        gzip_level: int = 6,
        zstd_level: int = 3,
        thread_minimum_size: int = 131_072,
        exclude_content_types: Sequence[str] = DEFAULT_EXCLUDED_CONTENT_TYPES,
    ) -> None:
        super().__init__(app)
        if unknown := set(encodings) - {"zstd", "gzip"}:
            raise ValueError(f"CompressionMiddleware knows zstd and gzip, not {', '.join(sorted(unknown))}")
        levels = {"gzip": gzip_level, "zstd": zstd_level}
        made = {name: _maker(name, levels[name]) for name in encodings}
        self._makers = {name: make for name, make in made.items() if make is not None}
        self.encodings = tuple(self._makers)
        if "zstd" in made and "zstd" not in self._makers:
            logger.warning(_NO_ZSTD, *sys.version_info[:2], ", ".join(self.encodings) or "nothing")
        excluded = frozenset(kind.partition(";")[0].strip().lower() for kind in exclude_content_types)
        self._rules = Rules(minimum_size, thread_minimum_size, excluded)
        self._chosen: dict[bytes, str | None] = {}

    def open(self, request: Arriving) -> Filter:
        """What compresses the reply."""
        accepted = value_of(request.headers, b"accept-encoding") or b""
        if accepted not in self._chosen:
            if len(self._chosen) >= _MOST_REMEMBERED:
                self._chosen.clear()
            self._chosen[accepted] = best_encoding(accepted.decode("latin-1"), self.encodings)
        encoding = self._chosen[accepted]
        if encoding is None:
            return Compressing(self._rules, None, None)
        return Compressing(self._rules, encoding.encode("ascii"), self._makers[encoding])


def best_encoding(accepted: str, encodings: Sequence[str]) -> str | None:
    """What a client likes best of `encodings`, and of those that it likes equally the first (RFC 9110 12.5.3).

    Args:
        accepted: The header field Accept-Encoding.
        encodings: Those there are, the best first.
    """
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        name, _, parameters = part.partition(";")
        weights.setdefault(name.strip().lower(), _weight(parameters))
    other = weights.get("*", 0.0)
    liked = [(weights.get(name, other), name) for name in encodings]
    weight, name = max(liked, key=lambda one: one[0], default=(0.0, ""))
    return name if weight > 0 else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def _maker(encoding: str, level: int) -> Callable[[], Compressor] | None:
    """What makes compressors; None where the interpreter has none."""
    if encoding == "gzip":
        return lambda: Gzip(level)
    try:
        zstd = import_module("compression.zstd")
    except ImportError:
        return None
    return lambda: Zstd(zstd.ZstdCompressor(level=level))


class Zstd:
    """Compresses one body with zstd.

    Args:
        stream: A `compression.zstd.ZstdCompressor`.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def part(self, body: bytes, more: bool) -> bytes:
        """A part of it."""
        end = self._stream.FLUSH_BLOCK if more else self._stream.FLUSH_FRAME
        compressed: bytes = self._stream.compress(body, end)
        return compressed
