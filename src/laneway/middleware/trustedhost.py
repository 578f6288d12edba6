"""Refusal of requests whose `Host` header is not one of ours."""

from starlette.middleware.trustedhost import TrustedHostMiddleware as TrustedHostMiddleware
