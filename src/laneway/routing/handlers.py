"""Exception handlers of routers and routes, and which of several answers.

Starlette keeps an app's handlers in the scope and looks there whenever an endpoint fails. Routers put something in
that place that looks at their own handlers first, the innermost of all, and then at those of the app.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from starlette._utils import is_async_callable
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import Scope

from laneway.exceptions import FastAPIError

Handler: TypeAlias = Callable[..., Any]
Handlers: TypeAlias = Mapping[Any, Handler]
"""By exception class or status code."""

_KEY = "starlette.exception_handlers"


class Level:
    """The handlers of one router, include or route; those of the app are a level, too.

    Attributes:
        classes: By exception class.
        statuses: By status of an HTTPException.
        last: For what nobody answers: the handler for `Exception` or 500.

    Raises:
        FastAPIError: A handler stands under something else than an exception class or a status.
    """

    def __init__(self, handlers: Handlers) -> None:
        for key in handlers:
            if not isinstance(key, int) and not (isinstance(key, type) and issubclass(key, Exception)):
                raise FastAPIError(
                    f"exception_handlers are kept by exception class or status code, not by {key!r}"
                )
        self.classes = {
            key: handler
            for key, handler in handlers.items()
            if not isinstance(key, int) and key is not Exception
        }
        self.statuses = {key: handler for key, handler in handlers.items() if isinstance(key, int)}
        self.last = handlers.get(Exception) or handlers.get(500)

    def for_class(self, kind: type[BaseException]) -> Handler | None:
        """The handler for an exception class, or for the nearest class it is derived from."""
        return next((self.classes[base] for base in kind.__mro__ if base in self.classes), None)


class NestedHandlers(dict[Any, Any]):
    """What Starlette finds in the place of an app's handlers by class; it asks for an error's own class first.

    Attributes:
        levels: From the inside out.
    """

    def __init__(self, levels: tuple[Level, ...]) -> None:
        super().__init__()
        self.levels = levels

    def __contains__(self, kind: object) -> bool:
        return isinstance(kind, type) and self._find(kind) is not None

    def __getitem__(self, kind: Any) -> Handler:
        handler = self._find(kind)
        if handler is None:
            raise KeyError(kind)
        return handler

    def _find(self, kind: type[BaseException]) -> Handler | None:
        for level in self.levels:
            if level.statuses and issubclass(kind, HTTPException):
                return self._answer  # which one depends on the status
            if (handler := level.for_class(kind)) is not None:
                return handler
        return self._last()

    def _last(self) -> Handler | None:
        return next((level.last for level in self.levels if level.last is not None), None)

    async def _answer(self, connection: Any, error: HTTPException) -> Any:
        found = (
            level.statuses.get(error.status_code) or level.for_class(type(error)) for level in self.levels
        )
        handler = next(filter(None, found), None) or self._last()
        if handler is None:
            raise error
        if is_async_callable(handler):
            return await handler(connection, error)
        return await run_in_threadpool(handler, connection, error)


def enter(scope: Scope, level: Level) -> None:
    """Let a level answer for what fails inside, before those around it."""
    classes, statuses = scope.get(_KEY, ({}, {}))
    outer = classes.levels if isinstance(classes, NestedHandlers) else (Level({**classes, **statuses}),)
    scope[_KEY] = NestedHandlers((level, *outer)), {}
