"""What is sent to confuse a server, and what it must make of it.

A reply of 400 says that the message is malformed. After a refusal nothing of the connection is read any more, so what
follows - the smuggled request - is never answered.
"""

from dataclasses import dataclass

HOST = b"Host: test.example\r\n"
SMUGGLED = b"GET /echo/smuggled HTTP/1.1\r\nHost: test.example\r\n\r\n"
GET = b"GET /static HTTP/1.1\r\n" + HOST
POST = b"POST /echo/first HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CLOSE = b"Connection: close\r\n"
BODY = b"5\r\nabcde\r\n0\r\n\r\n"
LARGEST_TARGET = 16_384
LARGEST_HEAD = 65_536
MOST_HEADERS = 128
LARGEST_BODY = 1_073_741_824


@dataclass(frozen=True, slots=True)
class Attack:
    """One of them.

    Attributes:
        name: What the test is called.
        sent: All bytes.
        statuses: Of the replies, in order.
        or_else: Statuses that are as good.
        ended: Whether the server then ends the connection.
        never: What must not be in any reply.
        says: What must be.
    """

    name: str
    sent: bytes
    statuses: tuple[int, ...] = (400,)
    or_else: tuple[int, ...] | None = None
    ended: bool = True
    never: bytes = b"smuggled"
    says: bytes = b""


def get(*lines: bytes, more: bytes = SMUGGLED) -> bytes:
    """A GET with header lines of its own, and what follows."""
    return GET + b"".join(lines) + b"\r\n" + more


def post(*lines: bytes, body: bytes = b"", more: bytes = SMUGGLED) -> bytes:
    """A POST likewise."""
    return POST + b"".join(lines) + b"\r\n" + body + more


def chunked(body: bytes, more: bytes = SMUGGLED) -> bytes:
    """A POST with a body in chunks."""
    return post(CHUNKED, body=body, more=more)


