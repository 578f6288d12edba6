"""Conversations of more than one request, or of one in awkward pieces."""

from ..conversations import Conversation, half_close, hear, hear_the_end, send
from ..wire import Request, chunked, get, post

PING = get("/number").raw
CLOSE = ("Connection", "close")
ORDER = b'{"name":"tea"}'
POST = post("/orders", ORDER).raw
EXPECTING = Request(
    "POST", "/orders", (("Content-Type", "application/json"), ("Expect", "100-continue")), ORDER
)
IN_CHUNKS = Request("POST", "/orders", (("Content-Type", "application/json"),), chunks=(ORDER[:5], ORDER[5:]))
JSON_HEAD = b"POST /orders HTTP/1.1\r\nHost: test.example\r\nContent-Type: application/json\r\n"


def old(target: str, *headers: tuple[str, str]) -> bytes:
    """A request of HTTP/1.0."""
    return get(target, *headers, version="1.0").raw


def bytewise(raw: bytes) -> tuple[bytes, ...]:
    """Each byte by itself."""
    return tuple(bytes([byte]) for byte in raw)


KEEPING = [
    Conversation("keep-alive", (send(PING), hear(), send(PING), hear()), (200, 200)),
    Conversation("ten requests one after the other", tuple([send(PING), hear()] * 10), (200,) * 10),
    Conversation("connection: close", (send(get("/number", CLOSE).raw), hear(), hear_the_end), (200,)),
    Conversation(
        "connection: close in other case",
        (send(get("/number", ("CONNECTION", "Close")).raw), hear(), hear_the_end),
        (200,),
    ),
    Conversation(
        "connection: close among others",
        (send(get("/number", ("Connection", "foo, close")).raw), hear(), hear_the_end),
        (200,),
    ),
    Conversation(
        "connection: close of a POST",
        (send(post("/orders", ORDER, "application/json", CLOSE).raw), hear(), hear_the_end),
        (200,),
    ),
    Conversation(
        "connection: close of a stream", (send(get("/stream", CLOSE).raw), hear(), hear_the_end), (200,)
    ),
    Conversation("the reply closes", (send(get("/close").raw), hear(), hear_the_end), (200,)),
    Conversation("HTTP/1.0", (send(old("/number")), hear(), hear_the_end), (200,)),
    Conversation(
        "HTTP/1.0 without a host", (send(b"GET /number HTTP/1.0\r\n\r\n"), hear(), hear_the_end), (200,)
    ),
    Conversation("HTTP/1.0 stream", (send(old("/stream-with-length")), hear(), hear_the_end), (200,)),
    Conversation("open after a 404", (send(get("/nowhere").raw), hear(), send(PING), hear()), (404, 200)),
    Conversation(
        "open after a 422", (send(post("/orders", b"{").raw), hear(), send(PING), hear()), (422, 200)
    ),
    Conversation(
        "open after an unread body",
        (send(post("/unread", b"x" * 900).raw), hear(), send(PING), hear()),
        (200, 200),
    ),
    Conversation(
        "open after a body to a 404",
        (send(post("/nowhere", b"x" * 900).raw), hear(), send(PING), hear()),
        (404, 200),
    ),
    Conversation(
        "open after HEAD",
        (send(Request("HEAD", "/many").raw), hear(to_head=True), send(PING), hear()),
        (200, 200),
    ),
    Conversation(
        "open after no content", (send(get("/no-content").raw), hear(), send(PING), hear()), (204, 200)
    ),
    Conversation(
        "open after not modified", (send(get("/not-modified").raw), hear(), send(PING), hear()), (304, 200)
    ),
    Conversation("open after a stream", (send(get("/stream").raw), hear(), send(PING), hear()), (200, 200)),
    Conversation("open after a file", (send(get("/file-class").raw), hear(), send(PING), hear()), (200, 200)),
    Conversation(
        "open after HEAD of a file",
        (send(Request("HEAD", "/file").raw), hear(to_head=True), send(PING), hear()),
        (200, 200),
    ),
    Conversation(
        "open after background work", (send(get("/background").raw), hear(), send(PING), hear()), (200, 200)
    ),
    Conversation(
        "context of one request is not that of the next",
        (
            send(get("/context?value=a").raw),
            hear(),
            send(get("/context?value=b").raw),
            hear(),
            send(get("/context-sync?value=c").raw),
            hear(),
            send(get("/context?value=d").raw),
            hear(),
        ),
        (200,) * 4,
        (b"nothing",) * 4,
    ),
    Conversation(
        "state of one request is not that of the next",
        (send(get("/scope-state").raw), hear(), send(get("/scope-state").raw), hear()),
        (200, 200),
        (b"null", b"null"),
    ),
    Conversation(
        "headers of one request are not those of the next",
        (
            send(get("/cookie", ("Cookie", "session=a")).raw),
            hear(),
            send(get("/cookie").raw),
            hear(),
            send(get("/cookie", ("Cookie", "n=2")).raw),
            hear(),
        ),
        (200,) * 3,
        (b'"a"', b'{"session":null,"n":0}', b'{"session":null,"n":2}'),
    ),
]
PIPELINED = [
    Conversation("two at once", (send(PING + PING), hear(2)), (200, 200)),
    Conversation(
        "twenty at once",
        (send(b"".join(get(f"/items/{n}").raw for n in range(20))), hear(20)),
        (200,) * 20,
        tuple(b'"item_id":%d,' % n for n in range(20)),
    ),
    Conversation("slow before fast", (send(get("/sleeps").raw + PING), hear(2)), (200, 200), (b"0.02", b"1")),
    Conversation(
        "def, async, stream, file in order",
        (
            send(
                get("/sync").raw
                + PING
                + get("/stream").raw
                + get("/lines-sync").raw
                + get("/file").raw
                + get("/sleeps").raw
                + get("/sync").raw
            ),
            hear(7),
        ),
        (200,) * 7,
        (b"thread", b"1", b"abbccc", b"number", b"0123", b"0.02", b"thread"),
    ),
    Conversation(
        "posts and gets in order",
        (send(POST + PING + IN_CHUNKS.raw + POST), hear(4)),
        (200,) * 4,
        (b"tea", b"1", b"tea", b"tea"),
    ),
    Conversation(
        "errors in order",
        (send(get("/http-error").raw + get("/nowhere").raw + get("/handled").raw + PING), hear(4)),
        (404, 404, 503, 200),
    ),
    Conversation(
        "mounted and plain in order",
        (send(get("/child/where/a").raw + PING + get("/raw-asgi/x").raw + PING), hear(4)),
        (200,) * 4,
        (b'"a"', b"1", b"raw-asgi", b"1"),
    ),
    Conversation(
        "the last closes", (send(PING + get("/number", CLOSE).raw), hear(2), hear_the_end), (200, 200)
    ),
    Conversation("large replies in order", (send(get("/large?size=300000").raw * 3), hear(3)), (200,) * 3),
    Conversation(
        "second in two pieces", (send(PING + PING[:10]), hear(), send(PING[10:]), hear()), (200, 200)
    ),
    Conversation("blank lines between", (send(PING + b"\r\n" + PING), hear(2)), (200, 200)),
]
PIECES = [
    Conversation("head byte by byte", (send(*bytewise(PING)), hear()), (200,)),
    Conversation("POST byte by byte", (send(*bytewise(POST)), hear()), (200,), (b"tea",)),
    Conversation("chunks byte by byte", (send(*bytewise(IN_CHUNKS.raw)), hear()), (200,), (b"tea",)),
    Conversation("body after the head", (send(POST[: -len(ORDER)]), send(ORDER), hear()), (200,), (b"tea",)),
    Conversation(
        "chunk extension",
        (
            send(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\ne;a=b\r\n" + ORDER + b"\r\n0\r\n\r\n"),
            hear(),
            send(PING),
            hear(),
        ),
        (200, 200),
    ),
    Conversation(
        "chunk size with zeros and capitals",
        (
            send(JSON_HEAD + b"Transfer-Encoding: Chunked\r\n\r\n00E\r\n" + ORDER + b"\r\n000\r\n\r\n"),
            hear(),
            send(PING),
            hear(),
        ),
        (200, 200),
    ),
    Conversation(
        "trailers after the read of the head",
        (
            send(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
            send(chunked([ORDER], (("X-Late", "1"),))),
            hear(),
            send(PING),
            hear(),
        ),
        (200, 200),
    ),
    Conversation("blank lines first", (send(b"\r\n\r\n" + PING), hear()), (200,)),
]
ENDED_BY_ERRORS = [  # though the reply was complete; nothing says so in its head
    Conversation(
        "closed after an unhandled error", (send(get("/unhandled").raw), hear(), hear_the_end), (500,)
    ),
    Conversation(
        "closed after a background error", (send(get("/background-fails").raw), hear(), hear_the_end), (200,)
    ),
]
EXPECTED = [
    Conversation(
        "body waits for 100-continue", (send(EXPECTING.head), hear(), send(ORDER), hear()), (100, 200)
    ),
    Conversation(
        "body in chunks waits for 100-continue",
        (
            send(JSON_HEAD + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"),
            hear(),
            send(chunked([ORDER])),
            hear(),
        ),
        (100, 200),
    ),
    Conversation(
        "expectation of what is not found",
        (send(Request("POST", "/nowhere", (("Expect", "100-continue"),), ORDER).head), hear()),
        (404,),
    ),
]
HALVES = [
    Conversation(
        "closed half after a head of which the rest is missing",
        (send(PING[:20]), half_close, hear_the_end),
        (),
    ),
    Conversation(
        "closed half after a body of which the rest is missing",
        (send(POST[:-3]), half_close, hear_the_end),
        (),
    ),
    Conversation(
        "closed half while the answer is made",
        (send(get("/sleeps?seconds=0.3").raw), half_close, hear_the_end),
        (),
    ),
    Conversation("closed half before anything", (half_close, hear_the_end), ()),
]
CONNECTIONS = [*KEEPING, *PIPELINED, *PIECES, *ENDED_BY_ERRORS, *EXPECTED, *HALVES]
