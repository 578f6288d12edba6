"""A route's plans: made when first asked for, and anew when something changes."""

from collections.abc import Callable, Coroutine
from functools import cached_property, partial
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response

from laneway.bodies import is_form
from laneway.datastructures import DefaultPlaceholder
from laneway.lanes.registry import Lanes, lanes_of
from laneway.overrides import DependencyOverrides, LiveOverrides
from laneway.plan.app_scope import app_scope_of
from laneway.plan.compiled import CompiledPlan
from laneway.plan.general import GeneralPlan
from laneway.plan.moved import in_lane, lane_of_plain, why_on_loop
from laneway.plan.observed import ObservedPlan
from laneway.plan.source import compile_plan
from laneway.plan.tree import Node, Overrides, build_tree
from laneway.route_spec import BodySpec, DumpOptions, OutputSpec, RouteSpec
from laneway.routing.endpoint_context import endpoint_context
from laneway.routing.options import resolved
from laneway.routing.returned import ReturningRoute
from laneway.routing.serve import Handler
from laneway.routing.steps import replaced_steps
from laneway.telemetry.current import observed_in


class PlannedRoute(ReturningRoute):
    """A route with what it is served by.

    Attributes:
        shows_steps: Whether telemetry sees what happens within: dependencies, endpoint, serialization.
        default_lane: Where blocking functions run that name no lane; what the routers around it say.
        moved_to: The thread lane in which an endpoint that never awaits runs instead; None where it was declared.
        dependency_overrides_provider: Who has the dependency overrides and the lanes: the app.
    """

    shows_steps: ClassVar[bool] = True
    default_lane: str | None
    moved_to: str | None
    dependency_overrides_provider: Any

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
            endpoint,
            self._overrides,
            self._lanes,
            self.default_lane,
            live=self._overrides_are_silent,
            app=app_scope_of(self.dependency_overrides_provider),
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
    def has_own_handler(self) -> bool:
        """Whether a subclass wraps or replaces the handler."""
        return type(self).get_route_handler is not PlannedRoute.get_route_handler

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

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function from request to response; subclasses wrap it to see both."""

        async def handler(request: Request) -> Response:
            if (replaced := self._replaced_handler) is not None:
                return await replaced(request)
            if self.shows_steps and (observed := observed_in(request.scope)) is not None:
                return await self.observed_plan.serve(request, observed)
            return await self.general_plan(request)

        return handler
