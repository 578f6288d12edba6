"""Serving step by step: each step is whatever function `fastapi.routing` has under its name at that moment.

Tools replace these functions to see a request between the steps. Only then are they called at all; the compiled plans
do not know them.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from laneway.callables import CallKind
from laneway.dependant import Dependant
from laneway.exceptions import EndpointContext, RequestValidationError, WebSocketRequestValidationError
from laneway.lanes.label import serving
from laneway.overrides import LiveOverrides
from laneway.plan.app_scope import app_scope_of
from laneway.plan.general import GeneralPlan, as_starlette, cleanup_of, located
from laneway.plan.parse import parse_body
from laneway.plan.solve import Solver, call_plain
from laneway.plan.tree import Node, build_tree
from laneway.plan.write import make_writer, usual_status
from laneway.route_spec import RouteSpec
from laneway.telemetry.current import Observed, TelemetryData, observed_in


class StepFunctions(Protocol):
    """The module whose functions are the steps."""

    @property
    def solve_dependencies(self) -> Callable[..., Any]:
        """Calls dependencies and reads the endpoint's arguments."""

    @property
    def run_endpoint_function(self) -> Callable[..., Any]:
        """Calls the endpoint."""

    @property
    def serialize_response(self) -> Callable[..., Any]:
        """Makes a result what its response is filled with."""


@dataclass(frozen=True, slots=True)
class AtWork:
    """What is being served, for the steps' own functions, whose arguments do not tell it.

    Attributes:
        tree: The endpoint with its dependencies, as they are run.
        spec: The route.
        observed: What telemetry notes of it.
    """

    tree: Node
    spec: RouteSpec
    observed: Observed | None

    def operation(self, name: str) -> AbstractContextManager[object]:
        """A span around one step, where telemetry is on."""
        return nullcontext() if self.observed is None else self.observed.operation(name, self.tree.call)

    async def call(self, values: dict[str, Any]) -> Any:
        """Call the endpoint in its lane."""
        with self.operation("endpoint"):
            return await call_plain(self.tree, values, self.spec.lanes)


_at_work: ContextVar[AtWork | None] = ContextVar("laneway_at_work", default=None)


def at_work_on(dependant: Dependant) -> AtWork | None:
    """What is being served, if `dependant` is its endpoint."""
    found = _at_work.get()
    return found if found is not None and found.spec.dependant is dependant else None


@contextmanager
def _working(work: AtWork) -> Iterator[AtWork]:
    token = _at_work.set(work)
    try:
        yield work
    finally:
        _at_work.reset(token)


class JSONBytes(Response):
    """JSON that is bytes already."""

    media_type = "application/json"


