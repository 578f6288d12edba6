"""The same app behind each kind of middleware."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway import Laneway, Request, Response
from laneway.middleware.cors import CORSMiddleware
from laneway.middleware.gzip import GZipMiddleware
from laneway.middleware.httpsredirect import HTTPSRedirectMiddleware
from laneway.middleware.trustedhost import TrustedHostMiddleware
from laneway.responses import PlainTextResponse

from ..wire import HOST
from .kitchen import add_all, lifespan

CallNext = Callable[[Request], Awaitable[Response]]


class Stamp(BaseHTTPMiddleware):
    """Middleware as a class with `dispatch`."""

    async def dispatch(self, request: Request, call_next: CallNext) -> Response:
        request.state.marked = "by middleware"
        response = await call_next(request)
        response.headers["x-stamp"] = request.method
        return response


class AddHeader:
    """Middleware that knows only ASGI."""

    def __init__(self, app: ASGIApp, value: str) -> None:
        self.app = app
        self.value = value.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-added", self.value)]
            await send(message)

        await self.app(scope, receive, add if scope["type"] == "http" else send)


def with_functions(app: Laneway) -> None:
    """Two functions, of which one may answer itself."""

    @app.middleware("http")
    async def inside(request: Request, call_next: CallNext) -> Response:
        response = await call_next(request)
        response.headers.append("x-order", "inside")
        return response

    @app.middleware("http")
    async def outside(request: Request, call_next: CallNext) -> Response:
        if request.query_params.get("stop"):
            return PlainTextResponse("stopped", status_code=403)
        if request.query_params.get("fail"):
            raise RuntimeError("in middleware")
        app.state.log.append("before")
        response = await call_next(request)
        response.headers.append("x-order", "outside")
        app.state.log.append("after")
        return response


def with_cors(app: Laneway) -> None:
    """CORS for one origin, with credentials."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["https://page.example"],
        allow_methods=["GET", "PUT"],
        allow_headers=["x-token"],
        expose_headers=["x-one"],
        allow_credentials=True,
    )


def with_open_cors(app: Laneway) -> None:
    """CORS for everybody."""
    app.add_middleware(CORSMiddleware, allow_origins=["*"])


def with_gzip(app: Laneway) -> None:
    """Compression."""
    app.add_middleware(GZipMiddleware, minimum_size=200)


def with_hosts(app: Laneway) -> None:
    """One host only."""
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "*.sub.example"])


def with_https(app: Laneway) -> None:
    """TLS only."""
    app.add_middleware(HTTPSRedirectMiddleware)


def with_classes(app: Laneway) -> None:
    """A class with `dispatch` inside of one that knows only ASGI."""
    app.add_middleware(Stamp)
    app.add_middleware(AddHeader, value="yes")


def with_everything(app: Laneway) -> None:
    """Several kinds, one inside the other."""
    with_gzip(app)
    with_functions(app)
    with_cors(app)
    with_classes(app)


WRAPPINGS: dict[str, Callable[[Laneway], None]] = {
    "functions": with_functions,
    "cors": with_cors,
    "open cors": with_open_cors,
    "gzip": with_gzip,
    "hosts": with_hosts,
    "https": with_https,
    "classes": with_classes,
    "everything": with_everything,
}


def make_wrapped(wrapping: str, folder: Path) -> Laneway:
    """A fresh app behind middleware."""
    app = add_all(Laneway(title=wrapping, lifespan=lifespan), folder)
    WRAPPINGS[wrapping](app)
    return app


def make_limited(folder: Path) -> Laneway:
    """A fresh app that takes small bodies only, and redirects nothing."""
    return add_all(Laneway(max_body_size=50, redirect_slashes=False, lifespan=lifespan), folder)
