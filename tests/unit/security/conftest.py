"""Connections made from a scope, so that the schemes are asked without an app."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import pytest
from starlette.requests import HTTPConnection, Request

Answer = TypeVar("Answer")


class Ask(Protocol):
    """Calls a scheme with a connection that carries the given headers and query string."""

    def __call__(
        self,
        scheme: Callable[[HTTPConnection], Awaitable[Answer]],
        headers: dict[str, str] | None = None,
        query: str = "",
    ) -> Answer: ...


@pytest.fixture(params=["http", "websocket"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Asks a scheme once over HTTP and once over WebSocket."""
    kind: str = request.param

    def call(
        scheme: Callable[[HTTPConnection], Awaitable[Answer]],
        headers: dict[str, str] | None = None,
        query: str = "",
    ) -> Answer:
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
        scope = {"type": kind, "path": "/", "headers": raw, "query_string": query.encode()}
        connection = Request(scope) if kind == "http" else HTTPConnection(scope)

        async def answer() -> Answer:
            return await scheme(connection)

        return asyncio.run(answer())

    return call
