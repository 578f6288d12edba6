"""Every option of a route, declared once; decorators, routers and the app pass them through.

`RouteOptions` names and types them for callers, `RouteDefaults` gives the values that hold when nobody chose.
"""

from collections.abc import Callable, Collection, Sequence
from enum import Enum
from typing import Any, TypedDict

from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from laneway.body_limit import checked_limit
from laneway.datastructures import Default, DefaultPlaceholder
from laneway.form_limits import FormLimits, checked_form_limits
from laneway.lanes.deadline import checked_timeout
from laneway.params import Depends
from laneway.raises import Raised, checked_raises
from laneway.routing.handlers import Handlers
from laneway.routing.layers import Layer
from laneway.routing.unique_id import generate_unique_id
from laneway.types import IncEx


class RouteOptions(TypedDict, total=False):
    """Keyword options of every verb decorator."""

    response_model: Any  # what the result is validated and filtered by; the return annotation when absent
    status_code: int | None  # HTTP status of a normal reply; 200 when absent
    tags: list[str | Enum] | None  # groups in the docs
    dependencies: Sequence[Depends] | None  # called before the endpoint's own, results dropped
    summary: str | None  # one line in the docs; made from the name when absent
    description: str | None  # Markdown in the docs; the docstring when absent
    response_description: str  # of the normal reply, in the docs
    responses: dict[int | str, dict[str, Any]] | None  # further replies, in the docs
    raises: Sequence[Raised] | None  # errors it may answer with, in the docs; see `laneway.raises`
    deprecated: bool | None  # struck out in the docs
    operation_id: str | None  # name for client generators, unique in the app
    response_model_include: IncEx | None  # only these fields go out
    response_model_exclude: IncEx | None  # these fields do not
    response_model_by_alias: bool  # names on the wire are the aliases
    response_model_exclude_unset: bool  # leave out what the endpoint did not set
    response_model_exclude_defaults: bool  # leave out what equals its default
    response_model_exclude_none: bool  # leave out None
    include_in_schema: bool  # whether OpenAPI tells of the route
    response_class: type[Response] | DefaultPlaceholder  # what results are wrapped in
    name: str | None  # for `url_path_for`; the function's name when absent
    callbacks: list[BaseRoute] | None  # requests that the server will make, in the docs
    openapi_extra: dict[str, Any] | None  # merged into the operation
    generate_unique_id_function: Callable[[Any], str] | DefaultPlaceholder  # makes operation ids
    strict_content_type: bool | DefaultPlaceholder  # JSON bodies must say so
    max_body_size: int | None  # bytes; 413 above
    form_limits: FormLimits | None  # fields, files and part size of forms; 400 above
    lane: str | None  # where the endpoint runs; `loop` for `async def`, `thread` for `def` when absent
    timeout: float | None  # seconds for a request; 504 above
    cancel_on_disconnect: bool | None  # end a request whose client is gone
    middleware: Sequence[Middleware] | None  # around the endpoint, outermost first; within that of routers
    exception_handlers: Handlers | None  # by exception class or status code; asked before those of routers


class AnyVerbOptions(RouteOptions, total=False):
    """Options of `api_route`, which also names the methods."""

    methods: Collection[str] | None


class RouteDefaults:
    """The value of each option where nobody chose one.

    Lists and mappings are typed `Any`: routes hold them normalised, never None.
    """

    response_model: Any = Default(None)
    status_code: int | None = None
    tags: Any = None
    dependencies: Any = None
    summary: str | None = None
    description: str | None = None
    response_description: str = "Successful Response"
    responses: Any = None
    raises: Any = None
    deprecated: bool | None = None
    operation_id: str | None = None
    response_model_include: IncEx | None = None
    response_model_exclude: IncEx | None = None
    response_model_by_alias: bool = True
    response_model_exclude_unset: bool = False
    response_model_exclude_defaults: bool = False
    response_model_exclude_none: bool = False
    include_in_schema: bool = True
    response_class: Any = Default(JSONResponse)
    name: Any = None
    callbacks: Any = None
    openapi_extra: dict[str, Any] | None = None
    generate_unique_id_function: Any = Default(generate_unique_id)
    strict_content_type: Any = Default(True)
    max_body_size: int | None = None
    form_limits: Any = None
    lane: str | None = None
    timeout: float | None = None
    cancel_on_disconnect: bool | None = None
    middleware: Any = None
    exception_handlers: Any = None


