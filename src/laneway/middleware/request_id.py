"""A name for every request, in its reply, for its endpoint, and for whoever writes a log line."""

import os
import re
from contextvars import ContextVar

from starlette.datastructures import State
from starlette.types import ASGIApp, Scope

from laneway.middleware.native.arriving import Arriving
from laneway.middleware.native.fields import put, value_of
from laneway.middleware.native.filters import Filter
from laneway.middleware.native.hooks import Hook, PassOn
from laneway.types import RawHeaders

request_id: ContextVar[str | None] = ContextVar("laneway_request_id", default=None)
"""The id of the request that is being served; None outside of requests."""

_ACCEPTABLE = re.compile(rb"[A-Za-z0-9._~+/=:@-]{1,128}")  # what can stand in a log line without harm


class RequestIdMiddleware(Hook, PassOn):
    """Gives every request an id: in the reply's header, in `request.state.request_id` and in `request_id.get()`.

    Args:
        app: What lies within.
        header: The header field of the reply.
        trust: Whether an id that the client (or a proxy) sends in the same header field is taken over, if it has at
            most 128 harmless characters.

    Example:
        app.add_middleware(RequestIdMiddleware)
    """

    def __init__(self, app: ASGIApp, *, header: str = "X-Request-ID", trust: bool = False) -> None:
        super().__init__(app)
        self._header = header.lower().encode("latin-1")
        self._trust = trust

    def open(self, request: Arriving) -> Filter:
        """What writes the id into the reply."""
        sent = value_of(request.headers, self._header) if self._trust else None
        value = (
            sent if sent is not None and _ACCEPTABLE.fullmatch(sent) else os.urandom(16).hex().encode("ascii")
        )
        text = value.decode("ascii")
        request_id.set(text)

        def add(scope: Scope) -> None:
            state = scope.setdefault("state", {})
            if isinstance(state, State):  # of an app around this one
                state.request_id = text
            else:
                state["request_id"] = text

        request.amend(add)
        return _Naming(self._header, value)


class _Naming(Filter):
    def __init__(self, header: bytes, value: bytes) -> None:
        self._header = header
        self._value = value

    def begin(self, status: int, headers: RawHeaders) -> bool:
        put(headers, self._header, self._value)
        return False
