"""The request as endpoints see it: Starlette's classes."""

from starlette.requests import HTTPConnection as HTTPConnection
from starlette.requests import Request as Request
