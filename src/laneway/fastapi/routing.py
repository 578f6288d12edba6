"""`fastapi.routing`: routes and routers, and the steps of serving a request for libraries that take them apart.

Laneway's own routes do not go through the functions here: they are compiled. When a tool replaces one, they do.
"""

import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Self

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Mount, NoMatchFound, compile_path, get_name
from starlette.types import Scope
from starlette.websockets import WebSocket

from laneway.bodies import body_params, is_form
from laneway.datastructures import Default, DefaultPlaceholder
from laneway.dependant import Dependant
from laneway.encoders import jsonable_encoder
from laneway.exceptions import EndpointContext, ResponseValidationError
from laneway.fastapi._replaced import WatchedModule, step_functions
from laneway.fastapi._replaced import built_for as _effective_route_context_var
from laneway.fastapi._stepwise import StepwisePlan, StepwiseSession, at_work_on, by_overrides
from laneway.fastapi.dependencies.utils import SolvedDependency, get_dependant, solve_dependencies
from laneway.fields import ModelField
from laneway.form_limits import FormLimits, checked_form_limits
from laneway.plan.tree import Node
from laneway.route_spec import BodySpec, DumpOptions, OutputSpec, RouteSpec
from laneway.routing.contexts import RouteContext, iter_route_contexts
from laneway.routing.endpoint_context import endpoint_context
from laneway.routing.lifespan import merged as _merge_lifespan_context
from laneway.routing.options import resolved
from laneway.routing.route import APIRoute
from laneway.routing.router import APIRouter
from laneway.routing.serve import request_response, websocket_session
from laneway.routing.websocket_route import APIWebSocketRoute
from laneway.stream import wire
from laneway.types import IncEx

__all__ = [
    "APIRoute",
    "APIRouter",
    "APIWebSocketRoute",
    "BaseRoute",
    "Match",
    "Mount",
    "NoMatchFound",
    "RouteContext",
    "SolvedDependency",
    "_DefaultLifespan",
    "_EffectiveRouteContext",
    "_IncludedRouter",
    "_get_scope_effective_route_context",
    "_iter_included_route_candidates",
    "_iter_routes_with_context",
    "_merge_lifespan_context",
    "compile_path",
    "get_dependant",
    "get_name",
    "get_request_handler",
    "get_websocket_app",
    "iter_route_contexts",
    "request_response",
    "run_endpoint_function",
    "run_in_threadpool",
    "serialize_response",
    "solve_dependencies",
    "websocket_session",
]

_JSON = Default(JSONResponse)
_STRICT = Default(True)


async def run_endpoint_function(*, dependant: Dependant, values: dict[str, Any], is_coroutine: bool) -> Any:
    """The endpoint's result; blocking endpoints run in a thread, those of routes in their lane."""
    if (work := at_work_on(dependant)) is not None:
        return await work.call(values)
    if is_coroutine:
        return await dependant.function(**values)
    return await run_in_threadpool(dependant.function, **values)


async def serialize_response(
    *,
    field: ModelField | None = None,
    response_content: Any,
    include: IncEx | None = None,
    exclude: IncEx | None = None,
    by_alias: bool = True,
    exclude_unset: bool = False,
    exclude_defaults: bool = False,
    exclude_none: bool = False,
    is_coroutine: bool = True,
    endpoint_ctx: EndpointContext | None = None,
    dump_json: bool = False,
) -> Any:
    """A result as plain data, or as JSON bytes with `dump_json`, validated and filtered by its response model.

    Raises:
        ResponseValidationError: The result is not what its model says.
    """
    if field is None:
        return jsonable_encoder(response_content)
    validate = partial(field.validate, response_content, loc=("response",))
    value, errors = validate() if is_coroutine else await run_in_threadpool(validate)
    if errors:
        raise ResponseValidationError(
            errors, body=response_content, endpoint_ctx=endpoint_ctx or EndpointContext()
        )
    serialize = field.serialize_json if dump_json else field.serialize
    return serialize(
        value,
        include=include,
        exclude=exclude,
        by_alias=by_alias,
        exclude_unset=exclude_unset,
        exclude_defaults=exclude_defaults,
        exclude_none=exclude_none,
    )


