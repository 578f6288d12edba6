"""`APIRoute`: one path and its methods, an endpoint, and the options it was declared with.

What is derived from the declaration is worked out when first asked for and kept. A route of an included router is a
copy with the surroundings of the include added; it shares the endpoint's signature with its original.
"""

import copy
import dataclasses
import inspect
import weakref
from collections.abc import Callable, Coroutine, Mapping
from enum import IntEnum
from functools import cache, cached_property, partial
from typing import Any, ClassVar, Self, Unpack, cast

from starlette import routing
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.annotations import is_subclass, return_annotation, stream_item
from laneway.bodies import body_params, is_embedded, is_form
from laneway.body_limit import checked_limit, innermost_limit, with_body_limit
from laneway.body_model import body_field
from laneway.callables import is_generator
from laneway.datastructures import DefaultPlaceholder
from laneway.fields import ModelField, make_field
from laneway.form_limits import checked_form_limits
from laneway.lanes.deadline import checked_timeout
from laneway.lanes.label import serving
from laneway.lanes.registry import Lanes, lanes_of
from laneway.overrides import DependencyOverrides, LiveOverrides
from laneway.plan.compiled import CompiledPlan
from laneway.plan.general import GeneralPlan
from laneway.plan.message import RawRequest
from laneway.plan.moved import in_lane, lane_of_plain, why_on_loop
from laneway.plan.observed import ObservedPlan
from laneway.plan.source import compile_plan
from laneway.plan.tree import Node, Overrides, build_tree
from laneway.plan.write import allows_body
from laneway.route_spec import BodySpec, DumpOptions, OutputSpec, RouteSpec
from laneway.routing.endpoint_context import endpoint_context
from laneway.routing.limited import within_limits
from laneway.routing.options import (
    AnyVerbOptions,
    RouteDefaults,
    Surroundings,
    check_names,
    first_chosen,
    resolved,
)
from laneway.routing.paths import CompiledPath, compiled_path
from laneway.routing.serve import Handler, answer_error, serve_compiled, serve_general, without_start
from laneway.routing.steps import remember, replaced_steps
from laneway.signature import Dependant, get_dependant, path_param_names, with_dependencies
from laneway.sse import EventSourceResponse, ServerSentEvent
from laneway.telemetry.current import KEY as OBSERVED
from laneway.telemetry.current import observed_in

_HANDLE = routing.Route.handle
"""As it is before subclasses and tools that measure put their own in its place."""

_STATUS_WITHOUT_BODY = "Status code {} must not have a response body"


