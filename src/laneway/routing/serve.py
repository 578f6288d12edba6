"""From ASGI to a plan and back: the adapter of a route.

The compiled plan gets raw values and gives bytes, sent here as two messages. What it cannot read, and every route
without one, goes through Starlette's objects.
"""

import functools
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import cast

from starlette._exception_handler import wrap_app_handling_exceptions
from starlette._utils import is_async_callable
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from laneway.background import BackgroundTasks
from laneway.concurrency import run_in_threadpool
from laneway.exceptions import FastAPIError, HTTPException, ResponseValidationError
from laneway.lanes.label import serving
from laneway.plan.cleanup import Cleanup, Stack, current_cleanup
from laneway.plan.compiled import CompiledPlan
from laneway.plan.general import CLEANUP, FILE_STACK, FUNCTION_STACK, REQUEST_STACK, located
from laneway.plan.message import RawRequest, RawResponse, json_headers
from laneway.routing.limited import within_limits

Handler = Callable[[Request], Awaitable[Response]]

_SWALLOWED = (
    "No response was sent. Most likely the code is raising an exception and a dependency with yield catches it "
    "without raising it again: end its `except` block with `raise`."
)


# -- the compiled plan


async def serve_compiled(
    plan: CompiledPlan, general: Handler, request: RawRequest, *, limited: bool = False
) -> None:
    """Answer `request` with the compiled plan; with `general` when it cannot read the request.

    Args:
        plan: The plan.
        general: The handler of the general path.
        request: The request.
        limited: Whether someone keeps the route's limits already.
    """
    # PERF: one coroutine from here to the plan and one to the server; each further one costs 0.2 us a request.
    serving.set(plan.label)
    if plan.reads_body and request.body is None:
        request.body = await whole_body(request.receive)
    if plan.limits is not None and not limited:
        await within_limits(
            plan.limits, request, functools.partial(serve_compiled, plan, general, limited=True)
        )
        return
    if plan.has_cleanup:
        await _serve_with_cleanup(plan, request, general)
        return
    response = await plan.run(request)
    if type(response) is bytes:
        request.started = True
        start = {"type": "http.response.start", "status": plan.status, "headers": json_headers(response)}
        await request.send(start)
        await request.send({"type": "http.response.body", "body": response})
    elif response is None:
        await serve_general(general, request.starlette())
    else:
        await _send(response, plan, request)


async def whole_body(receive: Receive) -> bytes:
    """All body messages joined.

    Raises:
        HTTPException: 400, the client left before it had sent everything.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        return cast(bytes, message.get("body", b""))
    chunks: list[bytes] = []
    while message["type"] == "http.request":
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)
        message = await receive()
    raise HTTPException(400, "There was an error parsing the body")


async def _send(response: bytes | RawResponse | Response, plan: CompiledPlan, request: RawRequest) -> None:
    if isinstance(response, Response):
        await response(request.complete_scope(), request.receive, request.tracked_send)
        return
    if isinstance(response, bytes):
        response = RawResponse(plan.status, json_headers(response), response)
    request.started = True
    start = {"type": "http.response.start", "status": response.status, "headers": response.headers}
    await request.send(start)
    await request.send({"type": "http.response.body", "body": response.body})
    if response.background is not None:
        await response.background()


async def _serve_with_cleanup(plan: CompiledPlan, request: RawRequest, general: Handler) -> None:
    called = done = False
    async with Stack() as outer:
        async with Stack() as inner:
            request.cleanup = Cleanup(outer, inner)
            current_cleanup.set(request.cleanup)
            if plan.shields:
                request.cleanup.shield()
            response = await plan.run(request)
            called = True
        if not called:
            raise FastAPIError(_SWALLOWED)
        if response is not None:
            await _send(response, plan, request)
        done = True
    if not done:
        raise FastAPIError(_SWALLOWED)
    if response is None:
        await serve_general(general, request.starlette())


async def answer_error(error: Exception, path: str, request: RawRequest, send: Send) -> None:
    """Let the app's exception handlers answer; they get the request as the endpoint got it, its body included.

    Args:
        error: What the plan raised.
        path: The path of its route.
        request: The request that failed.
        send: The server's, or one that knows what was sent.
    """
    if isinstance(error, ResponseValidationError):  # writers know the endpoint, but not how it was asked for
        scope = request.scope
        error.endpoint_ctx = located(error.endpoint_ctx, path, scope["method"], scope.get("root_path", ""))

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        if request.started:
            # Whoever handles the error must know that there is nothing left to answer.
            await send({"type": "http.response.start", "status": 0, "headers": []})
        raise error

    answering = wrap_app_handling_exceptions(failing, request.starlette())
    await answering(request.complete_scope(), request.receive, send)


def without_start(send: Send) -> Send:
    """`send` for a response that has started: a second start is not passed on."""

    async def filtered(message: Message) -> None:
        if message["type"] != "http.response.start":
            await send(message)

    return filtered


# -- the general plan


class OpenStacks:
    """Async context manager: the exit stacks of one connection, findable through its scope."""

    __slots__ = ("_function", "_outer", "_scope")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._outer = Stack()
        self._function = Stack()

    async def __aenter__(self) -> Cleanup:
        await self._outer.__aenter__()
        cleanup = Cleanup(self._outer, self._function)
        self._scope[REQUEST_STACK] = self._outer
        self._scope[FUNCTION_STACK] = self._function
        self._scope[CLEANUP] = cleanup
        current_cleanup.set(cleanup)
        return cleanup

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        return bool(await self._outer.__aexit__(kind, error, traceback))


async def serve_general(handler: Handler, request: Request) -> None:
    """Answer `request` with a handler of Starlette's objects, within its exit stacks."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        sent, response = False, None
        async with OpenStacks(scope) as cleanup:
            async with cleanup.function:
                response = await handler(request)
                # A handler of somebody's own may give any ASGI app.
                if isinstance(tasks := getattr(response, "background", None), BackgroundTasks):
                    await tasks.accept()
            if response is None:
                raise FastAPIError(_SWALLOWED)
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
    threaded = functools.partial(run_in_threadpool, cast(Callable[..., Response], func))
    handler = cast(Handler, func if is_async_callable(func) else threaded)

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
