"""What a request opened and how it is closed: `yield` dependencies, uploads.

Two stacks, because a dependency may end before the response is sent (`scope="function"`) or after it (default).
Clean-up of async generators runs to its end even when the request is cancelled: half a rollback is worse than a late
one. The shield that does it is opened before the first dependency, so that cancel scopes which dependencies hold open
across their `yield` stay properly nested.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack
from contextvars import ContextVar
from types import TracebackType
from typing import Any

import anyio.to_thread
from anyio import CancelScope
from anyio.lowlevel import checkpoint_if_cancelled

from laneway.concurrency import cleanup_limiter

Later = Callable[[], Awaitable[object]]


class Stack(AsyncExitStack):
    """An exit stack that makes calls once everything in it has been closed without an error.

    Attributes:
        later: These calls; None while nothing is open in it.
    """

    later: list[Later] | None = None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        try:
            suppressed = bool(await super().__aexit__(kind, error, traceback))
        finally:
            later, self.later = self.later, None
        if later and error is None:
            with CancelScope(shield=True):
                for call in later:
                    await call()
        return suppressed


class Cleanup:
    """The exit stacks of one request, and the shield around them.

    Attributes:
        request: Closed after the response is sent.
        function: Closed before it.
    """

    __slots__ = ("_shield", "function", "request")

    def __init__(
        self, request: AsyncExitStack, function: AsyncExitStack, shield: CancelScope | None = None
    ) -> None:
        self.request = request
        self.function = function
        self._shield = shield

    def stack(self, before_response: bool) -> AsyncExitStack:
        """The stack for a lifetime, to open something in it."""
        stack = self.function if before_response else self.request
        if isinstance(stack, Stack) and stack.later is None:
            stack.later = []
        return stack

    def after(self, call: Later) -> bool:
        """Make a call as soon as everything has been closed that is open now, and never if that ends with an error.

        Returns:
            Whether anything is open. If not, nobody will make the call.
        """
        for stack in (self.request, self.function):
            if isinstance(stack, Stack) and stack.later is not None:
                stack.later.append(call)
                return True
        return False

    def shield(self) -> CancelScope:
        """The shield of this request, opened on first use."""
        if self._shield is None:
            self._shield = self.request.enter_context(CancelScope())
        return self._shield

    async def enter(self, manager: AbstractAsyncContextManager[Any], before_response: bool) -> Any:
        """Enter an async `yield` dependency; its clean-up cannot be cancelled."""
        shielded = _ShieldedExit(manager, self.shield())
        return await self.stack(before_response).enter_async_context(shielded)

    def threaded(self, before_response: bool) -> ExitStack:
        """A stack for blocking context managers, closed in one thread hop that never waits for a token."""
        sync_stack = ExitStack()
        self.stack(before_response).push_async_exit(_ThreadedExit(sync_stack))
        return sync_stack


class _ShieldedExit(AbstractAsyncContextManager[Any]):
    def __init__(self, manager: AbstractAsyncContextManager[Any], shield: CancelScope) -> None:
        self._manager = manager
        self._shield = shield

    async def __aenter__(self) -> Any:
        return await self._manager.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        outer = self._shield.shield
        self._shield.shield = True
        try:
            suppressed = await self._manager.__aexit__(kind, error, traceback)
        finally:
            self._shield.shield = outer
        if error is None or suppressed:
            # A task group that the dependency closed may have swallowed the cancellation of this request.
            await checkpoint_if_cancelled()
        return suppressed


class _ThreadedExit(AbstractAsyncContextManager[Any]):
    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    async def __aenter__(self) -> None:
        """Nothing: the stack is filled inside the hop."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        with CancelScope(shield=True):
            suppressed = await anyio.to_thread.run_sync(
                self._stack.__exit__, kind, error, traceback, limiter=cleanup_limiter()
            )
        return suppressed  # noqa: RET504  # a scope may swallow, says its type; so no return within it


current_cleanup: ContextVar[Cleanup | None] = ContextVar("laneway_cleanup", default=None)
"""What the request or job that runs now has open, if anything was opened for it."""
