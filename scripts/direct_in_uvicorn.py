"""A pytest plugin: uvicorn's tests find our protocol class where they look for uvicorn's own.

Its stand-in for an event loop is made for what uvicorn's class calls; ours calls a little more.
"""

import asyncio
import sys
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


async def run_one(loop: Any) -> None:
    """Run the oldest task; ours may have answered without one."""
    if loop._tasks:
        await loop._tasks.pop()


def run_later(loop: Any, with_delay: float) -> None:
    """Let time pass, timer by timer: ours is one sweep that begins anew until there is nothing to look at."""
    end = loop.clock + with_delay
    while due := [timer for timer in loop._later if loop.clock + timer.delay <= end]:
        timer = min(due, key=lambda one: one.delay)
        loop._later.remove(timer)
        loop.clock += timer.delay
        timer.callback(*timer.args)
    loop.clock = end


@pytest.hookimpl
def pytest_collection_finish() -> None:
    """Complete the stand-ins, now that they are there."""
    module: Any = sys.modules.get("tests.protocols.test_http")
    if module is None:
        return
    loop, transport = module.MockLoop, module.MockTransport
    loop.create_task = create_task
    loop.call_soon = call_soon
    loop.clock = 0.0
    loop.time = lambda self: self.clock
    loop.run_one, loop.run_later = run_one, run_later
    loop.create_future = lambda self: asyncio.get_running_loop().create_future()
    loop.is_running = lambda self: True
    transport.can_write_eof = lambda self: False
    transport.abort = lambda self: self.closed or self.close()
