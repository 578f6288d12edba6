"""Classes of users between a request and an included route: routers and routes that look at requests."""

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from laneway import APIRouter, Laneway, Request, Response, WebSocket
from laneway.routing import APIRoute
from laneway.testing import TestClient


class Counting(APIRouter):
    """Counts what it handles."""

    handled = 0

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.handled += 1
        await super().handle(scope, receive, send)


class Choosy(APIRouter):
    """Serves only who says please."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if (b"x-say", b"please") not in scope["headers"]:
            return Match.NONE, {}
        return super().matches(scope)


async def answer() -> str:
    return "answer"


def test_an_included_router_handles_its_requests() -> None:
    router = Counting()
    router.get("/a")(answer)
    app = Laneway()
    app.get("/b")(answer)
    app.include_router(router)
    client = TestClient(app)

    assert [client.get(path).json() for path in ("/a", "/b")] == ["answer", "answer"]
    assert router.handled == 1


def test_routers_within_routers_handle_from_the_outside_in() -> None:
    seen: list[str] = []

    class Named(APIRouter):
        async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(self.prefix)
            await super().handle(scope, receive, send)

    inner, plain, outer = Named(prefix="/inner"), APIRouter(), Named(prefix="/outer")
    inner.get("/a")(answer)
    plain.include_router(inner)
    outer.include_router(plain)
    app = Laneway()
    app.include_router(outer)

    assert TestClient(app).get("/outer/inner/a").json() == "answer"
    assert seen == ["/outer", "/inner"]


def test_a_router_may_refuse_requests_for_its_routes() -> None:
    router = Choosy()
    router.get("/a")(answer)
    app = Laneway()
    app.include_router(router)
    client = TestClient(app)

    assert client.get("/a").status_code == 404
    assert client.get("/a", headers={"x-say": "please"}).json() == "answer"


def test_a_later_route_serves_what_a_router_refuses() -> None:
    async def other() -> str:
        return "other"

    router = Choosy()
    router.get("/a")(answer)
    app = Laneway()
    app.include_router(router)
    app.get("/a")(other)

    assert TestClient(app).get("/a").json() == "other"


def test_a_router_handles_websockets_too() -> None:
    router = Counting()

    @router.websocket("/ws")
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    app = Laneway()
    app.include_router(router)
    with TestClient(app).websocket_connect("/ws"):
        pass

    assert router.handled == 1


async def test_a_router_that_was_not_asked_matches_nothing() -> None:
    assert APIRouter().matches({"type": "http", "path": "/", "method": "GET"}) == (Match.NONE, {})


def test_a_router_handles_as_an_app_of_its_own() -> None:
    router = APIRouter()
    router.get("/a")(answer)

    assert TestClient(router.handle).get("/a").json() == "answer"


def test_what_a_route_class_counts_is_seen_on_the_declared_route() -> None:
    class Counted(APIRoute):
        calls = 0

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()

            async def counting(request: Request) -> Response:
                self.calls += 1
                return await handler(request)

            return counting

    router = APIRouter(route_class=Counted)
    router.get("/a")(answer)
    app = Laneway()
    app.include_router(router, prefix="/v1")
    app.include_router(router, prefix="/v2")
    client = TestClient(app)
    for path in ("/v1/a", "/v2/a", "/v1/a"):
        client.get(path)

    declared = router.routes[0]
    assert isinstance(declared, Counted)
    assert declared.calls == 3


def test_an_option_changed_on_a_copy_stays_there() -> None:
    class Own(APIRoute): ...

    router = APIRouter(route_class=Own)
    router.get("/a")(answer)
    app = Laneway(openapi_url=None)
    app.include_router(router, prefix="/v1")
    copied, declared = app.routes[0], router.routes[0]
    assert isinstance(copied, Own)
    assert isinstance(declared, Own)
    copied.operation_id = "only_here"

    assert declared.operation_id is None
