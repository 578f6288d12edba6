"""Middleware and how to declare it. Any ASGI middleware is accepted; Starlette's are at hand here."""

from starlette.middleware import Middleware as Middleware
