"""What layers do with one response, whoever sends it: the direct path, ASGI, or a layer around them.

A filter sees the head when it begins, and may hold it back until it has seen the first part of the body.
"""

from collections.abc import Sequence, Sized

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from starlette.types import Message, Send

from laneway.middleware.native.fields import drop
from laneway.types import RawHeaders

_THREADS = 8  # that may compress at once, apart from those for endpoints
_limiter: RunVar[CapacityLimiter] = RunVar("laneway_compression_limiter")


class Filter:
    """What one layer does with one response; does nothing by itself.

    Attributes:
        on_failure: Whether it also sees the 500 for an error that nobody has handled.
        thread_size: Bytes of a part of the body from which on `add` belongs into a thread; None for never.
    """

    on_failure = True
    thread_size: int | None = None

    def begin(self, status: int, headers: RawHeaders) -> bool:
        """Change the header fields in place; True to wait for the body: `add` is called then."""
        return False

    def add(self, body: bytes, more: bool) -> bytes:
        """A part of the body as it shall be; with the first one the header fields may still be changed."""
        return body


class Filters:
    """The filters of one response.

    Args:
        filters: The innermost first.

    Attributes:
        status: Of the response, once it has begun.
        headers: Its header fields, once it has begun.
        held: Whether the head waits for the body.
        begun: Whether a response has begun.
        failed: Whether the response is the 500 for an error that nobody has handled.
    """

    failed = begun = held = False
    status = 0
    headers: RawHeaders

    def __init__(self, filters: Sequence[Filter]) -> None:
        self._filters = filters
        self._next = 0
        self._active: list[Filter] = []  # those that want the body
        self.thread_size = min(
            (one.thread_size for one in filters if one.thread_size is not None), default=None
        )

    def begin(self, status: int, headers: RawHeaders) -> bool:
        """Begin a response; True if its head must wait for its body, and is in `status` and `headers` then."""
        self.status, self.headers = status, headers
        self._next, self.begun = 0, True
        self._active.clear()
        self.held = self._go_on()
        return self.held

    def _go_on(self) -> bool:
        while self._next < len(self._filters):
            one = self._filters[self._next]
            self._next += 1
            if self.failed and not one.on_failure:
                continue
            if one.begin(self.status, self.headers):
                self._active.append(one)
                return True
        return False

    def add(self, body: bytes, more: bool) -> bytes:
        """A part of the body as it shall be sent; the first one lets the head go."""
        for one in self._active:
            body = one.add(body, more)
        while self.held:
            self.held = self._go_on()
            if self.held:
                body = self._active[-1].add(body, more)
        return body

    def is_slow(self, body: bytes) -> bool:
        """Whether `add` would keep the event loop for long."""
        size = len(body)
        return any(one.thread_size is not None and size >= one.thread_size for one in self._active)

    def may_be_slow(self, body: Sized) -> bool:
        """Whether `add` may do so for a whole body, before it has begun."""
        size = len(body)
        for one in self._filters:  # noqa: SIM110  # PERF: `any` takes three times as long
            if one.thread_size is not None and size >= one.thread_size:
                return True
        return False

    async def take(self, body: bytes, more: bool) -> bytes:
        """`add`, in a thread if it is slow."""
        if not self.is_slow(body):
            return self.add(body, more)
        try:
            limiter = _limiter.get()
        except LookupError:
            _limiter.set(limiter := CapacityLimiter(_THREADS))
        return await anyio.to_thread.run_sync(self.add, body, more, limiter=limiter)

    def fail(self, message: Message) -> None:
        """Let filters see the head of a 500 that does not come from within, unless they have seen a head."""
        if self.held or not self.begun:
            self.failed = True
            message["headers"] = list(message.get("headers", ()))
            self.begin(message["status"], message["headers"])

    def sending(self, send: Send) -> Send:
        """`send` for an ASGI app whose response is filtered."""
        held: Message = {}

        async def filtered(message: Message) -> None:
            kind = message["type"]
            if kind == "http.response.start":
                message["headers"] = list(message.get("headers", ()))
                if self.begin(message["status"], message["headers"]):
                    held.update(message)
                    return
            elif kind == "http.response.body":
                if self._active:
                    body = await self.take(message.get("body", b""), message.get("more_body", False))
                    message = {**message, "body": body}
                await release()
            elif kind == "http.response.pathsend":  # goes out as it is
                await release()
            await send(message)

        async def release() -> None:
            if not held:
                return
            if held.get("trailers"):  # what follows the body has no place in a body of known length
                drop(held["headers"], b"content-length")
            start = dict(held)
            held.clear()
            await send(start)

        return filtered