TWO_FRAMINGS = [
    Attack("length, then chunked", post(b"Content-Length: 5\r\n", CHUNKED, body=BODY)),
    Attack("chunked, then length", post(CHUNKED, b"Content-Length: 5\r\n", body=BODY)),
    Attack("length of zero, then chunked", post(b"Content-Length: 0\r\n", CHUNKED, body=BODY)),
    Attack("two lengths", post(b"Content-Length: 5\r\n", b"Content-Length: 6\r\n", body=b"abcde")),
    Attack("the same length twice", post(b"Content-Length: 5\r\n", b"Content-Length: 5\r\n", body=b"abcde")),
    Attack("list of lengths", post(b"Content-Length: 5, 5\r\n", body=b"abcde")),
    Attack("length with a plus", post(b"Content-Length: +5\r\n", body=b"abcde")),
    Attack("length below zero", post(b"Content-Length: -5\r\n", body=b"abcde")),
    Attack("length in hex", post(b"Content-Length: 0x5\r\n", body=b"abcde")),
    Attack("length with an underscore", post(b"Content-Length: 1_0\r\n", body=b"abcde")),
    Attack("empty length", post(b"Content-Length:\r\n", body=b"abcde")),
    Attack("length of words", post(b"Content-Length: five\r\n", body=b"abcde")),
    Attack("length of 2^64", post(b"Content-Length: 18446744073709551616\r\n", body=b"abcde")),
    Attack("length of 2^64 - 1", post(b"Content-Length: 18446744073709551615\r\n", body=b"abcde"), (413,)),
    Attack("length in parts", post(b"Content-Length: 5 5\r\n", body=b"abcde")),
    Attack("length in Arabic digits", post("Content-Length: \u0665\r\n".encode(), body=b"abcde")),
    Attack("identity", post(b"Transfer-Encoding: identity\r\n", body=BODY), or_else=(501,)),
    Attack("chunked, gzip", post(b"Transfer-Encoding: chunked, gzip\r\n", body=BODY)),
    Attack("chunked twice in one", post(b"Transfer-Encoding: chunked, chunked\r\n", body=BODY)),
    Attack("chunked twice", post(CHUNKED, CHUNKED, body=BODY)),
    Attack("chunked, then identity", post(CHUNKED, b"Transfer-Encoding: identity\r\n", body=BODY)),
    Attack(
        "identity, then chunked",
        post(b"Transfer-Encoding: identity\r\n", CHUNKED, body=BODY),
        (501,),
        or_else=(400,),
    ),
    Attack(
        "gzip, then chunked", post(b"Transfer-Encoding: gzip\r\n", CHUNKED, body=BODY), (501,), or_else=(400,)
    ),
    Attack("gzip, chunked", post(b"Transfer-Encoding: gzip, chunked\r\n", body=BODY), (501,)),
    Attack("xchunked", post(b"Transfer-Encoding: xchunked\r\n", body=BODY), or_else=(501,)),
    Attack("quoted chunked", post(b'Transfer-Encoding: "chunked"\r\n', body=BODY), or_else=(501,)),
    Attack("empty coding", post(b"Transfer-Encoding:\r\n", body=BODY)),
    Attack("coding after a vertical tab", post(b"Transfer-Encoding: \x0bchunked\r\n", body=BODY)),
    Attack("space before the colon", post(b"Transfer-Encoding : chunked\r\n", body=BODY)),
    Attack("tab before the colon", post(b"Transfer-Encoding\t: chunked\r\n", body=BODY)),
    Attack("folded coding", post(b"Transfer-Encoding:\r\n chunked\r\n", body=BODY)),
    Attack("folded coding after a tab", post(b"X: 1\r\n\tTransfer-Encoding: chunked\r\n", body=BODY)),
    Attack("coding after NUL", post(b"Transfer-Encoding: \x00chunked\r\n", body=BODY)),
    Attack("coding in HTTP/1.0", POST.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n" + BODY + SMUGGLED),
    Attack("length in a trailer", chunked(b"0\r\nContent-Length: 50\r\n\r\n"), (400,)),
]
CHUNKS = [
    Attack("size with 0x", chunked(b"0x5\r\nabcde\r\n0\r\n\r\n")),
    Attack("size with a space before", chunked(b" 5\r\nabcde\r\n0\r\n\r\n")),
    Attack("size with a space behind", chunked(b"5 \r\nabcde\r\n0\r\n\r\n")),
    Attack("size below zero", chunked(b"-5\r\nabcde\r\n0\r\n\r\n")),
    Attack("size with a plus", chunked(b"+5\r\nabcde\r\n0\r\n\r\n")),
    Attack("no size", chunked(b"\r\nabcde\r\n0\r\n\r\n")),
    Attack("size that is no number", chunked(b"g\r\nabcde\r\n0\r\n\r\n")),
    Attack("size of 2^64", chunked(b"10000000000000000\r\nabcde\r\n0\r\n\r\n")),
    # The size that a chunk announces is llhttp's secret: a large one is refused once it has arrived, or is too late.
    Attack("line feed alone after the size", chunked(b"5\nabcde\r\n0\r\n\r\n")),
    Attack("line feed alone after the chunk", chunked(b"5\r\nabcde\n0\r\n\r\n")),
    Attack("line feed alone at the end", chunked(b"5\r\nabcde\r\n0\n\n")),
    Attack("no line end after the chunk", chunked(b"5\r\nabcde0\r\n\r\n")),
    Attack("chunk longer than its size", chunked(b"3\r\nabcde\r\n0\r\n\r\n")),
    Attack("line feed in an extension", chunked(b"5;a\nb\r\nabcde\r\n0\r\n\r\n")),
    Attack("carriage return in an extension", chunked(b"5;a\rb\r\nabcde\r\n0\r\n\r\n")),
    Attack("line feed in a quoted extension", chunked(b'5;a="\n"\r\nabcde\r\n0\r\n\r\n')),
    Attack("folded trailer", chunked(b"0\r\nX: 1\r\n folded\r\n\r\n")),
    Attack("trailer without a colon", chunked(b"0\r\nX\r\n\r\n")),
    Attack("long extension", chunked(b"5;" + b"x" * 100_000 + b"\r\nabcde\r\n0\r\n\r\n"), or_else=(431,)),
    Attack(
        "many extensions",
        chunked(b"".join(b"1;%b\r\na\r\n" % (b"x" * 5000) for _ in range(40)) + b"0\r\n\r\n"),
        or_else=(431,),
    ),
    Attack("long zero", chunked(b"0" * 100_000 + b"5\r\nabcde\r\n0\r\n\r\n"), or_else=(431,)),
    Attack("long trailer", chunked(b"0\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"), (431,)),
    Attack("many trailers", chunked(b"0\r\n" + b"X: 1\r\n" * 1000 + b"\r\n"), (431,)),
    Attack(
        "trailers that look like headers",
        post(CHUNKED, CLOSE, body=b"5\r\nabcde\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\nHost: evil\r\n\r\n"),
        (200,),
        never=b"6.6.6.6",
    ),
]
FIELDS = [
    Attack("folded header", get(b"X: a\r\n b\r\n")),
    Attack("first header folded", b"GET /static HTTP/1.1\r\n Host: test.example\r\n\r\n" + SMUGGLED),
    Attack("line feeds alone", b"GET /static HTTP/1.1\nHost: test.example\n\n" + SMUGGLED),
    Attack("line feed alone after a header", get(b"X: a\n")),
    Attack("line feed alone at the end of the head", GET + b"\n" + SMUGGLED),
    Attack("carriage return alone", get(b"X: a\rY: b\r\n")),
    Attack("two carriage returns", get(b"X: a\r\r\n")),
    Attack("NUL in a value", get(b"X: a\x00b\r\n")),
    Attack("control character in a value", get(b"X: a\x01b\r\n")),
    Attack("delete in a value", get(b"X: a\x7fb\r\n")),
    Attack("NUL in a name", get(b"X\x00Y: a\r\n")),
    Attack("space in a name", get(b"X Y: a\r\n")),
    Attack("name of eight bits", get(b"X\xff: a\r\n")),
    Attack("no name", get(b": a\r\n")),
    Attack("no colon", get(b"X\r\n")),
    Attack("bracket in a name", get(b"X[: a\r\n")),
    Attack("request line as a header", get(b"GET /echo/smuggled HTTP/1.1\r\n")),
]
HOSTS = [
    Attack("no Host", b"GET /static HTTP/1.1\r\n\r\n" + SMUGGLED),
    Attack("two Hosts", get(HOST)),
    Attack("two Hosts, one in other case", get(b"hOST: other.example\r\n")),
    Attack(
        "Host and target that differ",
        b"GET http://other.example/static HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
        (200,),
    ),
    Attack("no Host in HTTP/1.0", b"GET /static HTTP/1.0\r\n\r\n", (200,)),
]
LINES = [
    Attack("HTTP/0.9 without a version", b"GET /static\r\n" + SMUGGLED),
    Attack("HTTP/0.9", b"GET /static HTTP/0.9\r\n" + HOST + b"\r\n" + SMUGGLED, (505,)),
    Attack("HTTP/2.0", b"GET /static HTTP/2.0\r\n" + HOST + b"\r\n" + SMUGGLED, (505,)),
    Attack("preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SMUGGLED, (505,), or_else=(400,)),
    Attack("HTTP/1.2", b"GET /static HTTP/1.2\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("HTTP/1.10", b"GET /static HTTP/1.10\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("HTTP/11", b"GET /static HTTP/11\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("version in lower case", b"GET /static http/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("RTSP", b"OPTIONS rtsp://test.example/static RTSP/1.0\r\n" + HOST + b"\r\n" + SMUGGLED, (505,)),
    Attack(
        "RTSP method", b"DESCRIBE rtsp://test.example/static RTSP/1.0\r\n" + HOST + b"\r\n" + SMUGGLED, (505,)
    ),
    Attack("ICE", b"SOURCE /static ICE/1.0\r\n" + HOST + b"\r\n" + SMUGGLED, (505,)),
    Attack("unknown method", b"FOO /static HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("method in lower case", b"get /static HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("tab in the line", b"GET\t/static HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("space behind the line", b"GET /static HTTP/1.1 \r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("space before the line", b" GET /static HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("no target", b"GET HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("space in the target", b"GET /static HTTP/1.1 HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("eight bits in the target", b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("NUL in the target", b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("target without a slash", b"GET static HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("asterisk", b"OPTIONS * HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n", (404,)),
    Attack(
        "absolute target",
        b"GET http://test.example/echo/1?a=b HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
        (200,),
        says=b'"path":"/echo/1","query":"a=b"',
    ),
    Attack(
        "absolute target without a path",
        b"GET http://test.example HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
        (404,),
    ),
    Attack(
        "fragment",
        b"GET /echo/1#part HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
        (200,),
        says=b'"path":"/echo/1"',
    ),
    Attack("CONNECT", b"CONNECT test.example:80 HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("CONNECT without a port", b"CONNECT test HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED),
    Attack("line feed before the line", b"\n" + get(CLOSE, more=b""), (200,), or_else=(400,)),
    Attack("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    Attack("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
    Attack("what is not HTTP", b"hello\r\n"),
    Attack("endless blank lines", b"\r\n" * 50_000, (400,), or_else=(431,)),
]
SIZES = [
    Attack(
        "long target", b"GET /" + b"a" * LARGEST_TARGET + b" HTTP/1.1\r\n" + HOST + b"\r\n" + SMUGGLED, (414,)
    ),
    Attack("long target without an end", b"GET /" + b"a" * (2 * LARGEST_HEAD), (414,)),
    Attack("long header", get(b"X: " + b"a" * LARGEST_HEAD + b"\r\n"), (431,)),
    Attack("long header without an end", GET + b"X: " + b"a" * (2 * LARGEST_HEAD), (431,)),
    Attack("long name without an end", GET + b"x" * (2 * LARGEST_HEAD), (431,)),
    Attack("many long headers", get((b"X: " + b"a" * 1000 + b"\r\n") * 100), (431,)),
    Attack("many headers", get(b"X: a\r\n" * MOST_HEADERS), (431,)),
    Attack("as many headers as allowed", get(b"X: a\r\n" * (MOST_HEADERS - 2), CLOSE, more=b""), (200,)),
    Attack("long method", b"G" * (2 * LARGEST_HEAD)),
    Attack("large body announced", post(b"Content-Length: %d\r\n" % (LARGEST_BODY + 1), body=b"a"), (413,)),
    Attack(
        "large body announced to who waits for 100-continue",
        post(b"Content-Length: %d\r\n" % (LARGEST_BODY + 1), b"Expect: 100-continue\r\n", more=b""),
        (413,),
    ),
    Attack(
        "digits of a length without an end",
        post(b"Content-Length: " + b"0" * LARGEST_HEAD + b"1\r\n"),
        (431,),
    ),
]
ENDS = [
    Attack("request after connection: close", get(CLOSE), (200,)),
    Attack("request after HTTP/1.0", b"GET /static HTTP/1.0\r\n\r\n" + SMUGGLED, (200,)),
    Attack("request after a broken one", get(b"X\r\n"), (400,)),
    Attack("broken request after a good one", get(more=b"GET /broken\x00\r\n\r\n"), (200, 400)),
    Attack("request after a refused body", post(b"Content-Length: 9999999999\r\n"), (413,)),
    Attack(
        "body that is a request",
        post(b"Content-Length: %d\r\n" % len(SMUGGLED), CLOSE, body=SMUGGLED, more=b""),
        (200,),
    ),
    Attack(
        "GET with a body that is a request", get(b"Content-Length: %d\r\n" % len(SMUGGLED), CLOSE), (200,)
    ),
    Attack(
        "upgrade that is none, with a request as its body",
        post(
            b"Connection: Upgrade, close\r\nUpgrade: foo\r\n",
            b"Content-Length: %d\r\n" % len(SMUGGLED),
            body=SMUGGLED,
            more=b"",
        ),
        (200,),
    ),
    Attack(
        "upgrade without a protocol",
        get(b"Connection: Upgrade\r\n", more=GET + CLOSE + b"\r\n"),
        (200, 200),
    ),
    Attack(
        "upgrade to h2c, chunked",
        post(
            b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n",
            CHUNKED,
            body=BODY,
            more=GET + CLOSE + b"\r\n",
        ),
        (200, 200),
        says=b'"size":5',
    ),
    Attack(
        "upgrade in HTTP/1.0",
        GET.replace(b"1.1", b"1.0") + b"Connection: Upgrade\r\nUpgrade: foo\r\n\r\n",
        (200,),
    ),
    Attack(
        "body after an expectation",
        post(b"Expect: 100-continue\r\n", CLOSE, b"Content-Length: 5\r\n", body=b"abcde", more=b""),
        (200,),
    ),
    Attack(
        "other expectation",
        post(b"Expect: tea\r\n", CLOSE, b"Content-Length: 5\r\n", body=b"abcde", more=b""),
        (200,),
    ),
]
SPLITTING = [
    Attack(
        f"{kind} with {what}",
        f"GET /{kind}?name={name}&value={value} HTTP/1.1\r\n".encode() + HOST + CLOSE + b"\r\n",
        (500,),
        never=b"injected",
    )
    for kind in ("header", "response-header", "raw-header")
    for what, name, value in (
        ("a line end in its value", "x-a", "1%0D%0Ainjected:%201"),
        ("a line feed in its value", "x-a", "1%0Ainjected:%201"),
        ("a carriage return in its value", "x-a", "1%0Dinjected:%201"),
        ("NUL in its value", "x-a", "1%00injected"),
        ("a line end in its name", "x%0D%0Ainjected:a", "1"),
        ("a space in its name", "x%20injected", "1"),
        ("a colon in its name", "x:injected", "1"),
        ("an empty name", "", "injected"),
    )
]
ATTACKS = [*TWO_FRAMINGS, *CHUNKS, *FIELDS, *HOSTS, *LINES, *SIZES, *ENDS, *SPLITTING]
