"""The endpoints that serve an app's OpenAPI document, its pages, and the files the pages load.

    for path, endpoint in docs_endpoints(app):
        app.add_route(path, endpoint, include_in_schema=False)

Everything but the paths is read from the app when a request comes, so `app.title = ...` or
`app.openapi = custom_openapi` after construction is seen.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Protocol, TypeAlias

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from laneway.openapi.asset_files import (
    ASSETS_ROUTE,
    FAVICON,
    REDOC_JS,
    SWAGGER_UI_CSS,
    SWAGGER_UI_JS,
    asset_endpoint,
    asset_url,
)
from laneway.openapi.docs import get_redoc_html, get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

# One thread builds schemas: a second request for the document waits for the first instead of building it again, and
# a big schema takes no thread from the endpoints.
_schema_thread: RunVar[CapacityLimiter] = RunVar("laneway_schema_thread")


class DocumentedApp(Protocol):
    """What the endpoints need to know of an application."""

    @property
    def title(self) -> str:
        """Name of the API."""

    @property
    def root_path_in_servers(self) -> bool:
        """Whether the document lists `root_path` as a server."""

    @property
    def openapi_url(self) -> str | None:
        """Path of the document; None switches everything off but the files."""

    @property
    def docs_url(self) -> str | None:
        """Path of Swagger UI, or None."""

    @property
    def redoc_url(self) -> str | None:
        """Path of Redoc, or None."""

    @property
    def swagger_ui_oauth2_redirect_url(self) -> str | None:
        """Path to which an OAuth2 login returns, or None."""

    @property
    def swagger_ui_init_oauth(self) -> Mapping[str, Any] | None:
        """Arguments for Swagger UI's `initOAuth`."""

    @property
    def swagger_ui_parameters(self) -> Mapping[str, Any] | None:
        """Settings of Swagger UI."""

    @property
    def openapi(self) -> Callable[[], dict[str, Any]]:
        """Builds the OpenAPI document or returns the one built before."""


def docs_endpoints(app: DocumentedApp) -> Iterator[tuple[str, Endpoint]]:
    """The paths an app must serve for its documentation, each with its endpoint, in the order of registration."""
    if app.openapi_url:
        yield app.openapi_url, openapi_endpoint(app)
        yield from _page_endpoints(app)


DOCS_ASSETS = Route(ASSETS_ROUTE, asset_endpoint, include_in_schema=False)
"""Serves the files that the pages load, also those made by hand with `get_swagger_ui_html`.

No route of any app: an app serves it where none of its own matches.
"""


def _page_endpoints(app: DocumentedApp) -> Iterator[tuple[str, Endpoint]]:
    if app.docs_url:
        yield app.docs_url, swagger_ui_endpoint(app)
        if app.swagger_ui_oauth2_redirect_url:
            yield app.swagger_ui_oauth2_redirect_url, swagger_ui_redirect
    if app.redoc_url:
        yield app.redoc_url, redoc_endpoint(app)


def openapi_endpoint(app: DocumentedApp) -> Endpoint:
    """An endpoint that answers with the app's OpenAPI document; built and serialised in a thread."""

    async def openapi(request: Request) -> Response:
        prefix = _root_path(request) if app.root_path_in_servers else ""
        return await to_thread.run_sync(lambda: _schema_response(app, prefix), limiter=_schema_limiter())

    return openapi


def swagger_ui_endpoint(app: DocumentedApp) -> Endpoint:
    """An endpoint that answers with the app's Swagger UI page."""

    async def swagger_ui_html(request: Request) -> Response:
        root_path = _root_path(request)
        redirect = app.swagger_ui_oauth2_redirect_url
        return get_swagger_ui_html(
            openapi_url=f"{root_path}{app.openapi_url}",
            title=f"{app.title} - Swagger UI",
            swagger_js_url=asset_url(SWAGGER_UI_JS, root_path),
            swagger_css_url=asset_url(SWAGGER_UI_CSS, root_path),
            swagger_favicon_url=asset_url(FAVICON, root_path),
            oauth2_redirect_url=root_path + redirect if redirect else None,
            init_oauth=app.swagger_ui_init_oauth,
            swagger_ui_parameters=app.swagger_ui_parameters,
        )

    return swagger_ui_html


def redoc_endpoint(app: DocumentedApp) -> Endpoint:
    """An endpoint that answers with the app's Redoc page; it asks no other server, not for fonts either."""

    async def redoc_html(request: Request) -> Response:
        root_path = _root_path(request)
        return get_redoc_html(
            openapi_url=f"{root_path}{app.openapi_url}",
            title=f"{app.title} - ReDoc",
            redoc_js_url=asset_url(REDOC_JS, root_path),
            redoc_favicon_url=asset_url(FAVICON, root_path),
            with_google_fonts=False,
        )

    return redoc_html


async def swagger_ui_redirect(request: Request) -> Response:
    """Answer with the page to which an OAuth2 login returns."""
    return get_swagger_ui_oauth2_redirect_html()


def _root_path(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")


def _schema_limiter() -> CapacityLimiter:
    try:
        return _schema_thread.get()
    except LookupError:
        limiter = CapacityLimiter(1)
        _schema_thread.set(limiter)
        return limiter


def _schema_response(app: DocumentedApp, prefix: str) -> Response:
    schema = app.openapi()
    return JSONResponse(_with_server(schema, prefix) if prefix else schema)


def _with_server(schema: dict[str, Any], url: str) -> dict[str, Any]:
    """A copy of the document with `url` as first server, or the document itself if it lists `url` already."""
    servers = schema.get("servers", [])
    if any(server.get("url") == url for server in servers):
        return schema
    return {**schema, "servers": [{"url": url}, *servers]}
