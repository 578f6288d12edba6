"""`APIRoute`: one path and its methods, an endpoint, and the options it was declared with.

What is derived from the declaration is worked out when first asked for and kept. A route of an included router is a
copy with the surroundings of the include added; it shares the endpoint's signature with its original.
"""

import copy
import inspect
import weakref
from collections.abc import Callable, Coroutine
from enum import IntEnum
from functools import cache, cached_property
from typing import Any, Self, Unpack, cast

from starlette import routing
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.body_limit import checked_limit, with_body_limit
from laneway.form_limits import checked_form_limits
from laneway.lanes.deadline import checked_timeout
from laneway.lanes.label import serving
from laneway.plan.compiled import CompiledPlan
from laneway.plan.message import RawRequest
from laneway.raises import checked_raises
from laneway.routing.layers import Layer, within
from laneway.routing.limited import within_limits
from laneway.routing.merging import attributes_within
from laneway.routing.options import AnyVerbOptions, RouteDefaults, Surroundings, check_names
from laneway.routing.planned import PlannedRoute
from laneway.routing.serve import answer_error, serve_compiled, serve_general, without_start
from laneway.routing.steps import remember, replaced_steps
from laneway.telemetry.current import KEY as OBSERVED

_HANDLE = routing.Route.handle
"""As it is before subclasses and tools that measure put their own in its place."""


class APIRoute(PlannedRoute):
    """An HTTP route.

    Its attributes carry the names of the options, merged with those of the routers around it;
    `middleware` and `exception_handlers` are the route's own.

    Attributes:
        layers: Middleware and exception handlers around the endpoint, from the outside in.
    """

    original_route: "APIRoute"
    layers: tuple[Layer, ...]

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
        self.original_route = self
        self._kin = [weakref.ref(self)]
        remember(self)
        self._declared_signature = getattr(endpoint, "__signature__", None)
        self.default_lane = None
        self.moved_to = None
        self.dependency_overrides_provider = dependency_overrides_provider
        self.methods = {method.upper() for method in chosen.pop("methods", None) or ("GET",)}
        self.chosen_response_model = chosen.pop("response_model", RouteDefaults.response_model)
        for name, value in chosen.items():
            setattr(self, name, value)
        self._normalize()
        self._check()

    def __setattr__(self, name: str, value: object) -> None:
        """Change an attribute of the declared route, as tools do; the next request is served accordingly."""
        for derived in _PLANS:
            self.__dict__.pop(derived, None)
        # What else is derived from these stays, as tools change it by themselves; includes derive it anew.
        if name == "endpoint":
            self.__dict__.pop("_endpoint_dependant", None)
        elif name == "dependant":
            for derived in ("_body_params", "_embed_body_fields"):
                self.__dict__.pop(derived, None)
        elif name == "response_model":
            self.__dict__["chosen_response_model"] = value
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
        self._take_from_annotation()
        self.raises = checked_raises(self.raises)
        self.max_body_size = checked_limit(self.max_body_size)
        self.timeout = checked_timeout(self.timeout)
        self.form_limits = checked_form_limits(self.form_limits)
        self.layers = Layer.of(self.middleware, self.exception_handlers)
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
        _ = self.path_regex, self.response_fields, self.response_field, self.stream_item_field
        _ = self._embed_body_fields  # now: tools add to the dependant what is none of the route's own body
        _ = self.app

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
        return with_body_limit(within(self.layers, app or self._serve), self.max_body_size)

    def stand_behind(self, layers: tuple[Layer, ...]) -> None:
        """Put more layers around those there are."""
        self.layers = (*layers, *self.layers)
        self.switch()

    def switch(self) -> None:
        """Forget what was made with other steps of serving; see `laneway.routing.steps`."""
        for name in _PLANS:
            self.__dict__.pop(name, None)
        own = self.__dict__.pop("_own_app", None)
        if self.__dict__.get("app") is own:
            self.__dict__.pop("app", None)

    @cached_property
    def direct_plan(self) -> CompiledPlan | None:
        """The compiled plan, when nothing has to stand between it and the server."""
        own_handle = type(self).handle is not _HANDLE or "handle" in self.__dict__
        replaced = own_handle or self.app is not self._own_app
        if replaced or self.layers or self.max_body_size is not None:
            return None
        return self.compiled_plan

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

    # -- copying

    def __getstate__(self) -> dict[str, Any]:
        """What a copy gets: all but what serves this route, which would go on serving this one."""
        left_out = {*_PLANS, "_handler", "_own_app", "_kin", "_endpoint_dependant", "_body_params"}
        if self.__dict__.get("app") is self.__dict__.get("_own_app"):
            left_out.add("app")
        if self.original_route is self:
            left_out.add("original_route")
        return {name: value for name, value in self.__dict__.items() if name not in left_out}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({"original_route": self, **state, "_kin": [weakref.ref(self)]})
        remember(self)

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
            attributes_within(self, outer, router),
            original_route=self.original_route,
            dependency_overrides_provider=provider,
            _kin=self._kin,
        )
        self._kin.append(weakref.ref(clone))
        return clone


_PLANS = (
    "spec",
    "tree",
    "general_plan",
    "observed_plan",
    "compiled_plan",
    "direct_plan",
    "_replaced_handler",
)
"""What a route is served with, made from its other attributes."""

_DERIVED = [
    name
    for owner in APIRoute.__mro__
    for name, attribute in vars(owner).items()
    if isinstance(attribute, cached_property)
]
"""What a copy with other options must work out anew."""


@cache
def _own_names() -> frozenset[str]:
    """The attributes of routes that are ours; others are those of subclasses."""
    return frozenset(dir(APIRoute("/", lambda: None)))
