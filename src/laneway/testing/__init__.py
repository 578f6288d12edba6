"""Clients for tests: `TestClient` for plain test functions, `AsyncTestClient` for those that are coroutines.

Both speak to the app directly, without a socket. They need an HTTP client library: httpx2, or else httpx.
"""

from typing import TYPE_CHECKING

from laneway.testing.client import AsyncTestClient as AsyncTestClient
from laneway.testing.lifespan import LifespanError as LifespanError

if TYPE_CHECKING:
    from starlette.testclient import TestClient as TestClient

__all__ = ["AsyncTestClient", "LifespanError", "TestClient"]


def __getattr__(name: str) -> object:
    """`TestClient`, imported when first asked for: Starlette warns there if it finds only httpx."""
    if name == "TestClient":
        from starlette.testclient import TestClient

        return TestClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