def check_names(options: dict[str, Any], known: Collection[str], where: str) -> None:
    """Refuse misspelt options.

    Raises:
        TypeError: An option is unknown; the message lists those that exist.
    """
    unknown = sorted(options.keys() - set(known))
    if unknown:
        raise TypeError(
            f"{where} got unknown option(s) {', '.join(unknown)}; known are {', '.join(sorted(known))}"
        )


def resolved(value: Any) -> Any:
    """The value itself, also when nobody chose it."""
    return value.value if isinstance(value, DefaultPlaceholder) else value


def first_chosen(*values: Any) -> Any:
    """The first value that somebody chose, nearest first; the nearest default when nobody did."""
    return next((value for value in values if not isinstance(value, DefaultPlaceholder)), values[0])


class RouterOptions(TypedDict, total=False):
    """What a router or an include adds to each of its routes."""

    prefix: str
    tags: list[str | Enum] | None
    dependencies: Sequence[Depends] | None
    default_response_class: type[Response] | DefaultPlaceholder
    responses: dict[int | str, dict[str, Any]] | None
    raises: Sequence[Raised] | None  # errors that each route may answer with, in the docs
    callbacks: list[BaseRoute] | None
    deprecated: bool | None
    include_in_schema: bool
    generate_unique_id_function: Callable[[Any], str] | DefaultPlaceholder
    max_body_size: int | None
    form_limits: FormLimits | None
    lane: str | None  # where blocking endpoints and dependencies run that name no lane
    timeout: float | None
    cancel_on_disconnect: bool | None
    middleware: Sequence[Middleware] | None  # around each of the routes, outermost first
    exception_handlers: Handlers | None  # by exception class or status code


class Surroundings:
    """What stands around a route: the options of a router or of an include.

    A route's own options come last (lists) or first (single choices), so the nearest choice holds.
    """

    __slots__ = (
        "callbacks",
        "cancel_on_disconnect",
        "default_response_class",
        "dependencies",
        "deprecated",
        "form_limits",
        "generate_unique_id_function",
        "include_in_schema",
        "lane",
        "layers",
        "max_body_size",
        "prefix",
        "raises",
        "responses",
        "strict_content_type",
        "tags",
        "timeout",
    )

    def __init__(
        self, options: dict[str, Any], strict_content_type: Any = RouteDefaults.strict_content_type
    ) -> None:
        self.prefix: str = options.get("prefix", "")
        self.tags: list[str | Enum] = list(options.get("tags") or ())
        self.dependencies: list[Depends] = list(options.get("dependencies") or ())
        self.responses: dict[int | str, dict[str, Any]] = dict(options.get("responses") or {})
        self.raises = checked_raises(options.get("raises"))
        self.callbacks: list[BaseRoute] = list(options.get("callbacks") or ())
        self.deprecated: bool | None = options.get("deprecated")
        self.include_in_schema: bool = options.get("include_in_schema", True)
        self.default_response_class = options.get("default_response_class", RouteDefaults.response_class)
        self.generate_unique_id_function = options.get(
            "generate_unique_id_function", RouteDefaults.generate_unique_id_function
        )
        self.strict_content_type = strict_content_type
        self.max_body_size = checked_limit(options.get("max_body_size"))
        self.form_limits = checked_form_limits(options.get("form_limits"))
        self.lane: str | None = options.get("lane")
        self.timeout = checked_timeout(options.get("timeout"))
        self.cancel_on_disconnect: bool | None = options.get("cancel_on_disconnect")
        self.layers: tuple[Layer, ...] = Layer.of(
            options.get("middleware"), options.get("exception_handlers")
        )
