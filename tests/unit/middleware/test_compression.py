"""`CompressionMiddleware`: what is chosen, and what happens where a coding is missing."""

import gzip
import logging
import sys
from types import ModuleType
from typing import Any

import pytest

from laneway.middleware.compression import CompressionMiddleware, best_encoding

from .asked import answering, ask, scope_of

BODY = b"word " * 1000


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("gzip, zstd", "zstd"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("zstd;q=0, gzip;q=0", None),
        ("*", "zstd"),
        ("*;q=0.1, gzip;q=0.2", "gzip"),
        ("zstd;q=0, *", "gzip"),
        ("GZIP ; Q=0.3", "gzip"),
        ("br, deflate", None),
        ("gzip;q=nonsense", None),
        ("gzip;level=1", "gzip"),
    ],
)
def test_the_client_chooses_and_then_the_server(accepted: str, chosen: str | None) -> None:
    assert best_encoding(accepted, ("zstd", "gzip")) == chosen


class FakeZstd:
    """Has the methods of `compression.zstd.ZstdCompressor` that are used, and compresses nothing."""

    FLUSH_BLOCK = 1
    FLUSH_FRAME = 2

    def __init__(self, level: int) -> None:
        self.level = level

    def compress(self, data: bytes, mode: int) -> bytes:
        return b"<%d:%d:%d>" % (self.level, len(data), mode)


@pytest.fixture
def zstd(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that has zstd."""
    module: Any = ModuleType("compression.zstd")
    module.ZstdCompressor = FakeZstd
    monkeypatch.setitem(sys.modules, "compression", ModuleType("compression"))
    monkeypatch.setitem(sys.modules, "compression.zstd", module)


@pytest.mark.usefixtures("zstd")
def test_zstd_is_used_where_there_is_one() -> None:
    layer = CompressionMiddleware(answering(200, [], [BODY[:3000], BODY[3000:]]))

    start, first, last = ask(layer, scope_of(headers=[(b"accept-encoding", b"gzip, zstd")]))

    assert (b"content-encoding", b"zstd") in start["headers"]
    assert (b"vary", b"Accept-Encoding") in start["headers"]
    assert [first["body"], last["body"]] == [b"<3:3000:1>", b"<3:2000:2>"]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this interpreter has zstd")
def test_a_missing_zstd_is_told_once_at_start(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "laneway"):
        layer = CompressionMiddleware(answering(200, [(b"content-length", b"5000")], [BODY]))
    start, body = ask(layer, scope_of(headers=[(b"accept-encoding", b"gzip, zstd")]))

    assert "No zstd" in caplog.text
    assert layer.encodings == ("gzip",)
    assert (b"content-length", b"%d" % len(body["body"])) in start["headers"]
    assert gzip.decompress(body["body"]) == BODY


def test_an_unknown_coding_is_refused() -> None:
    with pytest.raises(ValueError, match="not br"):
        CompressionMiddleware(answering(200, [], [b""]), encodings=["br"])
