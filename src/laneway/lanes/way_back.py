"""The way from a thread of ours back to the loop, by AnyIO's functions: all that is used of AnyIO's own is in here.

Code that runs in threads calls `anyio.from_thread.run(...)`, which finds its loop in a mark that AnyIO leaves in each
of its threads. The public ways to get one are `to_thread.run_sync`, which brings AnyIO's threads with it, and a token
handed to each call, which such code does not do. So ours are marked with the function that AnyIO marks
its own with, the same in all versions from 4.11 to 4.16; before, it needed a cancel scope as well.

With the mark goes a cancel scope: what a call waits for on the loop is cancelled with the request, or a call that waits
for something that never comes would keep its thread for ever.
"""

import asyncio
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from importlib import import_module
from typing import Any, NamedTuple, Self

from anyio import CancelScope

TESTED = "4.11 to 4.16"


class Marking(NamedTuple):
    """What AnyIO marks its threads with.

    Attributes:
        claim: Context manager that marks the running thread: class of the backend, event loop.
        backend: The class of a backend by its name.
        here: Values of the running thread.
    """

    claim: Callable[[Any, object], AbstractContextManager[Any]]
    backend: Callable[[str], Any]
    here: Any


def find_marking(module: str = "anyio._core._eventloop") -> Marking:
    """What this version of AnyIO marks its threads with.

    Raises:
        ImportError: It does so in another way than the versions that were tested.
    """
    try:
        from anyio.lowlevel import EventLoopToken as EventLoopToken  # not there before 4.11

        inner = import_module(module)
        found = Marking(inner.claim_worker_thread, inner.get_async_backend, inner.threadlocals)
        inspect.signature(found.claim).bind(object, None)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        from importlib.metadata import version

        raise ImportError(
            f"AnyIO {version('anyio')} marks its worker threads in another way than the versions that this one was "
            f"tested with, {TESTED} ({error}); install one of those, or a newer Laneway"
        ) from error
    return found


# Now: a message when the server starts is better than an error in the first call of `from_thread.run`.
_marking = find_marking()


class WayBack:
    """Lets the calls of one thread use `anyio.from_thread`, as they could in a thread of AnyIO's."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._claim = ExitStack()
        self._scope = self._open_scope()

    def _open_scope(self) -> CancelScope:
        scope: CancelScope = _marking.backend("asyncio").create_cancel_scope()
        _marking.here.current_cancel_scope = scope
        return scope

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._claim.close()

    def lead_to(self, loop: asyncio.AbstractEventLoop) -> CancelScope:
        """The event loop that sent the next call; the default lane serves several.

        Returns:
            The scope of what the call will wait for on the loop. Who cancels it enters it, on the loop.
        """
        if loop is not self._loop:
            self._claim.close()
            self._claim.enter_context(_marking.claim(_marking.backend("asyncio"), loop))
            self._loop = loop
        if (
            self._scope.cancel_called
        ):  # PERF: otherwise one serves all calls of the thread; making one takes 1 us
            self._scope = self._open_scope()
        return self._scope
