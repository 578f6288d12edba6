"""`APIWebSocketRoute`: a WebSocket endpoint with typed parameters and dependencies."""

import copy
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property, partial
from typing import Any, Self

from starlette import routing
from starlette.routing import Match
from starlette.types import ASGIApp, Scope
from starlette.websockets import WebSocket

from laneway.bodies import body_params, is_embedded
from laneway.dependant import Dependant
from laneway.lanes.registry import lanes_of
from laneway.overrides import LiveOverrides
from laneway.params import Depends
from laneway.plan.app_scope import app_scope_of
from laneway.plan.general import serve_websocket
from laneway.plan.observed import serve_observed_websocket
from laneway.plan.tree import Node, build_tree
from laneway.route_spec import BodySpec, OutputSpec, RouteSpec
from laneway.routing.endpoint_context import endpoint_context
from laneway.routing.layers import Layer, within
from laneway.routing.options import Surroundings
from laneway.routing.paths import compiled_path
from laneway.routing.serve import websocket_session
from laneway.routing.steps import remember, replaced_steps
from laneway.signature import get_dependant, with_dependencies
from laneway.telemetry.current import observed_in


class APIWebSocketRoute(routing.WebSocketRoute):
    """A WebSocket route."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        name: str | None = None,
        dependencies: Sequence[Depends] | None = None,
        dependency_overrides_provider: Any = None,
    ) -> None:
        self.path = path
        self.endpoint = endpoint
        self.name = routing.get_name(endpoint) if name is None else name
        self.dependencies = list(dependencies or ())
        self.dependency_overrides_provider = dependency_overrides_provider
        self.original_route: APIWebSocketRoute = self
        self.default_lane: str | None = None
        self.layers: tuple[Layer, ...] = ()
        remember(self)
        self._compile()

    def _compile(self) -> None:
        compiled = compiled_path(self.path)
        self.path_regex = compiled.regex
        self.path_format = compiled.format
        self.param_convertors = compiled.convertors
        self.dependant: Dependant = with_dependencies(
            get_dependant(path=self.path_format, call=self.endpoint), self.dependencies, self.path_format
        )
        self.app: ASGIApp = within(self.layers, websocket_session(self._serve))
        self.__dict__.pop("spec", None)
        self.switch()
        self.overrides_changed()

    @cached_property
    def spec(self) -> RouteSpec:
        """What the plan is made from."""
        fields = body_params(self.dependant)
        return RouteSpec(
            label=f"WS {self.path}",
            dependant=self.dependant,
            body=BodySpec(fields=tuple(fields), embedded=is_embedded(fields)),
            output=OutputSpec(),
            context=partial(endpoint_context, self.endpoint),
            lanes=lanes_of(self.dependency_overrides_provider),
        )

    @cached_property
    def tree(self) -> Node:
        """The dependency tree with the overrides of now."""
        provider = self.dependency_overrides_provider
        overrides, kept = LiveOverrides(provider), app_scope_of(provider)
        return build_tree(self.dependant, overrides, self.spec.lanes, self.default_lane, app=kept)

    def overrides_changed(self) -> None:
        """Forget the tree; the next connection makes it anew."""
        self.__dict__.pop("tree", None)

    @cached_property
    def _replaced_session(self) -> Callable[[WebSocket], Awaitable[None]] | None:
        """What tools put in the place of the plan."""
        steps = replaced_steps()
        return None if steps is None else steps.session(self)

    def switch(self) -> None:
        """Forget what was made with other steps of serving; see `laneway.routing.steps`."""
        self.__dict__.pop("_replaced_session", None)

    async def _serve(self, websocket: WebSocket) -> None:
        if (replaced := self._replaced_session) is not None:
            await replaced(websocket)
            return
        if (observed := observed_in(websocket.scope)) is not None:
            await serve_observed_websocket(self.spec, self.tree, websocket, observed)
        else:
            await serve_websocket(self.spec, self.tree, websocket)

    def stand_behind(self, layers: tuple[Layer, ...]) -> None:
        """Put middleware and exception handlers around those there are."""
        self.layers = (*layers, *self.layers)
        self._compile()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Starlette's, with the route itself in the scope."""
        match, child_scope = super().matches(scope)
        if match != Match.NONE:
            child_scope["route"] = self
        return match, child_scope

    def surrounded(self, outer: Surroundings, router: Surroundings, provider: Any) -> Self:
        """A copy of this route with what an include adds; see `APIRoute.surrounded`."""
        clone = copy.copy(self)
        clone.path = outer.prefix + self.path
        clone.dependencies = [*outer.dependencies, *self.dependencies]
        clone.default_lane = self.default_lane or outer.lane
        clone.layers = (*outer.layers, *self.layers)
        clone.dependency_overrides_provider = provider
        clone._compile()
        remember(clone)
        return clone
