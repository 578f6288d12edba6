"""Refusal of requests for hosts that are not ours."""

from typing import Any

from starlette._utils import parse_host_header  # what Starlette takes for a host
from starlette.datastructures import URL
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from laneway.middleware.native.arriving import Arriving
from laneway.middleware.native.fields import value_of
from laneway.middleware.native.hooks import Hook

_MOST_HOSTS = 1024  # remembered


class NativeTrustedHost(Hook, TrustedHostMiddleware):
    """Starlette's `TrustedHostMiddleware`; a host that was let in is let in again."""

    def __init__(self, app: ASGIApp, *args: Any, **options: Any) -> None:
        super().__init__(app, *args, **options)
        self._known: set[bytes | None] = set()

    def open(self, request: Arriving) -> Response | None:
        """The refusal; None for a host of ours."""
        if self.allow_any:
            return None
        host = value_of(request.headers, b"host")
        if host in self._known:
            return None
        answer = self._judge(host, request)
        if answer is None and len(self._known) < _MOST_HOSTS:
            self._known.add(host)
        return answer

    def _judge(self, header: bytes | None, request: Arriving) -> Response | None:
        parsed = parse_host_header(header.decode("latin-1") if header is not None else None)
        if parsed is None:
            return _refusal()
        host = parsed.host.lower()
        for pattern in self.allowed_hosts:
            if host == pattern or (pattern.startswith("*") and host.endswith(pattern[1:])):
                return None
        if self.www_redirect and f"www.{host}" in self.allowed_hosts:
            url = URL(scope=request.scope)
            return RedirectResponse(url=str(url.replace(netloc="www." + url.netloc)))
        return _refusal()


def _refusal() -> Response:
    return PlainTextResponse("Invalid host header", status_code=400)