class StepwisePlan(GeneralPlan):
    """Serves a route as the general plan does, through functions that can be replaced."""

    def __init__(self, spec: RouteSpec, tree: Node, steps: StepFunctions, provider: Any) -> None:
        super().__init__(spec, tree)
        self._steps = steps
        self._provider = provider
        output = spec.output
        self._dumps = output.field is not None and output.default_class
        as_written = replace(output, field=None)
        if self._dumps:
            as_written = replace(as_written, response_class=JSONBytes, default_class=False)
        self._write_plain = make_writer(as_written, spec.context)

    async def __call__(self, request: Request) -> Response:
        """The response to one request; errors as exceptions that the app's handlers answer."""
        observed = observed_in(request.scope)
        data = TelemetryData() if observed is None or observed.data is None else observed.data
        data.request = request
        context = self._begin(request)
        try:
            body = await parse_body(request, self.spec.body, context)
        except RequestValidationError as error:
            if observed is not None:
                observed.refused(error)
            raise
        solver = self._solver(request, body)
        data.body = solver.body
        with _working(AtWork(self.tree, self.spec, observed)) as work:
            values = await self._solved(request, body, solver, work, data)
            if data.errors:
                refusal = RequestValidationError(data.errors, body=solver.body, endpoint_ctx=context)
                if observed is not None:
                    observed.refused(refusal)
                raise refusal
            if self.spec.streams:
                return await self._stream(request, values, solver, context)
            return await self._replied(values, solver, work, context)

    async def _solved(
        self, request: Request, body: Any, solver: Solver, work: AtWork, data: TelemetryData
    ) -> dict[str, Any]:
        with work.operation("dependencies"):
            solved = await self._steps.solve_dependencies(
                request=request,
                dependant=self.spec.dependant,
                body=body,
                dependency_overrides_provider=self._provider,
                async_exit_stack=cleanup_of(request).request,
                embed_body_fields=self.spec.body.embedded,
            )
            data.values, data.errors = solved.values, solved.errors
        solver.response, solver.background = solved.response, solved.background_tasks
        values: dict[str, Any] = solved.values
        return values

    async def _replied(
        self, values: dict[str, Any], solver: Solver, work: AtWork, context: EndpointContext
    ) -> Response:
        dependant, is_coroutine = self.spec.dependant, self.tree.kind is CallKind.coroutine
        result = await self._steps.run_endpoint_function(
            dependant=dependant, values=values, is_coroutine=is_coroutine
        )
        status = usual_status(self.spec.output)
        if isinstance(result, Response):
            return as_starlette(self._write(result, solver.response, solver.background), status)
        with work.operation("serialization"):
            content = await self._serialized(result, is_coroutine, context)
        return as_starlette(self._write_plain(content, solver.response, solver.background), status)

    async def _serialized(self, result: Any, is_coroutine: bool, context: EndpointContext) -> Any:
        output = self.spec.output
        return await self._steps.serialize_response(
            field=output.field,
            response_content=result,
            **{name: getattr(output.dump, name) for name in output.dump.__slots__},
            is_coroutine=is_coroutine,
            endpoint_ctx=context,
            dump_json=self._dumps,
        )


class StepwiseSession:
    """Serves a WebSocket route through functions that can be replaced."""

    def __init__(self, spec: RouteSpec, tree: Node, steps: StepFunctions, provider: Any) -> None:
        self._spec = spec
        self._tree = tree
        self._steps = steps
        self._provider = provider

    async def __call__(self, websocket: WebSocket) -> None:
        """Hold one conversation.

        Raises:
            WebSocketRequestValidationError: With every error of the handshake's parameters.
        """
        spec, observed = self._spec, observed_in(websocket.scope)
        data = TelemetryData() if observed is None or observed.data is None else observed.data
        data.websocket = websocket
        serving.set(spec.route_label)
        context = located(spec.context(), spec.dependant.path, "WS", websocket.scope.get("root_path", ""))
        with _working(AtWork(self._tree, spec, observed)) as work:
            with work.operation("dependencies"):
                solved = await self._steps.solve_dependencies(
                    request=websocket,
                    dependant=spec.dependant,
                    dependency_overrides_provider=self._provider,
                    async_exit_stack=cleanup_of(websocket).request,
                    embed_body_fields=spec.body.embedded,
                )
                data.values, data.errors = solved.values, solved.errors
            if solved.errors:
                refusal = WebSocketRequestValidationError(solved.errors, endpoint_ctx=context)
                if observed is not None:
                    observed.refused(refusal)
                raise refusal
            with work.operation("endpoint"):
                await self._tree.call(**solved.values)


def by_overrides(
    spec: RouteSpec, default_lane: str | None, provider: Any, make: Callable[[Node], Callable[[Any], Any]]
) -> Callable[[Any], Any]:
    """What `make` makes of the route's tree; of one that looks overrides up, while there are any."""
    overrides = LiveOverrides(provider)

    def made(*, live: bool) -> Callable[[Any], Any]:
        return make(
            build_tree(
                spec.dependant,
                overrides if live else {},
                spec.lanes,
                default_lane,
                live=live,
                app=app_scope_of(provider),
            )
        )

    plain, live = made(live=False), made(live=True)

    async def serve(connection: Any) -> Any:
        return await (live if overrides else plain)(connection)

    return serve
