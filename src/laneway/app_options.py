"""Every option of an application, declared once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from laneway.lanes.registry import LaneSpec
from laneway.params import Depends
from laneway.problem import ErrorFormat
from laneway.raises import Raised
from laneway.routing.router import APIRouter
from laneway.telemetry.config import TelemetryConfig

Handler = Callable[..., Any]
Background = Literal["process", "durable"]


class DocsOptions(TypedDict, total=False):
    """What the OpenAPI document and the docs pages say, and where they are."""

    title: str
    summary: str | None
    description: str  # Markdown
    version: str  # of the API
    openapi_url: str | None  # None: no document, no pages
    openapi_version: str | None  # None: 3.2.0 if the document uses what came with it, else 3.1.0
    openapi_tags: list[dict[str, Any]] | None
    servers: list[dict[str, Any]] | None
    docs_url: str | None  # Swagger UI; None: not served
    redoc_url: str | None  # Redoc; None: not served
    swagger_ui_oauth2_redirect_url: str | None
    swagger_ui_init_oauth: dict[str, Any] | None
    swagger_ui_parameters: dict[str, Any] | None
    terms_of_service: str | None
    contact: dict[str, Any] | None
    license_info: dict[str, Any] | None
    root_path_in_servers: bool
    separate_input_output_schemas: bool
    openapi_external_docs: dict[str, Any] | None


class DocsDefaults:
    """The value of each docs option where nobody chose one; attributes of every app."""

    title: str = "Laneway"
    summary: str | None = None
    description: str = ""
    version: str = "0.1.0"
    openapi_url: str | None = "/openapi.json"
    openapi_version: str | None = None
    openapi_tags: list[dict[str, Any]] | None = None
    servers: list[dict[str, Any]] | None = None
    docs_url: str | None = "/docs"
    redoc_url: str | None = "/redoc"
    swagger_ui_oauth2_redirect_url: str | None = "/docs/oauth2-redirect"
    swagger_ui_init_oauth: dict[str, Any] | None = None
    swagger_ui_parameters: dict[str, Any] | None = None
    terms_of_service: str | None = None
    contact: dict[str, Any] | None = None
    license_info: dict[str, Any] | None = None
    root_path_in_servers: bool = True
    separate_input_output_schemas: bool = True
    openapi_external_docs: dict[str, Any] | None = None


class AppOptions(DocsOptions, total=False):
    """Keyword options of an application."""

    debug: bool  # tracebacks in replies
    routes: list[BaseRoute] | None
    dependencies: Sequence[Depends] | None  # of every route
    default_response_class: Any
    redirect_slashes: bool  # 307 to the path with or without the trailing slash
    middleware: Sequence[Middleware] | None  # outermost first
    exception_handlers: Mapping[Any, Handler] | None  # by exception class or status code
    error_format: ErrorFormat  # of errors that no handler of yours answers; `problem` is RFC 9457's
    on_startup: Sequence[Callable[[], Any]] | None
    on_shutdown: Sequence[Callable[[], Any]] | None
    lifespan: Any  # async context manager around serving; what it yields becomes `request.state`
    root_path: str  # deprecated: the server's setting
    responses: dict[int | str, dict[str, Any]] | None
    raises: Sequence[Raised] | None  # errors that each route may answer with, in the docs
    callbacks: list[BaseRoute] | None
    webhooks: APIRouter | None
    deprecated: bool | None
    include_in_schema: bool
    generate_unique_id_function: Any
    strict_content_type: bool
    max_body_size: int | None
    form_limits: Any
    lanes: Mapping[str, LaneSpec] | None  # named places for calls, see `laneway.lanes`
    lane: str | None  # where blocking endpoints and dependencies run that name no lane
    timeout: float | None  # seconds for a request; 504 above
    deadline_header: str | None  # a header by which clients may ask for less time, in seconds
    cancel_on_disconnect: bool | None  # end requests whose client is gone
    jobs: Any  # where durable calls are kept: `sqlite:///var/jobs.db`, `memory:` or a `laneway.jobs.Jobs`
    background: Background  # what becomes of jobs that are added to `BackgroundTasks`; `process` when absent
    telemetry: TelemetryConfig | None  # what OpenTelemetry sees of the app, see `laneway.telemetry`


ROUTER_OPTIONS = (
    "routes",
    "redirect_slashes",
    "on_startup",
    "on_shutdown",
    "lifespan",
    "default_response_class",
    "dependencies",
    "callbacks",
    "deprecated",
    "include_in_schema",
    "responses",
    "raises",
    "generate_unique_id_function",
    "strict_content_type",
    "max_body_size",
    "form_limits",
    "lane",
    "timeout",
    "cancel_on_disconnect",
)
"""Options of the app that are those of its router."""
