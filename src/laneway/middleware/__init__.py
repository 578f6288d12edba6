"""Middleware and how to declare it.

Starlette's classes and what belongs to Laneway run on the direct path; any other ASGI middleware is accepted as it is.
"""

from starlette.middleware import Middleware as Middleware

from laneway.middleware.compression import CompressionMiddleware as CompressionMiddleware
from laneway.middleware.request_id import RequestIdMiddleware as RequestIdMiddleware
from laneway.middleware.security_headers import SecurityHeadersMiddleware as SecurityHeadersMiddleware
