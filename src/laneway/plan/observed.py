"""The general path of a request or WebSocket that telemetry observes: each step in its span, its finds noted."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from laneway.exceptions import (
    RequestValidationError,
    ResponseValidationError,
    WebSocketRequestValidationError,
)
from laneway.lanes.label import serving
from laneway.lanes.registry import THREAD
from laneway.lanes.thread_lane import ThreadLane
from laneway.plan.general import GeneralPlan, as_starlette, cleanup_of, located
from laneway.plan.message import RawResponse
from laneway.plan.parse import parse_body
from laneway.plan.solve import Solver, call_plain
from laneway.plan.tree import Node
from laneway.plan.write import usual_status
from laneway.route_spec import RouteSpec
from laneway.telemetry.current import Observed, TelemetryData


class ObservedPlan(GeneralPlan):
    """Serves any route as the general plan does, for one who watches."""

    async def serve(self, request: Request, observed: Observed) -> Response:
        """The response to one request; errors as exceptions that the app's handlers answer."""
        data = observed.data or TelemetryData()
        data.request = request
        context = self._begin(request)
        try:
            body = await parse_body(request, self.spec.body, context)
        except RequestValidationError as error:
            observed.refused(error)
            raise
        solver = self._solver(request, body)
        data.body = solver.body
        with observed.operation("dependencies", self.tree.call):
            values, errors = data.values, data.errors = await solver.solve(self.tree)
        if errors:
            refusal = RequestValidationError(errors, body=solver.body, endpoint_ctx=context)
            observed.refused(refusal)
            raise refusal
        if self.spec.streams:
            return await self._stream(request, values, solver, context)
        try:
            return as_starlette(
                await self._observed_reply(observed, values, solver), usual_status(self.spec.output)
            )
        except ResponseValidationError as error:
            error.endpoint_ctx = context
            raise

    async def _observed_reply(
        self, observed: Observed, values: dict[str, Any], solver: Solver
    ) -> bytes | RawResponse | Response:
        if self.tree.lane_kind == THREAD:
            lane = self.spec.lanes[self.tree.lane]
            assert isinstance(lane, ThreadLane)
            return await lane.call(lambda: self._called_and_written(observed, values, solver))
        with observed.operation("endpoint", self.tree.call):
            result = await call_plain(self.tree, values, self.spec.lanes)
        return self._written(observed, result, solver)

    def _called_and_written(
        self, observed: Observed, values: dict[str, Any], solver: Solver
    ) -> bytes | RawResponse | Response:
        """In the thread: its context is the request's."""
        with observed.operation("endpoint", self.tree.call):
            result = self.tree.call(**values)
        return self._written(observed, result, solver)

    def _written(self, observed: Observed, result: Any, solver: Solver) -> bytes | RawResponse | Response:
        if isinstance(result, Response):
            return self._write(result, solver.response, solver.background)
        with observed.operation("serialization", self.tree.call):
            return self._write(result, solver.response, solver.background)


async def serve_observed_websocket(
    spec: RouteSpec, tree: Node, websocket: WebSocket, observed: Observed
) -> None:
    """Call a WebSocket endpoint as `serve_websocket` does, for one who watches.

    Raises:
        WebSocketRequestValidationError: With every error of the handshake's parameters.
    """
    data = observed.data or TelemetryData()
    data.websocket = websocket
    serving.set(spec.route_label)
    context = located(spec.context(), spec.dependant.path, "WS", websocket.scope.get("root_path", ""))
    solver = Solver(websocket, cleanup_of(websocket), embedded=spec.body.embedded, lanes=spec.lanes)
    with observed.operation("dependencies", tree.call):
        values, errors = data.values, data.errors = await solver.solve(tree)
    if errors:
        refusal = WebSocketRequestValidationError(errors, endpoint_ctx=context)
        observed.refused(refusal)
        raise refusal
    with observed.operation("endpoint", tree.call):
        await tree.call(**values)
