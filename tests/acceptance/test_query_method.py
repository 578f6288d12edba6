"""QUERY: a safe request that asks with a body, on every way to an app."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from pydantic import BaseModel

from laneway import APIRouter, Laneway
from laneway.testing import TestClient

from .ways.sites import DIRECT_PROTOCOL, in_process, served_by
from .ways.wire import Request

WAYS = {
    "in process": in_process,
    "h11": served_by("h11", "asyncio"),
    "httptools": served_by("httptools", "asyncio"),
    "direct": served_by(DIRECT_PROTOCOL, "asyncio"),
}
BODY = b'{"words": ["lane", "way"]}'
FOUND = b'{"words":["lane","way"],"limit":5}'


class Search(BaseModel):
    words: list[str]
    limit: int = 5


@pytest.fixture
def app() -> Laneway:
    app, router = Laneway(), APIRouter(prefix="/routed")

    @app.query("/search")
    @router.query("/search")
    async def search(search: Search) -> Search:
        return search

    @app.get("/search")
    async def form() -> str:
        return "a form"

    app.include_router(router)
    return app


@pytest.fixture(params=WAYS)
def site(request: pytest.FixtureRequest, app: Laneway) -> Iterator[Any]:
    serve: Callable[[Laneway], AbstractContextManager[Any]] = WAYS[request.param]
    with serve(app) as site:
        yield site


def asking(method: str, path: str, content: bytes = BODY) -> Request:
    return Request(method, path, (("content-type", "application/json"),), content)


@pytest.mark.parametrize("path", ["/search", "/routed/search"])
def test_the_body_reaches_the_endpoint(site: Any, path: str) -> None:
    reply = site.ask(asking("QUERY", path))

    assert (reply.status, reply.body) == (200, FOUND)


def test_a_body_that_does_not_fit_is_refused(site: Any) -> None:
    assert site.ask(asking("QUERY", "/search", b"{}")).status == 422


def test_other_methods_of_the_path_are_others(site: Any) -> None:
    assert site.ask(asking("GET", "/search", b"")).body == b'"a form"'


def test_a_path_without_it_says_what_it_has(site: Any) -> None:
    reply = site.ask(asking("QUERY", "/openapi.json", b""))

    assert reply.status == 405


def test_a_raw_socket_is_answered_directly(app: Laneway) -> None:
    """Byte by byte, twice on one connection."""
    request = (
        b"QUERY /search HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
    )
    with served_by(DIRECT_PROTOCOL, "asyncio")(app) as site, socket.create_connection(site.address) as client:
        client.settimeout(5)
        for _ in range(2):
            for byte in request % (len(BODY), BODY):
                client.sendall(bytes([byte]))
            raw = b""
            while not raw.endswith(FOUND):
                raw += client.recv(4096)
            assert raw.startswith(b"HTTP/1.1 200 OK\r\n")


def test_the_document_has_its_operation(app: Laneway) -> None:
    """OpenAPI 3.2's `query`, with its body."""
    document = app.openapi()
    operation = document["paths"]["/search"]["query"]

    assert document["openapi"] == "3.2.0"
    assert operation["requestBody"]["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Search"}}
    }
    assert operation["operationId"] == "search_search_query"
    assert "422" in operation["responses"]


def test_it_takes_the_options_of_other_methods() -> None:
    app = Laneway()
    app.query("/", status_code=203, tags=["search"], summary="Search")(lambda: None)

    assert app.openapi()["paths"]["/"]["query"]["tags"] == ["search"]
    assert TestClient(app).request("QUERY", "/").status_code == 203
