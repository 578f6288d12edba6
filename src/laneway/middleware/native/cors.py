"""Answers to browsers that ask whether a page of another origin may call."""

from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from laneway.middleware.native.arriving import Arriving
from laneway.middleware.native.fields import put, value_of, vary_on
from laneway.middleware.native.filters import Filter
from laneway.middleware.native.hooks import Hook
from laneway.types import RawHeaders

_MOST_ORIGINS = 1024  # remembered


class NativeCORS(Hook, CORSMiddleware):
    """Starlette's `CORSMiddleware`; what it says to an origin is made once."""

    def __init__(self, app: ASGIApp, *args: Any, **options: Any) -> None:
        super().__init__(app, *args, **options)
        self._known: dict[bytes | None, _Allowing] = {}

    def open(self, request: Arriving) -> Filter | Response:
        """The answer to a preflight request, else what to add for this origin."""
        origin = value_of(request.headers, b"origin")
        if (
            origin is not None
            and request.method == "OPTIONS"
            and value_of(request.headers, b"access-control-request-method") is not None
        ):
            return self.preflight_response(Headers(raw=request.headers))
        known = self._known
        allowing = known.get(origin)
        if allowing is None:
            if len(known) >= _MOST_ORIGINS:
                known.clear()
            allowing = known[origin] = self._allowing(origin)
        return allowing

    def _allowing(self, origin: bytes | None) -> "_Allowing":
        if origin is None:
            return _Allowing([])
        text = origin.decode("latin-1")
        added = dict(self.simple_headers)
        explicit = self.allow_credentials if self.allow_all_origins else self.is_allowed_origin(origin=text)
        if explicit:
            added["Access-Control-Allow-Origin"] = text
        fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in added.items()]
        return _Allowing(fields)


class _Allowing(Filter):
    def __init__(self, fields: RawHeaders) -> None:
        self._fields = fields

    def begin(self, status: int, headers: RawHeaders) -> bool:
        names = {name for name, _ in headers}
        for name, value in self._fields:
            if name in names:
                put(headers, name, value)
            else:
                headers.append((name, value))
        if b"vary" in names:
            vary_on(headers, b"Origin")
        else:
            headers.append((b"vary", b"Origin"))
        return False
