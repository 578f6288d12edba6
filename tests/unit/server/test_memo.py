"""Heads that are remembered: only those that mean the same whenever their bytes come again."""

import pytest

from laneway.server.direct.head import Head
from laneway.server.direct.memo import memo_of

HOST = (b"host", b"a")
LENGTH = (b"content-length", b"3")
READ = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"


def test_a_request_that_came_in_one_read_is_remembered() -> None:
    memo = memo_of(READ, b"/x", Head([HOST]))

    assert memo is not None
    assert memo.block == b"\r\nHost: a\r\n\r\n"
    assert memo.size == len(memo.block)


def test_of_a_body_only_the_length_is_remembered() -> None:
    memo = memo_of(POST, b"/x", Head([HOST, LENGTH], length=3))

    assert memo is not None
    assert memo.body_size == 3
    assert POST[: len(POST) - memo.size] == b"POST /x HTTP/1.1"


@pytest.mark.parametrize(
    "read",
    [
        READ + b"GET /y HTTP/1.1\r\nHost: a\r\n\r\n",
        READ + b"\r\n",
        READ + b"G",
        b"\r\n" + READ,
        POST[:-1],
    ],
    ids=[
        "two requests",
        "a blank line behind",
        "the next begins",
        "a blank line before",
        "a part of the body",
    ],
)
def test_a_read_that_is_more_or_less_than_one_request_is_not(read: bytes) -> None:
    assert memo_of(read, b"/x", Head([HOST])) is None


@pytest.mark.parametrize(
    "head",
    [
        Head([HOST], keep_alive=False),
        Head([HOST], version="1.0"),
        Head([HOST], length=None),
        Head([HOST], expects=True),
        Head([HOST], upgrade=b"h2c"),
        Head([HOST, (b"x", b"1")]),
    ],
    ids=["the last one", "HTTP/1.0", "chunks", "100-continue", "an upgrade", "a field that has no line"],
)
def test_a_head_that_asks_for_more_than_an_answer_is_not(head: Head) -> None:
    assert memo_of(READ, b"/x", head) is None


def test_a_large_head_is_not() -> None:
    field = (b"x", b"1" * 9000)
    read = b"GET /x HTTP/1.1\r\nHost: a\r\nX: " + field[1] + b"\r\n\r\n"

    assert memo_of(read, b"/x", Head([HOST, field])) is None
