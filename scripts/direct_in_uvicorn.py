"""A pytest plugin: uvicorn's tests find our protocol class where they look for uvicorn's own.

Its stand-in for an event loop is made for what uvicorn's class calls; ours calls a little more.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from uvicorn.protocols.http import httptools_impl

from laneway.server.direct.protocol import DirectProtocol

httptools_impl.HttpToolsProtocol = DirectProtocol  # type: ignore[assignment,misc]  # before anybody imports the name


DirectProtocol.loop = property(lambda self: self.service.loop)  # type: ignore[attr-defined]  # where tests find it


def create_task(loop: Any, coroutine: Any, *, context: object = None, **_: object) -> "Task":
    """As the stand-in does; the context is the test's own."""
    loop._tasks.insert(0, coroutine)
    return Task()


class Task:
    """What nobody waits for: the test runs the coroutine itself."""

    def add_done_callback(self, callback: Callable[..., object]) -> None:
        """Never called, as in uvicorn's own."""

    def done(self) -> bool:
        """It has not begun."""
        return False


def call_soon(loop: Any, callback: Callable[..., object], *args: object, context: object = None) -> None:
    """What the loop would do in its next turn is done at once."""
    callback(*args)


@pytest.hookimpl
def pytest_collection_finish() -> None:
    """Complete the stand-ins, now that they are there."""
    module: Any = sys.modules.get("tests.protocols.test_http")
    if module is None:
        return
    loop, transport = module.MockLoop, module.MockTransport
    loop.create_task = create_task
    loop.call_soon = call_soon
    loop.time = lambda self: time.monotonic()
    loop.create_future = lambda self: asyncio.get_running_loop().create_future()
    loop.is_running = lambda self: True
    transport.can_write_eof = lambda self: False
    transport.abort = lambda self: self.closed or self.close()
