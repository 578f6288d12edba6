"""Work that begins after the reply has been sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

from starlette.background import BackgroundTasks as StarletteBackgroundTasks

from laneway.telemetry.current import current

P = ParamSpec("P")


class BackgroundTasks(StarletteBackgroundTasks):
    """Functions to call after the reply, in the order they were added.

    Declare a parameter of this type in an endpoint or a dependency; all of one request share the same object. The
    functions are lost when the process stops: work that must be done belongs in a job.

    Example:
        >>> def leave(name: str, background_tasks: BackgroundTasks) -> str:
        ...     background_tasks.add_task(print, "goodbye", name)
        ...     return "bye"
    """

    def add_task(self, func: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call `func(*args, **kwargs)` after the reply: on the loop if it is `async def`, else in a thread."""
        super().add_task(func, *args, **kwargs)

    async def __call__(self) -> None:
        """Call the functions; telemetry, where there is any, sees each of them."""
        observed = current()
        if observed is None:
            await super().__call__()
            return
        for task in self.tasks:
            with observed.operation("background_task", task.func):
                await task()
