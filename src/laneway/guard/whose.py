"""Which route a task or a callback works for, read from another thread."""

import asyncio
import gc
import sys
from contextvars import Context
from types import FrameType

from laneway.lanes.label import RouteLabel, serving

RUN_CALLBACK = asyncio.Handle._run.__code__
"""What asyncio's own loop runs a callback with; uvloop's has no frame for that."""

LOOP_CODES = frozenset(
    {
        RUN_CALLBACK,
        asyncio.BaseEventLoop._run_once.__code__,  # type: ignore[attr-defined]  # private
        asyncio.BaseEventLoop.run_forever.__code__,
        asyncio.BaseEventLoop.run_until_complete.__code__,
    }
)
"""Frames of the loop itself, around all that it runs."""


def label_of_task(task: "asyncio.Task[object]") -> RouteLabel | None:
    """The route that a task serves, or that started it."""
    context = _context_of(task)
    return context.get(serving) if context is not None else None


def handle_of_callback(frame: FrameType | None) -> asyncio.Handle | None:
    """What asyncio's own loop runs a callback by; None on uvloop, which does not show it."""
    while frame is not None:
        if frame.f_code is RUN_CALLBACK:
            handle = frame.f_locals.get("self")
            return handle if isinstance(handle, asyncio.Handle) else None
        frame = frame.f_back
    return None


def label_of_callback(handle: asyncio.Handle) -> RouteLabel | None:
    """The route in whose context a callback was scheduled."""
    context = getattr(handle, "_context", None)
    return context.get(serving) if isinstance(context, Context) else None


if sys.version_info >= (3, 12):

    def _context_of(task: "asyncio.Task[object]") -> Context | None:
        return task.get_context()

else:

    def _context_of(task: "asyncio.Task[object]") -> Context | None:
        # A task shows its context to the garbage collector, and to nobody else.
        return next((one for one in gc.get_referents(task) if isinstance(one, Context)), None)
