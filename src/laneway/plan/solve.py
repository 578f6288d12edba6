"""Dependencies of one request, called in order by walking the tree (the general path).

Every dependency whose own input is valid is called, even when others have errors, so that one reply tells all of them
and a refused credential wins over a missing field.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from starlette.background import BackgroundTasks as StarletteBackgroundTasks
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from laneway.background import BackgroundTasks
from laneway.bodies import read_body
from laneway.callables import CallKind
from laneway.dependant import Dependant
from laneway.extraction import Read, read_params
from laneway.lanes.admission import place_in
from laneway.lanes.deadline import current_deadline
from laneway.lanes.registry import DEFAULT_LANES, PROCESS, THREAD, Lanes
from laneway.lanes.thread_lane import ThreadLane
from laneway.plan.cleanup import Cleanup
from laneway.plan.tree import INLINE, Node
from laneway.security.oauth2 import SecurityScopes
from laneway.types import DependencyCacheKey, ErrorDetails, Undefined


def sub_response() -> Response:
    """The response that endpoints fill through a `Response` parameter: no body, status unset."""
    response = Response()
    del response.headers["content-length"]
    response.status_code = None  # type: ignore[assignment]  # "not set" for whoever reads it later
    return response


class Solver:
    """The values of one request's parameters and dependencies.

    Attributes:
        response: What a `Response` parameter gets; its headers, cookies and status enter the reply.
        background: What a `BackgroundTasks` parameter gets; None while nobody asked.
    """

    def __init__(
        self,
        connection: Request | WebSocket,
        cleanup: Cleanup,
        *,
        body: Any = Undefined,
        embedded: bool = False,
        background: StarletteBackgroundTasks | None = None,
        response: Response | None = None,
        lanes: Lanes = DEFAULT_LANES,
        cache: dict[DependencyCacheKey, tuple[Any, list[ErrorDetails]]] | None = None,
    ) -> None:
        self._connection = connection
        self._cleanup = cleanup
        self._body = body
        self._embedded = embedded
        self._lanes = lanes
        self._done = {} if cache is None else cache
        self.response = sub_response() if response is None else response
        self.background = background

    @property
    def body(self) -> Any:
        """The body as it was parsed; None when there was none."""
        return None if self._body is Undefined else self._body

    async def solve(self, node: Node) -> Read:
        """Call everything below `node` and read its own parameters; the arguments to call it with, and all errors."""
        values: dict[str, Any] = {}
        errors: list[ErrorDetails] = []
        for child in node.children:
            value, found = await self._result(child)
            errors.extend(found)
            if not found and child.name is not None:
                values[child.name] = value
        for read in [*self._outside_body(node.dependant), await self._from_body(node.dependant)]:
            values.update(read[0])
            errors.extend(read[1])
        self._inject(node.dependant, values)
        return values, errors

    async def _result(self, node: Node) -> tuple[Any, list[ErrorDetails]]:
        if node.shared and node.key in self._done:
            return self._done[node.key]
        if node.place is not None:
            return await node.place.get(), []
        values, errors = await self.solve(node)
        result = None if errors else await self._call(node, values)
        self._done.setdefault(node.key, (result, errors))
        return result, errors

    def _outside_body(self, dependant: Dependant) -> list[Read]:
        connection = self._connection
        sources: tuple[tuple[Any, Any], ...] = (
            (dependant.path_params, lambda: connection.path_params),
            (dependant.query_params, lambda: connection.query_params),
            (dependant.header_params, lambda: connection.headers),
            (dependant.cookie_params, lambda: connection.cookies),
        )
        return [read_params(fields, source()) for fields, source in sources if fields]

    async def _from_body(self, dependant: Dependant) -> Read:
        if not dependant.body_params:
            return {}, []
        return await read_body(dependant.body_params, self._body, embedded=self._embedded)

    def _inject(self, dependant: Dependant, values: dict[str, Any]) -> None:
        connection = self._connection
        if dependant.http_connection_param_name:
            values[dependant.http_connection_param_name] = connection
        if dependant.request_param_name and isinstance(connection, Request):
            values[dependant.request_param_name] = connection
        if dependant.websocket_param_name and isinstance(connection, WebSocket):
            values[dependant.websocket_param_name] = connection
        if dependant.response_param_name:
            values[dependant.response_param_name] = self.response
        if dependant.background_tasks_param_name:
            self.background = BackgroundTasks() if self.background is None else self.background
            values[dependant.background_tasks_param_name] = self.background
        if dependant.deadline_param_name:
            values[dependant.deadline_param_name] = current_deadline()
        if dependant.security_scopes_param_name:
            values[dependant.security_scopes_param_name] = SecurityScopes(scopes=dependant.oauth_scopes)

    async def _call(self, node: Node, values: dict[str, Any]) -> Any:
        concurrency = node.dependant.concurrency
        if node.has_cleanup:
            return await self._open(node, values)
        with self._place(node):
            if concurrency is None:
                return await call_plain(node, values, self._lanes)
            async with concurrency.get_semaphore():
                return await call_plain(node, values, self._lanes)

    def _place(self, node: Node) -> AbstractContextManager[None]:
        """A place for a hop of a WebSocket, which would hold it for hours otherwise; requests have theirs already."""
        if isinstance(self._connection, WebSocket) and node.lane_kind in (THREAD, PROCESS):
            return place_in(self._lanes[node.lane])
        return nullcontext()

    async def _open(self, node: Node, values: dict[str, Any]) -> Any:
        concurrency = node.dependant.concurrency
        if concurrency is not None:  # held until the dependency ends
            stack = self._cleanup.stack(node.before_response)
            await stack.enter_async_context(concurrency.get_semaphore())
        with self._place(node):
            return await enter_dependency(node, values, self._cleanup, self._lanes)


async def enter_dependency(node: Node, values: Mapping[str, Any], cleanup: Cleanup, lanes: Lanes) -> Any:
    """Open a `yield` dependency in its lane, to be closed with `cleanup`."""
    manager = node.open(values)
    if node.kind is CallKind.async_generator:
        return await cleanup.enter(manager, node.before_response)
    if node.lane_kind == INLINE:
        return cleanup.stack(node.before_response).enter_context(manager)
    opened = cleanup.threaded(node.before_response)
    return await _thread_lane(node, lanes).call(partial(opened.enter_context, manager))


def _thread_lane(node: Node, lanes: Lanes) -> ThreadLane:
    lane = lanes[node.lane]
    assert isinstance(lane, ThreadLane)
    return lane


async def call_plain(node: Node, values: Mapping[str, Any], lanes: Lanes) -> Any:
    """Call what does not yield in its lane."""
    if node.kind is CallKind.coroutine:
        return await node.call(**values)
    if node.lane_kind == INLINE:
        return node.call(**values)
    lane = lanes[node.lane]
    if isinstance(lane, ThreadLane):
        return await lane.call(partial(node.call, **values))
    return await lane.call(node.call, (), dict(values))
