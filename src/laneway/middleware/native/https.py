"""Redirects from `http` to `https`."""

from starlette.datastructures import URL
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from laneway.middleware.native.arriving import Arriving
from laneway.middleware.native.hooks import Hook


class NativeHTTPSRedirect(Hook, HTTPSRedirectMiddleware):
    """Starlette's `HTTPSRedirectMiddleware`."""

    def open(self, request: Arriving) -> Response | None:
        """The redirect; None for a request that came over TLS."""
        scope = request.scope
        if scope["scheme"] != "http":
            return None
        url = URL(scope=scope)
        if not url.netloc:
            return PlainTextResponse("Invalid host header", status_code=400)
        netloc = url.hostname if url.port in (80, 443) else url.netloc
        return RedirectResponse(url.replace(scheme="https", netloc=netloc), status_code=307)
