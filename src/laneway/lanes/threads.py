"""The thread lane: calls that may block, a bounded number at once.

A request's consecutive sync parts go through `in_thread` as one call, with one token. Files and uploads use limiters
of their own, so a request never waits for a token that a file holds.
"""

from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar

T = TypeVar("T")

_endpoint_limiter: RunVar[CapacityLimiter] = RunVar("laneway_endpoint_limiter")


def endpoint_limiter() -> CapacityLimiter:
    """The running loop's limiter for endpoints and dependencies.

    Made on first use with as many tokens as AnyIO's default limiter has then: code written for FastAPI sizes that one
    at start-up.
    """
    try:
        return _endpoint_limiter.get()
    except LookupError:
        tokens = anyio.to_thread.current_default_thread_limiter().total_tokens
        limiter = CapacityLimiter(tokens)
        _endpoint_limiter.set(limiter)
        return limiter


async def in_thread(function: Callable[[], T]) -> T:
    """Call `function` in a worker thread, waiting for a token of the endpoint limiter."""
    return await anyio.to_thread.run_sync(function, limiter=endpoint_limiter())
