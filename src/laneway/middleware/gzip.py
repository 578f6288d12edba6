"""Compressed replies for clients that accept them."""

from starlette.middleware.gzip import GZipMiddleware as GZipMiddleware
