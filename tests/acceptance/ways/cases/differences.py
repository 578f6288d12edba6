"""What the direct path does otherwise than uvicorn, on purpose, and why.

All other behaviour is the same: `test_same_replies.py` and `test_connections.py` say so.
"""

from dataclasses import dataclass

from ..wire import chunked, get

PING = get("/number").raw
LAST = get("/number", ("Connection", "close")).raw
HOST = b"Host: test.example\r\n"
LONG = b"x" * 70_000
ECHO = b"POST /raw-headers HTTP/1.1\r\n" + HOST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
TRAILERS = chunked([b"body"], (("X-Forwarded-For", "6.6.6.6"),))


@dataclass(frozen=True, slots=True)
class Difference:
    """One of them.

    Attributes:
        name: What the test is called.
        reason: Why it is worth a difference.
        sent: What the client sends.
        uvicorn: The statuses of uvicorn's replies.
        direct: The statuses of ours.
        uvicorn_says: What is in uvicorn's replies.
        direct_never_says: What is not in ours.
    """

    name: str
    reason: str
    sent: bytes
    uvicorn: tuple[int, ...]
    direct: tuple[int, ...]
    uvicorn_says: bytes = b""
    direct_never_says: bytes = b"\0"


NO_FRAMING_IN_DOUBT = "two programs that read one message in two ways are how requests are smuggled"
ONE_HOST = "RFC 9112 3.2: a server must answer 400; routing and caches in front rely on the one Host"
ONE_VERSION = "it is no HTTP/1.x, which is all that is spoken here"
LIMITED = "what a client sends before anybody looks at it must be bounded"

DIFFERENCES = [
    Difference("no Host", ONE_HOST, b"GET /number HTTP/1.1\r\nConnection: close\r\n\r\n", (200,), (400,)),
    Difference(
        "two Hosts",
        ONE_HOST,
        b"GET /number HTTP/1.1\r\nConnection: close\r\n" + HOST * 2 + b"\r\n",
        (200,),
        (400,),
    ),
    Difference("HTTP/0.9", ONE_VERSION, b"GET /number HTTP/0.9\r\n" + HOST + b"\r\n", (200,), (505,)),
    Difference("HTTP/2.0", ONE_VERSION, b"GET /number HTTP/2.0\r\n" + HOST + b"\r\n", (200,), (505,)),
    Difference(
        "trailers are no headers",
        "a proxy checks the headers it forwards, not the trailers: X-Forwarded-For or Authorization could be forged",
        ECHO + TRAILERS,
        (200,),
        (200,),
        uvicorn_says=b"6.6.6.6",
        direct_never_says=b"6.6.6.6",
    ),
    Difference(
        "long target",
        LIMITED,
        b"GET /number?" + LONG[:30_000] + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
        (200,),
        (414,),
    ),
    Difference(
        "long head",
        LIMITED,
        b"GET /number HTTP/1.1\r\n" + HOST + b"Connection: close\r\nX: " + LONG + b"\r\n\r\n",
        (200,),
        (431,),
    ),
    Difference(
        "many headers",
        LIMITED,
        b"GET /number HTTP/1.1\r\n" + HOST + b"Connection: close\r\n" + b"X: 1\r\n" * 1000 + b"\r\n",
        (200,),
        (431,),
    ),
    Difference(
        "coding under chunked",
        "a body that cannot be decoded must not be taken for a plain one (RFC 9112 6.1: 501)",
        b"POST /unread HTTP/1.1\r\n"
        + HOST
        + b"Connection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        (200,),
        (501,),
    ),
    Difference(
        "chunked in HTTP/1.0",
        NO_FRAMING_IN_DOUBT,
        b"POST /unread HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        (200,),
        (400,),
    ),
    Difference(
        "upgrade to what nobody speaks, with a body",
        "Java's HttpClient offers h2c with every request; the offer is to be ignored, not the body (uvicorn #2722)",
        b"POST /request-json HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nContent-Length: 2\r\n\r\n{}" + LAST,
        (500,),
        (200, 200),
    ),
    Difference(
        "stream for HTTP/1.0",
        "RFC 9112 7.1: chunks are only for who speaks HTTP/1.1; the end of the connection ends this one",
        get("/stream", version="1.0").raw,
        (200,),
        (200,),
        uvicorn_says=b"0\r\n\r\n",
        direct_never_says=b"0\r\n\r\n",
    ),
    Difference(
        "answers before a broken request",
        "what was asked before the error has an answer, and the client can tell which one failed",
        get("/sleeps").raw + b"GET /broken\x00 HTTP/1.1\r\n\r\n",
        (400,),
        (200, 400),
    ),
]