class APIRoute(RouteDefaults, routing.Route):
    """An HTTP route.

    Its attributes carry the names of the options, merged with those of the routers around it.

    Attributes:
        shows_steps: Whether telemetry sees what happens within: dependencies, endpoint, serialization.
    """

    shows_steps: ClassVar[bool] = True

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        dependency_overrides_provider: Any = None,
        **options: Unpack[AnyVerbOptions],
    ) -> None:
        chosen = cast(dict[str, Any], options)
        check_names(chosen, AnyVerbOptions.__annotations__, type(self).__name__)
        self.path = path
        self.endpoint = endpoint
        self.original_route: APIRoute = self
        self._kin = [weakref.ref(self)]
        remember(self)
        self._declared_signature = getattr(endpoint, "__signature__", None)
        self.default_lane: str | None = None
        self.moved_to: str | None = None
        self.dependency_overrides_provider = dependency_overrides_provider
        self.methods: set[str] = {method.upper() for method in chosen.pop("methods", None) or ("GET",)}
        self.chosen_response_model = chosen.pop("response_model", RouteDefaults.response_model)
        for name, value in chosen.items():
            setattr(self, name, value)
        self._normalize()
        self._check()

    def __setattr__(self, name: str, value: object) -> None:
        """Change an attribute of the declared route, as tools do; the next request is served accordingly."""
        for derived in _PLANS:
            self.__dict__.pop(derived, None)
        super().__setattr__(name, value)
        if type(self) is not APIRoute and name not in _own_names():
            self._share(name, value)

    def _share(self, name: str, value: object) -> None:
        """Give what a class keeps on its routes to the declared route and all its copies, which are one to it."""
        for reference in self.__dict__.get("_kin", ()):
            if (kin := reference()) is not None:
                kin.__dict__[name] = value

    def _normalize(self) -> None:
        self.name = routing.get_name(self.endpoint) if self.name is None else self.name
        self.tags = list(self.tags or ())
        self.dependencies = list(self.dependencies or ())
        self.responses = dict(self.responses or {})
        self.max_body_size = checked_limit(self.max_body_size)
        self.timeout = checked_timeout(self.timeout)
        self.form_limits = checked_form_limits(self.form_limits)
        if isinstance(self.status_code, IntEnum):
            self.status_code = int(self.status_code)
        # A form feed ends what the docs show of a docstring; the rest is for readers of the code.
        text = self.description or inspect.cleandoc(self.endpoint.__doc__ or "")
        self.description = text.split("\f")[0].strip()

    def _check(self) -> None:
        """Work out at once whatever can be wrong with a declaration, so that the decorator's line is blamed.

        Raises:
            AssertionError: A parameter or response contradicts itself.
            FastAPIError: A type is nothing that Pydantic can validate.
        """
        if not callable(self.endpoint):
            raise AssertionError(f"An endpoint must be a callable, not {self.endpoint!r}")
        _ = self.path_regex, self.response_fields, self.response_field, self.stream_item_field, self.dependant
        _ = self.app

    # -- the path

    @cached_property
    def _path(self) -> CompiledPath:
        return compiled_path(self.path)

    @cached_property
    def path_regex(self) -> Any:  # type: ignore[override]  # Starlette sets it in __init__
        """The path as a regular expression."""
        return self._path.regex

    @cached_property
    def path_format(self) -> str:  # type: ignore[override]
        """The path with bare names: `/items/{id}` for `/items/{id:int}`."""
        return self._path.format

    @cached_property
    def param_convertors(self) -> Any:  # type: ignore[override]
        """Convertors by the name of their path parameter."""
        return self._path.convertors

    @cached_property
    def unique_id(self) -> str:
        """The operation id."""
        return self.operation_id or str(resolved(self.generate_unique_id_function)(self))

    # -- the signature

    @cached_property
    def _endpoint_dependant(self) -> Dependant:
        original = self.original_route
        # Class-based views give methods another signature between declaration and include.
        kept = getattr(self.endpoint, "__signature__", None) is self._declared_signature
        if (
            original is not self
            and kept
            and path_param_names(original.path_format) == path_param_names(self.path_format)
        ):
            return dataclasses.replace(original._endpoint_dependant, path=self.path_format)
        return get_dependant(path=self.path_format, call=self.endpoint)

    @cached_property
    def dependant(self) -> Dependant:
        """Parameters and dependencies, those of the routers around it included."""
        endpoint = self._endpoint_dependant
        if self.lane is not None:
            endpoint = dataclasses.replace(endpoint, lane=self.lane)
        return with_dependencies(endpoint, self.dependencies, self.path_format)

    @cached_property
    def _body_params(self) -> list[ModelField]:
        return body_params(self.dependant)

    @cached_property
    def _embed_body_fields(self) -> bool:
        return is_embedded(self._body_params)

    @cached_property
    def body_field(self) -> ModelField | None:
        """The whole body as one field, for the schema."""
        return body_field(self._body_params, self.unique_id, self._embed_body_fields)

    # -- the response

    @cached_property
    def is_sse_stream(self) -> bool:
        """Whether yielded items go out as server-sent events."""
        return is_generator(self.endpoint) and is_subclass(resolved(self.response_class), EventSourceResponse)

    @cached_property
    def is_json_stream(self) -> bool:
        """Whether yielded items go out as JSON Lines."""
        return is_generator(self.endpoint) and isinstance(self.response_class, DefaultPlaceholder)

    @cached_property
    def _returned(self) -> tuple[Any, Any]:
        """Response model and type of streamed items, as declared or annotated."""
        if not isinstance(self.chosen_response_model, DefaultPlaceholder):
            return self.chosen_response_model, None
        annotation = return_annotation(self.endpoint)
        if is_subclass(annotation, Response):
            return None, None
        item = stream_item(annotation) if is_generator(self.endpoint) else None
        if item is None:
            return annotation, None
        typed = (self.is_json_stream or self.is_sse_stream) and not is_subclass(item, ServerSentEvent)
        return None, item if typed else None

    @cached_property
    def response_model(self) -> Any:
        """The type that results are validated against and filtered by."""
        return self._returned[0]

    @cached_property
    def stream_item_type(self) -> Any:
        """The type of streamed items."""
        return self._returned[1]

    @cached_property
    def response_field(self) -> ModelField | None:
        """The response model as a field."""
        if not self.response_model:
            return None
        if not _status_allows_body(self.status_code):
            raise AssertionError(_STATUS_WITHOUT_BODY.format(self.status_code))
        return make_field(f"Response_{self.unique_id}", self.response_model, mode="serialization")

    @cached_property
    def stream_item_field(self) -> ModelField | None:
        """Streamed items as a field."""
        if not self.stream_item_type:
            return None
        return make_field(f"StreamItem_{self.unique_id}", self.stream_item_type, mode="serialization")

    @cached_property
    def response_fields(self) -> dict[int | str, ModelField]:
        """Models of additional responses by status code."""
        fields: dict[int | str, ModelField] = {}
        for status, response in self.responses.items():
            if not isinstance(response, Mapping):
                raise AssertionError(f"An additional response must be a dict, not {response!r}")
            if model := response.get("model"):
                if not _status_allows_body(status):
                    raise AssertionError(_STATUS_WITHOUT_BODY.format(status))
                fields[status] = make_field(
                    f"Response_{status}_{self.unique_id}", model, mode="serialization"
                )
        return fields

    # -- the plans

    @cached_property
    def spec(self) -> RouteSpec:
        """What the plans are made from."""
        chosen = {name: getattr(self, f"response_model_{name}") for name in DumpOptions.__dataclass_fields__}
        return RouteSpec(
            label=f"{' '.join(sorted(self.methods))} {self.path}",
            dependant=self.dependant,
            body=BodySpec(
                fields=tuple(self._body_params),
                form=is_form(self._body_params),
                embedded=self._embed_body_fields,
                strict_content_type=resolved(self.strict_content_type),
                form_limits=self.form_limits,
            ),
            output=OutputSpec(
                field=self.response_field,
                stream_item=self.stream_item_field,
                response_class=resolved(self.response_class),
                default_class=isinstance(self.response_class, DefaultPlaceholder),
                status_code=self.status_code,
                dump=DumpOptions(**chosen),
            ),
            context=partial(endpoint_context, self.endpoint),
            lanes=self._lanes,
            timeout=self.timeout,
            deadline_header=getattr(self.dependency_overrides_provider, "deadline_header", None),
            cancel_on_disconnect=bool(self.cancel_on_disconnect),
            movable=self,
        )

    @property
    def _lanes(self) -> Lanes:
        return lanes_of(self.dependency_overrides_provider)

    @property
    def _overrides(self) -> Overrides:
        return LiveOverrides(self.dependency_overrides_provider)

    @cached_property
    def tree(self) -> Node:
        """The dependency tree with the overrides of now."""
        endpoint = in_lane(self.dependant, self.moved_to)
        return build_tree(
            endpoint, self._overrides, self._lanes, self.default_lane, live=self._overrides_are_silent
        )

    @cached_property
    def general_plan(self) -> GeneralPlan:
        """The plan that serves anything."""
        return GeneralPlan(self.spec, self.tree)

    @cached_property
    def observed_plan(self) -> ObservedPlan:
        """The plan that serves anything while telemetry looks on."""
        return ObservedPlan(self.spec, self.tree)

    @property
    def _overrides_are_silent(self) -> bool:
        """Whether the overrides are a dictionary that does not say when it changes."""
        overrides = getattr(self.dependency_overrides_provider, "dependency_overrides", None)
        return overrides is not None and not isinstance(overrides, DependencyOverrides)

    @cached_property
    def compiled_plan(self) -> CompiledPlan | None:
        """The plan as generated code; None when the route needs the general one."""
        if self.has_own_handler or self.tree.is_live or replaced_steps() is not None:
            return None
        return compile_plan(self.spec, self.tree)

    @cached_property
    def direct_plan(self) -> CompiledPlan | None:
        """The compiled plan, when nothing has to stand between it and the server."""
        own_handle = type(self).handle is not _HANDLE or "handle" in self.__dict__
        replaced = own_handle or self.app is not self._own_app
        return None if replaced or self.max_body_size is not None else self.compiled_plan

    @cached_property
    def has_own_handler(self) -> bool:
        """Whether a subclass wraps or replaces the handler."""
        return type(self).get_route_handler is not APIRoute.get_route_handler

    def overrides_changed(self) -> None:
        """Forget the plans; the next request makes them anew."""
        for name in ("tree", "general_plan", "observed_plan", "compiled_plan", "direct_plan"):
            self.__dict__.pop(name, None)

    # -- moving the endpoint off the loop

    @property
    def thread_lane(self) -> str:
        """Where the endpoint would run if it were a plain `def`."""
        return lane_of_plain(self.default_lane, self._lanes)

    def why_on_loop(self) -> str | None:
        """Why an `async def` endpoint stays on the loop by its declaration; None if nothing keeps it there."""
        return why_on_loop(self.dependant, self.default_lane)

    def run_in(self, lane: str | None) -> None:
        """Run an endpoint that never awaits in a thread lane from now on; None: where it was declared."""
        self.moved_to = lane

    @cached_property
    def _replaced_handler(self) -> Handler | None:
        """What tools put in the place of the plans."""
        steps = replaced_steps()
        return None if steps is None else steps.handler(self)

    def switch(self) -> None:
        """Forget what was made with other steps of serving; see `laneway.routing.steps`."""
        for name in _PLANS:
            self.__dict__.pop(name, None)
        own = self.__dict__.pop("_own_app", None)
        if self.__dict__.get("app") is own:
            self.__dict__.pop("app", None)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function from request to response; subclasses wrap it to see both."""

        async def handler(request: Request) -> Response:
            if (replaced := self._replaced_handler) is not None:
                return await replaced(request)
            if self.shows_steps and (observed := observed_in(request.scope)) is not None:
                return await self.observed_plan.serve(request, observed)
            return await self.general_plan(request)

        return handler

    # -- serving

    @cached_property
    def _handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return self.get_route_handler()

    @cached_property
    def app(self) -> ASGIApp:  # type: ignore[override]
        """The route as an ASGI app; tools may put another in its place."""
        return self._own_app

    @cached_property
    def _own_app(self) -> ASGIApp:
        if self.has_own_handler:
            _ = self._handler  # made once and early, as its class may expect
        steps = replaced_steps()
        app = None if steps is None else steps.app(self)
        return with_body_limit(app or self._serve, self.max_body_size)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = RawRequest(scope, receive, send, scope.get("path_params", {}))
        if (plan := self.compiled_plan) is not None and (scope.get(OBSERVED) is None or not self.shows_steps):
            try:
                await serve_compiled(plan, self._handler, request)
            except Exception as error:  # noqa: BLE001  # handed to the handlers
                send = without_start(send) if request.started else send
                await answer_error(error, self.path, request, send)
        elif (limits := self.general_plan.limits) is not None:
            serving.set(self.spec.route_label)
            await within_limits(limits, request, self._serve_general)
        else:
            await self._serve_general(request)

    async def _serve_general(self, request: RawRequest) -> None:
        await serve_general(self._handler, request.starlette())

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Starlette's, with the route itself in the scope."""
        match, child_scope = super().matches(scope)
        if match != Match.NONE:
            child_scope["route"] = self
        return match, child_scope

    # -- including

    def surrounded(self, outer: Surroundings, router: Surroundings, provider: Any) -> Self:
        """A copy of this route with what an include adds.

        Args:
            outer: The including router's options and those of the include.
            router: Defaults of the router that declared the route.
            provider: Who has the dependency overrides.
        """
        clone = copy.copy(self)
        for name in _DERIVED:
            clone.__dict__.pop(name, None)
        clone.__dict__.update(
            path=outer.prefix + self.path,
            tags=[*outer.tags, *self.tags],
            dependencies=[*outer.dependencies, *self.dependencies],
            responses={**outer.responses, **self.responses},
            callbacks=[*outer.callbacks, *(self.callbacks or ())],
            deprecated=self.deprecated or outer.deprecated,
            include_in_schema=self.include_in_schema and outer.include_in_schema,
            response_class=first_chosen(
                self.response_class, router.default_response_class, outer.default_response_class
            ),
            generate_unique_id_function=first_chosen(
                self.generate_unique_id_function,
                router.generate_unique_id_function,
                outer.generate_unique_id_function,
            ),
            strict_content_type=first_chosen(
                self.strict_content_type, router.strict_content_type, outer.strict_content_type
            ),
            max_body_size=innermost_limit(self.max_body_size, outer.max_body_size),
            form_limits={**outer.form_limits, **self.form_limits},
            default_lane=self.default_lane or outer.lane,
            timeout=outer.timeout if self.timeout is None else self.timeout,
            cancel_on_disconnect=(
                outer.cancel_on_disconnect if self.cancel_on_disconnect is None else self.cancel_on_disconnect
            ),
            dependency_overrides_provider=provider,
        )
        self._kin.append(weakref.ref(clone))
        remember(clone)
        return clone


_PLANS = (
    "_body_params",
    "_embed_body_fields",
    "spec",
    "tree",
    "general_plan",
    "observed_plan",
    "compiled_plan",
    "direct_plan",
    "_replaced_handler",
)
"""What a route is served with, made from its other attributes."""

_DERIVED = [name for name, attribute in vars(APIRoute).items() if isinstance(attribute, cached_property)]
"""What a copy with other options must work out anew."""


@cache
def _own_names() -> frozenset[str]:
    """The attributes of routes that are ours; others are those of subclasses."""
    return frozenset(dir(APIRoute("/", lambda: None)))


def _status_allows_body(status: int | str | None) -> bool:
    """Whether a status, as written in OpenAPI (200, "4XX", "default"), may have a body."""
    if status is None or (isinstance(status, str) and not status.isdigit()):
        return True
    return allows_body(int(status))
