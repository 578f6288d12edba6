"""The innermost layer: exception handlers around the router, and the short way to a plan."""

from collections.abc import Mapping
from typing import Any

from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway.lanes.label import serving
from laneway.middleware.native.arriving import Arriving
from laneway.middleware.native.call import Answering, Call, sends_at_once
from laneway.middleware.native.response import NextResponse
from laneway.plan.compiled import CompiledPlan
from laneway.plan.message import RawRequest, RawResponse
from laneway.routing.entering import DirectRequest
from laneway.routing.router import APIRouter
from laneway.routing.serve import answer_error, serve_compiled, whole_body, without_start
from laneway.routing.table import Found
from laneway.telemetry.current import KEY as OBSERVED


class Endpoint(Answering, ExceptionMiddleware):
    """Starlette's layer for exception handlers; a route with a plan is answered without passing the router.

    Attributes:
        scope_handlers: The handlers by exception class, and by status, as a scope has them; tools add to them.

    Args:
        app: The router, or what a tool has put around it; then there is no short way.
        handlers: By exception class or status code.
        debug: Whether the app is being debugged.
    """

    def __init__(self, app: ASGIApp, handlers: Mapping[Any, Any] | None = None, debug: bool = False) -> None:
        super().__init__(app, handlers, debug)
        self.scope_handlers = (self._exception_handlers, self._status_handlers)
        self._router = app if isinstance(app, APIRouter) and app.may_be_passed_by else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        found = self._find(scope) if scope["type"] == "http" else None
        if found is None:
            await super().__call__(scope, receive, send)
        else:
            await self._serve(found, None, scope, receive, send)

    def _find(self, scope: Scope) -> Found | None:
        """The route of a request that a plan can answer."""
        if self._router is None or scope.get(OBSERVED) is not None:  # telemetry looks at each step
            return None
        found = self._router.find(scope)
        if found is None or not found.complete or getattr(found.route, "direct_plan", None) is None:
            return None
        return found

    async def _serve(
        self, found: Found, body: bytes | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let a plan answer, with all that stands around it."""
        scope.setdefault("router", self.app)
        request = DirectRequest(scope, receive, send, found)
        if body is not None:
            request.body = body
        plan = found.route.direct_plan
        try:
            await serve_compiled(plan, found.route.general_plan, request)
        except Exception as error:  # noqa: BLE001  # handed to the handlers
            await self._answer(error, plan.path, request, send)

    async def _answer(self, error: Exception, path: str, request: RawRequest, send: Send) -> None:
        """Let exception handlers answer.

        Raises:
            Exception: `error`, when there is none for it.
        """

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await answer_error(error, path, request, send)

        handling = self.around(answer)
        rest = without_start(send) if request.started else send
        await handling(request.complete_scope(), request.receive, rest)

    def around(self, app: ASGIApp) -> ExceptionMiddleware:
        """The layer of these handlers around another app."""
        layer = ExceptionMiddleware(app, debug=self.debug)
        layer._exception_handlers, layer._status_handlers = self.scope_handlers
        return layer

    # -- for a layer that waits for the response

    async def respond(self, asked: Arriving, receive: Receive, call: Call) -> Response:
        """The response to a request."""
        known = call.found(asked)
        found = known or self._find(asked.scope)
        if found is None:
            return await call.run(super().__call__, asked.scope, receive)
        plan: CompiledPlan = found.route.direct_plan
        if known is None:  # a server that knows the route has said so already
            serving.set(plan.label)
        if plan.has_cleanup or plan.limits is not None:
            return await self._beside(found, call.take_body(), asked.scope, receive, call)
        request = self._request(plan, found, asked, receive, call)
        try:
            if plan.reads_body:
                body = call.take_body()
                request.body = await whole_body(receive) if body is None else body
            result = await plan.run(request)
        except Exception as error:  # noqa: BLE001  # handed to the handlers
            if not isinstance(request, DirectRequest):
                body, request = request.body, self._entered(found, asked, receive, call)
                request.body = body
            return await self._handled(error, plan.path, request, call)
        if type(result) is bytes:
            return NextResponse.of_json(plan.status, result)
        if isinstance(result, RawResponse):
            response = NextResponse(result.status, result.headers, result.body)
            response.background = result.background
            return response
        if isinstance(result, Response):
            return await self._finished(result, plan.path, request, receive, call)
        # It could not read the request.
        return await self._beside(found, request.body, asked.scope, receive, call)

    def _request(
        self, plan: CompiledPlan, found: Found, asked: Arriving, receive: Receive, call: Call
    ) -> RawRequest:
        """What the plan reads."""
        if asked.untouched and isinstance(asked, RawRequest) and not plan.asks_request:
            # PERF: the server's own request, if nobody has seen its scope and nobody will (2 us).
            asked.routed()
            return asked
        return self._entered(found, asked, receive, call)

    def _entered(self, found: Found, asked: Arriving, receive: Receive, call: Call) -> DirectRequest:
        """The request as it has come through the layers."""
        asked.scope.setdefault("router", self.app)
        return DirectRequest(asked.scope, receive, call.send, found)

    async def _beside(
        self, found: Found, body: bytes | None, scope: Scope, receive: Receive, call: Call
    ) -> Response:
        """Let a plan that has something to do after the response run beside the layer."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            await self._serve(found, body, scope, receive, send)

        return await call.run(serve, scope, receive)

    async def _finished(
        self, response: Response, path: str, request: RawRequest, receive: Receive, call: Call
    ) -> Response:
        """A response that an endpoint made. If it sends itself, handlers answer for what it raises."""
        if sends_at_once(response):
            return response
        scope = request.complete_scope()

        async def send_itself(scope: Scope, receive: Receive, send: Send) -> None:
            sent = RawRequest(scope, receive, send, request.path_params)
            sent.body = request.body
            try:
                await response(scope, receive, sent.tracked_send)
            except Exception as error:  # noqa: BLE001  # handed to the handlers
                await self._answer(error, path, sent, send)

        return await call.run(send_itself, scope, receive)

    async def _handled(self, error: Exception, path: str, request: DirectRequest, call: Call) -> Response:
        """What exception handlers answer."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await self._answer(error, path, request, send)

        return await call.run(answer, request.complete_scope(), request.receive)
