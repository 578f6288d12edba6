"""Work that begins after the reply has been sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, Protocol, cast

from starlette.background import BackgroundTasks as StarletteBackgroundTasks

from laneway.telemetry.current import current

P = ParamSpec("P")

Accept = Callable[[], Awaitable[object]]


class Durable(Protocol):
    """A function whose calls somebody else may take over: a job function."""

    def taken_over(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Accept | None:
        """What takes over a call; None if it is to run here."""


class BackgroundTasks(StarletteBackgroundTasks):
    """Functions to call after the reply, in the order they were added.

    Declare a parameter of this type in an endpoint or a dependency; all of one request share the same object. The
    functions are lost when the process stops: work that must be done belongs in a job. With
    `Laneway(background="durable")` the functions that are jobs are enqueued instead, before the reply is sent.

    Attributes:
        durable: Calls that were not taken over yet.

    Example:
        >>> def leave(name: str, background_tasks: BackgroundTasks) -> str:
        ...     background_tasks.add_task(print, "goodbye", name)
        ...     return "bye"
    """

    durable: list[Accept] | None = None

    def add_task(self, func: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call `func(*args, **kwargs)` after the reply: on the loop if it is `async def`, else in a thread."""
        accept = _taken_over(func, args, kwargs)
        if accept is None:
            super().add_task(func, *args, **kwargs)
        else:
            self.durable = [*(self.durable or ()), accept]

    async def accept(self) -> None:
        """Let those calls be taken over that can be; once this returns, they will happen."""
        while self.durable:
            await self.durable[0]()
            del self.durable[0]

    async def __call__(self) -> None:
        """Call the functions; telemetry, where there is any, sees each of them."""
        await self.accept()  # of an object made by hand, which nobody looked into before the reply
        observed = current()
        if observed is None:
            await super().__call__()
            return
        for task in self.tasks:
            with observed.operation("background_task", task.func):
                await task()


def _taken_over(func: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Accept | None:
    # PERF: not a protocol that is checked at run time, which takes longer than to add a task.
    return cast(Durable, func).taken_over(args, kwargs) if hasattr(func, "taken_over") else None
