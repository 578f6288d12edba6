"""The general path: a request of Starlette's in, a response of Starlette's out, the tree interpreted."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from laneway.callables import CallKind
from laneway.exceptions import (
    EndpointContext,
    RequestValidationError,
    ResponseValidationError,
    WebSocketRequestValidationError,
)
from laneway.lanes.label import serving
from laneway.lanes.registry import THREAD
from laneway.lanes.thread_lane import ThreadLane
from laneway.plan.cleanup import Cleanup
from laneway.plan.message import RawResponse, json_headers
from laneway.plan.parse import parse_body
from laneway.plan.solve import Solver, call_plain
from laneway.plan.tree import Node, used_lanes
from laneway.plan.write import make_writer, usual_status
from laneway.route_spec import RouteSpec
from laneway.stream.respond import stream_response

# FastAPI's names, by which libraries that call dependencies themselves hand over their stacks.
REQUEST_STACK = "fastapi_inner_astack"
FUNCTION_STACK = "fastapi_function_astack"
FILE_STACK = "fastapi_middleware_astack"
CLEANUP = "laneway.cleanup"


def cleanup_of(connection: Request | WebSocket) -> Cleanup:
    """The stacks of a request, opened by the adapter that serves it.

    Raises:
        AssertionError: Nobody opened them: the handler was called outside of its route.
    """
    scope = connection.scope
    if CLEANUP not in scope:
        stacks = scope.get(REQUEST_STACK), scope.get(FUNCTION_STACK)
        if not all(isinstance(stack, AsyncExitStack) for stack in stacks):
            missing = REQUEST_STACK if stacks[0] is None else FUNCTION_STACK
            raise AssertionError(f"{missing} not found in request scope")
        scope[CLEANUP] = Cleanup(*stacks)  # type: ignore[arg-type]  # checked above
    cleanup: Cleanup = scope[CLEANUP]
    return cleanup


def located(
    context: EndpointContext | None, path: str | None, method: str, root_path: str
) -> EndpointContext:
    """Where an endpoint is defined and under which full path it was asked for."""
    result = EndpointContext() if context is None else context
    # Of a mounted app, the mount's prefix belongs to the path.
    return {**result, "path": f"{method} {root_path.rstrip('/')}{path}"} if path else result


class GeneralPlan:
    """Serves any route; what the compiled plan hands over when it cannot read a request."""

    def __init__(self, spec: RouteSpec, tree: Node) -> None:
        self.spec = spec
        self.tree = tree
        self._label = spec.route_label
        self.limits = spec.limits(used_lanes(tree, spec.lanes))
        self._write = make_writer(spec.output, spec.context)

    async def __call__(self, request: Request) -> Response:
        """The response to one request; errors as exceptions that the app's handlers answer."""
        context = self._begin(request)
        solver = self._solver(request, await parse_body(request, self.spec.body, context))
        values, errors = await solver.solve(self.tree)
        if errors:
            raise RequestValidationError(errors, body=solver.body, endpoint_ctx=context)
        if self.spec.streams:
            return await self._stream(request, values, solver, context)
        try:
            return as_starlette(await self._respond(values, solver), usual_status(self.spec.output))
        except ResponseValidationError as error:
            error.endpoint_ctx = context
            raise

    def _begin(self, request: Request) -> EndpointContext:
        serving.set(self._label)
        path, root_path = self.spec.dependant.path, request.scope.get("root_path", "")
        return located(self.spec.context(), path, request.method, root_path)

    def _solver(self, request: Request, body: Any) -> Solver:
        if self.spec.body.form:
            _close_with_request(request, body)
        embedded, lanes = self.spec.body.embedded, self.spec.lanes
        return Solver(request, cleanup_of(request), body=body, embedded=embedded, lanes=lanes)

    async def _in_thread(self, function: Callable[[], None]) -> None:
        lane = self.spec.lanes[self.tree.lane if self.tree.lane_kind == THREAD else THREAD]
        assert isinstance(lane, ThreadLane)
        await lane.call(function)

    async def _respond(self, values: dict[str, Any], solver: Solver) -> bytes | RawResponse | Response:
        if self.tree.lane_kind == THREAD:  # the result is written in the same hop
            lane = self.spec.lanes[self.tree.lane]
            assert isinstance(lane, ThreadLane)
            return await lane.call(
                lambda: self._write(self.tree.call(**values), solver.response, solver.background)
            )
        result = await call_plain(self.tree, values, self.spec.lanes)
        return self._write(result, solver.response, solver.background)

    async def _stream(
        self, request: Request, values: dict[str, Any], solver: Solver, context: EndpointContext
    ) -> Response:
        output = self.spec.output
        return await stream_response(
            self.tree.call(**values),
            is_async=self.tree.kind is CallKind.async_generator,
            output=output,
            context=lambda: context,
            status=solver.response.status_code or output.status_code,
            headers=solver.response.raw_headers,
            background=solver.background,
            stack=cleanup_of(request).request,
            call=self._in_thread,
        )


def _close_with_request(request: Request, form: Any) -> None:
    stack = request.scope.get(FILE_STACK)
    if isinstance(stack, AsyncExitStack):
        stack.push_async_callback(form.close)


def as_starlette(response: bytes | RawResponse | Response, status: int) -> Response:
    """Any response as Starlette's object; `status` is that of the route's usual reply."""
    if isinstance(response, Response):
        return response
    if isinstance(response, bytes):
        response = RawResponse(status, json_headers(response), response)
    result = Response(response.body, response.status, background=response.background)
    result.raw_headers = response.headers
    return result


async def serve_websocket(spec: RouteSpec, tree: Node, websocket: WebSocket) -> None:
    """Call a WebSocket endpoint with its parameters and dependencies.

    Raises:
        WebSocketRequestValidationError: With every error of the handshake's parameters.
    """
    serving.set(spec.route_label)
    context = located(spec.context(), spec.dependant.path, "WS", websocket.scope.get("root_path", ""))
    solver = Solver(websocket, cleanup_of(websocket), embedded=spec.body.embedded, lanes=spec.lanes)
    values, errors = await solver.solve(tree)
    if errors:
        raise WebSocketRequestValidationError(errors, endpoint_ctx=context)
    await tree.call(**values)
