"""From ASGI to a plan and back: the adapter of a route.

The compiled plan gets raw values and gives bytes, sent here as two messages. What it cannot read, and every route
without one, goes through Starlette's objects.
"""

import functools
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

from starlette._exception_handler import wrap_app_handling_exceptions
from starlette._utils import is_async_callable
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from laneway.concurrency import run_in_threadpool
from laneway.exceptions import FastAPIError, HTTPException, ResponseValidationError
from laneway.plan.cleanup import Cleanup
from laneway.plan.compiled import CompiledPlan
from laneway.plan.general import CLEANUP, FILE_STACK, FUNCTION_STACK, REQUEST_STACK, located
from laneway.plan.message import RawRequest, RawResponse

Handler = Callable[[Request], Awaitable[Response]]

_SWALLOWED = (
    "No response was sent. Most likely the code is raising an exception and a dependency with yield catches it "
    "without raising it again: end its `except` block with `raise`."
)


class OpenStacks:
    """Async context manager: the exit stacks of one connection, findable through its scope."""

    __slots__ = ("_function", "_outer", "_scope")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._outer = AsyncExitStack()
        self._function = AsyncExitStack()

    async def __aenter__(self) -> Cleanup:
        await self._outer.__aenter__()
        cleanup = Cleanup(self._outer, self._function)
        self._scope[REQUEST_STACK] = self._outer
        self._scope[FUNCTION_STACK] = self._function
        self._scope[CLEANUP] = cleanup
        return cleanup

    async def __aexit__(self, *error: Any) -> bool:
        return bool(await self._outer.__aexit__(*error))


async def read_whole_body(receive: Receive) -> bytes:
    """All body messages joined.

    Raises:
        HTTPException: 400, the client left before it had sent everything.
    """
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False) and message["type"] == "http.request":
        return body  # PERF: most bodies are one message; no list, no join
    chunks = [body]
    while message["type"] != "http.disconnect":
        if not message.get("more_body", False):
            return b"".join(chunks)
        message = await receive()
        chunks.append(message.get("body", b""))
    raise HTTPException(400, "There was an error parsing the body")


async def send_raw(response: RawResponse, send: Send) -> None:
    """Send a whole response, then run its background tasks."""
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    await send({"type": "http.response.body", "body": response.body})
    if response.background is not None:
        await response.background()


async def serve_compiled(plan: CompiledPlan, request: RawRequest, general: Handler) -> None:
    """Answer `request` with the compiled plan; with `general` when it cannot read the request."""
    if plan.reads_body:
        request.body = await read_whole_body(request.receive)
    if plan.has_cleanup:
        done = await _serve_with_cleanup(plan, request)
    else:
        response = await _run(plan, request)
        done = response is not None
        if response is not None:
            await _send(response, request)
    if not done:
        await serve_general(general, request.starlette())


async def _run(plan: CompiledPlan, request: RawRequest) -> RawResponse | Response | None:
    try:
        return await plan.run(request)
    except ResponseValidationError as error:
        # Writers know the endpoint; only here is it known under which path it was asked for.
        scope = request.scope
        error.endpoint_ctx = located(error.endpoint_ctx, plan.path, scope["method"], scope.get("root_path", ""))
        raise


async def _send(response: RawResponse | Response, request: RawRequest) -> None:
    request.started = True
    if type(response) is RawResponse:
        await send_raw(response, request.send)
    else:
        await response(request.scope, request.receive, request.send)  # type: ignore[operator]


async def _serve_with_cleanup(plan: CompiledPlan, request: RawRequest) -> bool:
    done = False
    async with AsyncExitStack() as outer:
        async with AsyncExitStack() as inner:
            request.cleanup = Cleanup(outer, inner)
            if plan.shields:
                request.cleanup.shield()
            response = await _run(plan, request)
            if response is None:
                return False
        await _send(response, request)
        done = True
    if not done:
        raise FastAPIError(_SWALLOWED)
    return True


async def serve_general(handler: Handler, request: Request) -> None:
    """Answer `request` with a handler of Starlette's objects, within its exit stacks."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        sent = False
        async with OpenStacks(scope) as cleanup:
            async with cleanup.function:
                response = await handler(request)
            await response(scope, receive, send)
            sent = True
        if not sent:
            raise FastAPIError(_SWALLOWED)

    async with AsyncExitStack() as files:
        # Outermost: error handlers may still look at uploads.
        request.scope[FILE_STACK] = files
        await wrap_app_handling_exceptions(respond, request)(request.scope, request.receive, request._send)


def request_response(func: Callable[[Request], Awaitable[Response] | Response]) -> ASGIApp:
    """An ASGI app for a function from request to response, with stacks for `yield` dependencies."""
    handler: Handler = (
        func if is_async_callable(func) else functools.partial(run_in_threadpool, func)  # type: ignore[assignment, arg-type]
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await serve_general(handler, Request(scope, receive, send))

    return app


def websocket_session(func: Callable[[WebSocket], Awaitable[None]]) -> ASGIApp:
    """An ASGI app for a WebSocket function, with stacks for `yield` dependencies."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        session = WebSocket(scope, receive, send)

        async def converse(scope: Scope, receive: Receive, send: Send) -> None:
            async with OpenStacks(scope) as cleanup, cleanup.function:
                await func(session)

        await wrap_app_handling_exceptions(converse, session)(scope, receive, send)

    return app
