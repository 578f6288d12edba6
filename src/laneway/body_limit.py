"""How large a request body may be; Starlette's middleware counts, this module connects it.

The innermost limit that is set holds: route, `include_router`, router, app. `0` admits only an empty body.
"""

from starlette.exceptions import HTTPException
from starlette.middleware import body_limit
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY, RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway.exception_handlers import http_exception_handler

# Starlette raises these within the app and answers them itself; it has no public names for them.
_ANSWERED: tuple[type[Exception], ...] = tuple(
    filter(None, [getattr(body_limit, "_RequestBodyLimitResponseSent", None)])
)
_TOO_LARGE: tuple[type[Exception], ...] = tuple(
    filter(None, [getattr(body_limit, "_RequestBodyTooLarge", None)])
)


def checked_limit(limit: int | None) -> int | None:
    """`limit` itself.

    Raises:
        ValueError: It is not a number of bytes.
    """
    if limit is not None and (type(limit) is not int or limit < 0):
        raise ValueError(f"max_body_size must be a non-negative integer or None, not {limit!r}")
    return limit


def body_limit_error(error: Exception) -> Exception | None:
    """The "body too large" in `error`, or None when there is something else in it."""
    if isinstance(error, ExceptionGroup):
        return _only_limit_errors(error)
    return error if isinstance(error, _ANSWERED + _TOO_LARGE) else None


def _only_limit_errors(group: ExceptionGroup[Exception]) -> Exception | None:
    """The one to raise for a group of tasks that all met the limit."""
    _, others = group.split(_ANSWERED + _TOO_LARGE)
    if others is not None:
        return None
    # If the 413 is already on its way, that signal must reach Starlette, or it would be sent twice.
    error: Exception = group.subgroup(_ANSWERED) or group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def with_body_limit(app: ASGIApp, limit: int | None) -> ASGIApp:
    """`app` behind a limit; `app` itself when there is none."""
    return app if limit is None else RequestBodyLimitMiddleware(_Unwrapped(app), max_body_size=limit)


class _Unwrapped:
    """Takes a limit error out of the exception group of a middleware's tasks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except ExceptionGroup as group:
            error = body_limit_error(group) if scope["type"] == "http" else None
            if error is None:
                raise
            raise error from group


class AppBodyLimitMiddleware:
    """The limit of a whole app, which may itself be mounted in an app with a limit."""

    def __init__(self, app: ASGIApp, max_body_size: int | None) -> None:
        self.app = with_body_limit(app, max_body_size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection under the limit."""
        if MAX_BODY_SIZE_SCOPE_KEY not in scope:
            await self.app(scope, receive, send)
        else:
            await self._answer_here(scope, receive, send)

    async def _answer_here(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The outer app counts for both and would answer, but this app's own error layer would see the error first
        # and make a 500 of it.
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            limit = body_limit_error(error)
            if started or not isinstance(limit, HTTPException):
                raise
            response = await http_exception_handler(Request(scope, receive), limit)
            await response(scope, receive, send)
