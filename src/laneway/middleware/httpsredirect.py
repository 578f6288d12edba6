"""Redirects from `http` to `https` and from `ws` to `wss`."""

from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware as HTTPSRedirectMiddleware
