"""One app twice: written for Flask and written for Laneway, asked the same things."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from httpx2 import Client, Response, WSGITransport

from laneway import Laneway
from laneway.testing import TestClient

URL = "http://testserver"


@dataclass(frozen=True)
class Answer:
    """What a client sees of a reply."""

    status: int
    kind: str
    body: object

    @classmethod
    def of(cls, reply: Response) -> "Answer":
        """The reply without what servers add."""
        kind = reply.headers.get("content-type", "").partition(";")[0]
        return cls(reply.status_code, kind, reply.json() if kind == "application/json" else reply.text)


@dataclass(frozen=True)
class Pair:
    """A client of each; both keep cookies."""

    flask: Client
    laneway: Client

    def same(self, method: str, path: str, **request: object) -> Response:
        """The reply to a request that both answer alike: Laneway's.

        Raises:
            AssertionError: They do not.
        """
        old, new = self.both(method, path, **request)
        assert Answer.of(new) == Answer.of(old)
        return new

    def both(self, method: str, path: str, **request: object) -> tuple[Response, Response]:
        """Both replies."""
        old = self.flask.request(method, path, **request)
        return old, self.laneway.request(method, path, **request)


@contextmanager
def pair(flask: Flask, laneway: Laneway) -> Iterator[Pair]:
    """Both apps, running."""
    with Client(transport=WSGITransport(flask), base_url=URL) as old, TestClient(laneway, URL) as new:
        new.follow_redirects = False
        yield Pair(old, new)
