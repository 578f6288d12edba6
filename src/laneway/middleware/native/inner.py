"""An app within a layer that sends its response itself, message by message.

It runs in a task of its own, since it goes on while its response is on its way through the layer: streams produce, and
background tasks and clean-up wait until the response was sent. Two tasks that take turns need no group and no stream
between them.
"""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator
from contextvars import Context, copy_context
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway.middleware.native.response import NextResponse, is_debug

_START = "http.response.start"
_BODY = "http.response.body"
_AT_ONCE = ("http.response.early_hint", "http.response.push")


class Inner:
    """One run of an app.

    Args:
        app: The app.
        scope: For it.
        receive: For it.
        send: Takes what cannot wait for the response.
    """

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self._app = app
        self._scope = scope
        self._receive = receive
        self._outer_send = send
        self._loop = asyncio.get_running_loop()
        self._start: Message | None = None
        self._info: Any = None
        self._parts: deque[Message] = deque()
        self._error: Exception | None = None
        self._told = False  # whether the error was raised where the response was awaited
        self._over = False  # whether the response was sent, or nobody wants it
        self._news: asyncio.Future[None] | None = None  # for who waits for the app
        self._room: asyncio.Future[None] | None = None  # for the app
        self._context = copy_context()
        self._task = self._begin()

    def _begin(self) -> "asyncio.Task[None]":
        if sys.version_info >= (3, 12):
            # PERF: begins at once, and has often answered when this returns.
            return asyncio.Task(self._run(), loop=self._loop, context=self._context, eager_start=True)
        return self._loop.create_task(self._run(), context=self._context)

    # -- in the task of the app

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._take, self._send)
        except Exception as error:  # noqa: BLE001  # raised where the response is awaited
            self._error = error
        finally:
            self._over = True
            self._tell()

    async def _take(self) -> Message:
        return {"type": "http.disconnect"} if self._over else await self._receive()

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if self._over:
            return
        if kind == _START:
            self._start = message
            self._tell()
        elif is_debug(message):
            self._info = message["info"]
        elif kind in _AT_ONCE:
            await self._outer_send(message)
        else:
            self._parts.append(message)
            self._tell()
            # The last part has been sent when what comes afterwards may begin.
            while self._must_wait(message):
                await self._wait_for_room()

    def _must_wait(self, message: Message) -> bool:
        return not self._over and (_is_last(message) or len(self._parts) > 1)

    async def _wait_for_room(self) -> None:
        self._room = self._room or self._loop.create_future()
        await asyncio.shield(self._room)

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    # -- in the task of the layer

    async def respond(self) -> NextResponse:
        """The response, as soon as it has begun.

        Raises:
            RuntimeError: There is none.
        """
        try:
            while self._start is None and not self._task.done() and not self._over:
                await self._wait_for_news()
        except asyncio.CancelledError:
            self._task.cancel()  # whoever has lost patience does not want the answer
            raise
        _restore(self._context)
        if self._start is None:
            self._raise()
            raise RuntimeError("No response returned.")
        return self._response(self._start)

    def _response(self, start: Message) -> NextResponse:
        status, headers = start["status"], start.get("headers", [])
        headers = headers if isinstance(headers, list) else list(headers)
        parts = self._parts
        if len(parts) == 1 and parts[0]["type"] == _BODY and _is_last(parts[0]):
            response = NextResponse(status, headers, parts.popleft().get("body", b""))
        else:
            response = NextResponse(status, headers, parts=self._iterate())
        response.info = self._info
        return response

    async def _wait_for_news(self) -> None:
        self._news = self._loop.create_future()
        await self._news

    async def _iterate(self) -> AsyncGenerator[Any, None]:
        while True:
            while not self._parts:
                if self._over:
                    self._raise()
                    return
                await self._wait_for_news()
            message = self._parts.popleft()
            if not _is_last(message):
                self._make_room()
            if message["type"] != _BODY:
                yield message
                return
            if body := message.get("body", b""):
                yield body
            if not message.get("more_body", False):
                return

    def _make_room(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None

    def _raise(self) -> None:
        if self._error is not None and not self._told:
            self._told = True
            raise self._error

    # -- when the response was sent

    async def finish(self) -> None:
        """Let the app end, and tell of its error if nobody knows yet."""
        self._over = True
        self._make_room()
        if not self._task.done():
            await self._end_of_task()
        self._raise()

    async def _end_of_task(self) -> None:
        try:
            await asyncio.wait([self._task])
        except asyncio.CancelledError:
            await self.abort()
            raise

    async def abort(self) -> None:
        """End the app: its response is not wanted any more."""
        self._over = True
        self._make_room()
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])


def _is_last(message: Message) -> bool:
    return message["type"] != _BODY or not message.get("more_body", False)


def _restore(context: Context) -> None:
    """Set what was set within, so that the layer sees it as if it had been the same task."""
    here = copy_context()
    for variable, value in context.items():
        if variable not in here or here[variable] is not value:
            variable.set(value)
