"""Flask, Django and other WSGI apps as something to mount."""

from starlette.middleware.wsgi import WSGIMiddleware as WSGIMiddleware