def get_request_handler(  # noqa: PLR0917  # FastAPI's arguments
    dependant: Dependant,
    body_field: ModelField | None = None,
    status_code: int | None = None,
    response_class: type[Response] | DefaultPlaceholder = _JSON,
    response_field: ModelField | None = None,
    response_model_include: IncEx | None = None,
    response_model_exclude: IncEx | None = None,
    response_model_by_alias: bool = True,
    response_model_exclude_unset: bool = False,
    response_model_exclude_defaults: bool = False,
    response_model_exclude_none: bool = False,
    dependency_overrides_provider: Any = None,
    embed_body_fields: bool = False,
    strict_content_type: bool | DefaultPlaceholder = _STRICT,
    stream_item_field: ModelField | None = None,
    is_json_stream: bool = False,  # known from the response class
    form_limits: FormLimits | None = None,
) -> Callable[[Request], Awaitable[Response]]:
    """A function from request to response that serves an endpoint; wrap it in `request_response` for ASGI."""
    dump = DumpOptions(
        response_model_include,
        response_model_exclude,
        response_model_by_alias,
        response_model_exclude_unset,
        response_model_exclude_defaults,
        response_model_exclude_none,
    )
    output = OutputSpec(
        field=response_field,
        stream_item=stream_item_field,
        response_class=resolved(response_class),
        default_class=isinstance(response_class, DefaultPlaceholder),
        status_code=status_code,
        dump=dump,
    )
    fields = [] if body_field is None else body_params(dependant)
    body = BodySpec(tuple(fields), is_form(fields), embed_body_fields, resolved(strict_content_type))
    body = replace(body, form_limits=checked_form_limits(form_limits))
    provider = dependency_overrides_provider

    def plan(tree: Node) -> StepwisePlan:
        return StepwisePlan(spec, tree, step_functions, provider)

    spec, lane = _spec(dependant, body, output)
    return by_overrides(spec, lane, provider, plan)


def get_websocket_app(
    dependant: Dependant, dependency_overrides_provider: Any = None, embed_body_fields: bool = False
) -> Callable[[WebSocket], Awaitable[None]]:
    """A function that serves a WebSocket endpoint; wrap it in `websocket_session` for ASGI."""
    provider = dependency_overrides_provider

    def session(tree: Node) -> StepwiseSession:
        return StepwiseSession(spec, tree, step_functions, provider)

    body = BodySpec(tuple(body_params(dependant)), embedded=embed_body_fields)
    spec, lane = _spec(dependant, body, OutputSpec())
    return by_overrides(spec, lane, provider, session)


def _spec(dependant: Dependant, body: BodySpec, output: OutputSpec) -> tuple[RouteSpec, str | None]:
    """The route for which a handler is made, as the handler is to serve it, and its lane."""
    route = _effective_route_context_var.get()
    if route is not None:
        return replace(route.spec, dependant=dependant, body=body, output=output), route.default_lane
    context = partial(endpoint_context, dependant.function)
    return RouteSpec(dependant.path or "", dependant, body, output, context), None


class _DefaultLifespan:
    """The lifespan of a router that has start-up and shutdown handlers only, for lifespans that go around it."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router

    def __call__(self, app: object) -> Self:
        return self

    async def __aenter__(self) -> None:
        await self._router._startup()

    async def __aexit__(self, *error: object) -> None:
        await self._router._shutdown()


# -- FastAPI's tree of routes, for libraries that walk it. Here is a flat list of routes that know their surroundings.


class _IncludedRouter(BaseRoute):
    """A router in the tree; libraries ask whether a route is one, and none ever is."""


class _EffectiveRouteContext:
    """What an included route is by its surroundings; here the route itself says so, and nothing is one of these."""


def _iter_routes_with_context(routes: Sequence[BaseRoute]) -> Iterator[tuple[BaseRoute, None]]:
    """Every route with what its surroundings make of it: nothing that the route does not say itself."""
    return ((route, None) for route in routes)


def _iter_included_route_candidates(routes: Sequence[BaseRoute]) -> Iterator[BaseRoute]:
    """Every route in the form in which it is served."""
    return iter(routes)


def _get_scope_effective_route_context(scope: Scope) -> Any:
    """The route that serves a request, options of the routers around it merged; None outside of routes."""
    return scope.get("fastapi", {}).get("effective_route_context")


class _Routing(WatchedModule):
    @property
    def _PING_INTERVAL(self) -> float:  # noqa: N802 - FastAPI's name
        """Seconds of silence before a keep-alive comment; setting it changes the running app."""
        return wire.PING_INTERVAL

    @_PING_INTERVAL.setter
    def _PING_INTERVAL(self, seconds: float) -> None:  # noqa: N802
        wire.PING_INTERVAL = seconds


sys.modules[__name__].__class__ = _Routing
step_functions.watch(__name__, "laneway.fastapi.dependencies.utils")
