"""Conversations made by dice: what clients send, and what attackers make of it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

HOST = b"Host: test.example\r\n"
BROWSER = b"".join(
    b"%b: %b\r\n" % field
    for field in (
        (b"Connection", b"keep-alive"),
        (b"sec-ch-ua", b'"Chromium";v="130"'),
        (b"sec-ch-ua-mobile", b"?0"),
        (b"User-Agent", b"Mozilla/5.0 (X11; Linux x86_64)"),
        (b"Accept", b"text/html,application/xhtml+xml,*/*;q=0.8"),
        (b"Accept-Encoding", b"gzip, deflate, br"),
        (b"Accept-Language", b"de-DE,de;q=0.9"),
        (b"Cookie", b"session=abc; theme=dark"),
    )
)
HEADS = (b"", b"Accept: */*\r\n", b"User-Agent: curl/8\r\nAccept: */*\r\n", BROWSER)
QUERIES = (
    "",
    "",
    "?",
    "?q=a",
    "?q=a+b&c=%20",
    "?q=%C3%BC",
    "?%zz&q",
    "?q=a#b",
    '?q="<>',
    "?a=1;b=2",
    "?q=" + "x" * 300,
)
CHUNK_EXTENSIONS = (b"", b"", b"", b";a", b";a=b", b';a="b c"')
# What an attacker would like to have somewhere.
TOKENS = (
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Content-Length: 0\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 5, 5\r\n",
    b"Content-Length: +5\r\n",
    b"content-length: 18446744073709551616\r\n",
    b"Host: other.example\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
    b"Expect: 100-continue\r\n",
    b"X-Long: " + b"y" * 9000 + b"\r\n",
    b" folded\r\n",
    b"X\x00Y: 1\r\n",
    b"X: \xff\xfe\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b"\x00",
    b":",
    b"0\r\n\r\n",
    b"5\r\nabcde\r\n",
    b"ffffffffffffffff\r\n",
    b"HTTP/1.0",
    b"HTTP/2.0",
    b"GET /echo/smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT test:80 HTTP/1.1\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"%00",
    b"#",
    b"http://other.example/echo/a",
)


@dataclass(frozen=True, slots=True)
class Talk:
    """What a client sends on one connection.

    Attributes:
        messages: The requests; joined they are what is sent.
        marks: What the reply to each request holds.
        sound: Whether all of them are in order.
    """

    messages: tuple[bytes, ...]
    marks: tuple[bytes, ...]
    sound: bool

    @property
    def sent(self) -> bytes:
        """All bytes."""
        return b"".join(self.messages)


class Maker:
    """Makes a conversation.

    Args:
        dice: Where chance comes from.
    """

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        # Clients send the same head again and again, but for what a few of them change.
        self._heads = dice.sample(HEADS, dice.choice((1, 1, 2)))
        self._changes = dice.random() < 0.2
        self._number = 0
        self._makers: Sequence[Callable[[], tuple[bytes, bytes]]] = (
            self._static,
            self._get,
            self._get,
            self._echo,
            self._post,
            self._post,
            self._post,
            self._other,
        )

    def talk(self) -> Talk:
        """A conversation of some requests, every second one with something wrong."""
        pairs = [self._dice.choice(self._makers)() for _ in range(self._dice.randint(1, 6))]
        pairs.append((self._request("GET", "/items/999", last=True), b'"item":999'))
        messages, marks = zip(*pairs, strict=True)
        if self._dice.random() < 0.5:
            return Talk(tuple(messages), tuple(marks), sound=True)
        return Talk(self._spoilt(list(messages)), tuple(marks), sound=False)

    # -- requests

    def _head(self) -> bytes:
        head = HOST + self._dice.choice(self._heads)
        if self._changes:
            self._number += 1
            head += b"X-Request-Id: %d\r\n" % self._number
        return head

    def _request(self, method: str, target: str, body: bytes | None = None, *, last: bool = False) -> bytes:
        line = f"{method} {target} HTTP/1.1\r\n".encode() + self._head()
        if last:
            line += b"Connection: close\r\n"
        if body is None:
            return line + b"\r\n"
        line += b"Content-Type: application/json\r\n"
        if self._dice.random() < 0.1:
            line += b"Expect: 100-continue\r\n"
        if self._dice.random() < 0.3:
            return line + b"Transfer-Encoding: chunked\r\n\r\n" + self._in_chunks(body)
        return line + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)

    def _in_chunks(self, body: bytes) -> bytes:
        sent = b""
        while body:
            size = self._dice.randint(1, len(body))
            extension = self._dice.choice(CHUNK_EXTENSIONS)
            sent += b"%x%b\r\n%b\r\n" % (size, extension, body[:size])
            body = body[size:]
        trailers = b"X-Forwarded-For: 6.6.6.6\r\nTrailer: x\r\n" if self._dice.random() < 0.3 else b""
        return sent + b"0\r\n" + trailers + b"\r\n"

    def _id(self) -> int:
        return self._dice.randint(10, 99)  # always as long, so that other lengths do not hide a confusion

    def _static(self) -> tuple[bytes, bytes]:
        return self._request("GET", "/static"), b'{"static":true}'

    def _get(self) -> tuple[bytes, bytes]:
        kind, number = (
            self._dice.choice(
                (
                    ("items", "item"),
                    ("items", "item"),
                    ("awaits", "awaits"),
                    ("stream", "stream"),
                    ("sync", "sync"),
                )
            ),
            self._id(),
        )
        mark = b'"sync":[%d]' % number if kind[1] == "sync" else b'"%b":%d' % (kind[1].encode(), number)
        query = self._dice.choice(QUERIES) if kind[0] == "items" else ""
        return self._request("GET", f"/{kind[0]}/{number}{query}"), mark

    def _echo(self) -> tuple[bytes, bytes]:
        number, query = self._id(), self._dice.choice(QUERIES)
        method = self._dice.choice(("GET", "GET", "DELETE", "OPTIONS"))
        return self._request(method, f"/echo/{number}{query}"), b'"path":"/echo/%d"' % number

    def _post(self) -> tuple[bytes, bytes]:
        number = self._id()
        text = b"z" * self._dice.choice((0, 3, 3, 200))
        body = b'{"id":%d,"text":"%b"}' % (number, text)
        target, mark = self._dice.choice(
            (
                ("/things", b'"id":%d' % number),
                ("/things", b'"id":%d' % number),
                ("/sync-things", b'"sync":[%d]' % number),
                (f"/echo/{number}", b'"path":"/echo/%d"' % number),
                (f"/unread/{number}", b'"unread":%d' % number),
                (f"/asgi/{number}", b"/asgi/%d %d" % (number, len(body))),
            )
        )
        return self._request("POST", target, body), mark

    def _other(self) -> tuple[bytes, bytes]:
        return self._dice.choice(
            (
                lambda: (self._request("GET", "/nowhere"), b'"Not Found"'),
                lambda: (self._request("POST", "/static", b"{}"), b"Method Not Allowed"),
                lambda: (self._request("POST", "/things", b'{"id":"x"}'), b"int_parsing"),
                lambda: (self._request("GET", "/items/x"), b"int_parsing"),
                lambda: (self._request("POST", "/small", b'{"id":1,"text":"%b"}' % (b"t" * 200)), b"413"),
                lambda: (self._request("GET", "/asgi/7", None), b"/asgi/7 0"),
                lambda: (b"\r\n" + self._request("GET", "/static"), b"static"),
            )
        )()

    # -- attacks

    def _spoilt(self, messages: list[bytes]) -> tuple[bytes, ...]:
        for _ in range(self._dice.choice((1, 1, 1, 2, 3))):
            at = self._dice.randrange(len(messages))
            messages[at] = self._spoil(messages[at])
        return tuple(message for message in messages if message)

    def _spoil(self, message: bytes) -> bytes:
        if not message:
            return message
        at = self._place(message)
        change = self._dice.choice(
            (self._insert, self._insert, self._insert, self._flip, self._cut, self._repeat)
        )
        return change(message, at)

    def _place(self, message: bytes) -> int:
        """Anywhere, but more often where something begins."""
        starts = [0] + [at + 2 for at in range(len(message) - 1) if message[at : at + 2] == b"\r\n"]
        return self._dice.choice(starts) if self._dice.random() < 0.7 else self._dice.randrange(len(message))

    def _insert(self, message: bytes, at: int) -> bytes:
        return message[:at] + self._dice.choice(TOKENS) + message[at:]

    def _flip(self, message: bytes, at: int) -> bytes:
        return message[:at] + bytes([self._dice.randrange(256)]) + message[at + 1 :]

    def _cut(self, message: bytes, at: int) -> bytes:
        return message[:at] + message[at + self._dice.choice((1, 1, 2, 5, 40)) :]

    def _repeat(self, message: bytes, at: int) -> bytes:
        end = at + self._dice.choice((1, 2, 20, 100))
        return message[:end] + message[at:end] + message[end:]
