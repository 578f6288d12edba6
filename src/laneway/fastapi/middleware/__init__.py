"""`fastapi.middleware`."""

from laneway.middleware import Middleware as Middleware
