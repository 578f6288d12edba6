"""Sessions in a signed cookie; needs the package itsdangerous."""

from starlette.middleware.sessions import SessionMiddleware as SessionMiddleware
