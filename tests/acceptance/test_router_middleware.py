"""Middleware around the routes of one router, one include, one route."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway import APIRouter, Laneway, WebSocket
from laneway.exceptions import FastAPIError
from laneway.middleware import Middleware, RequestIdMiddleware, SecurityHeadersMiddleware
from laneway.middleware.cors import CORSMiddleware
from laneway.middleware.gzip import GZipMiddleware
from laneway.testing import TestClient


class Tag:
    """ASGI middleware that writes its name into a reply; that nearest to the endpoint comes first."""

    def __init__(self, app: ASGIApp, name: str = "tag") -> None:
        self.app = app
        self.name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-passed", self.name.encode())]
            await send(message)

        await self.app(scope, receive, tagged)


def tag(name: str) -> Middleware:
    """The middleware `Tag` of a name."""
    return Middleware(Tag, name=name)


class Timed(BaseHTTPMiddleware):
    """A class in Starlette's form for requests and responses."""

    async def dispatch(
        self, request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """The reply with a header more."""
        response = await call_next(request)
        response.headers["x-timed"] = "yes"
        return response


class Counting:
    """ASGI middleware that counts the connections it has seen."""

    made = 0

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.seen = 0
        Counting.made += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen += 1
        scope["seen"] = self.seen
        await self.app(scope, receive, send)


def passed(response: Any) -> list[str]:
    """The middleware that a reply has passed, the innermost first."""
    return [value for value in response.headers.get("x-passed", "").split(", ") if value]


def greet() -> str:
    """An endpoint."""
    return "hello"


def serving(router: APIRouter, **options: Any) -> TestClient:
    """A client of an app with one router."""
    app = Laneway()
    app.include_router(router, **options)
    return TestClient(app)


# -- order


def test_middleware_runs_from_the_app_to_the_route() -> None:
    """App, outer router, include, inner router, route."""
    inner = APIRouter(prefix="/inner", middleware=[tag("inner 1"), tag("inner 2")])
    inner.add_api_route("/greet", greet, middleware=[tag("route")])
    outer = APIRouter(middleware=[tag("outer")])
    outer.include_router(inner, middleware=[tag("include")])
    app = Laneway(middleware=[tag("app")])
    app.include_router(outer)

    response = TestClient(app).get("/inner/greet")

    assert passed(response) == ["route", "inner 2", "inner 1", "include", "outer", "app"]


def test_a_route_of_the_app_may_have_middleware() -> None:
    """No router is needed."""
    app = Laneway()
    app.get("/greet", middleware=[tag("route")])(greet)

    assert passed(TestClient(app).get("/greet")) == ["route"]


def test_other_routes_are_not_wrapped() -> None:
    """Middleware of a router is for its own routes, and a route without any keeps its direct plan."""
    router = APIRouter(prefix="/inside", middleware=[tag("router")])
    router.add_api_route("/greet", greet)
    app = Laneway()
    app.add_api_route("/greet", greet)
    app.include_router(router)
    plain, wrapped = (route for route in app.routes if getattr(route, "endpoint", None) is greet)

    assert passed(TestClient(app).get("/greet")) == []
    assert passed(TestClient(app).get("/inside/greet")) == ["router"]
    assert plain.direct_plan is not None  # type: ignore[attr-defined]
    assert wrapped.direct_plan is None  # type: ignore[attr-defined]


def test_one_router_included_twice_may_be_wrapped_differently() -> None:
    """What an include says holds for that include."""
    router = APIRouter()
    router.add_api_route("/greet", greet)
    app = Laneway()
    app.include_router(router, prefix="/a", middleware=[tag("a")])
    app.include_router(router, prefix="/b")
    client = TestClient(app)

    assert passed(client.get("/a/greet")) == ["a"]
    assert passed(client.get("/b/greet")) == []


def test_routes_added_after_the_include_are_wrapped() -> None:
    """The list of routes follows the router, and so does its middleware."""
    router = APIRouter(middleware=[tag("router")])
    client = serving(router, middleware=[tag("include")])
    router.add_api_route("/late", greet)

    assert passed(client.get("/late")) == ["router", "include"]


# -- what is wrapped


def test_a_path_without_a_route_meets_no_middleware_of_a_router() -> None:
    """404 is the app's answer: nobody can say whose path it would have been."""
    router = APIRouter(prefix="/inside", middleware=[tag("router")])
    router.add_api_route("/greet", greet)

    response = serving(router).get("/inside/absent")

    assert (response.status_code, passed(response)) == (404, [])


def test_a_wrong_method_meets_no_middleware_of_a_router() -> None:
    """405 is the app's answer, too: no endpoint was found to stand around."""
    router = APIRouter(middleware=[tag("router")])
    router.add_api_route("/greet", greet)

    response = serving(router).post("/greet")

    assert (response.status_code, passed(response)) == (405, [])


def test_refusals_pass_the_middleware() -> None:
    """An endpoint was found: its 422 goes out as its other replies do."""
    router = APIRouter(middleware=[tag("router")])

    @router.get("/items/{item_id}")
    def read(item_id: int) -> int:
        return item_id

    response = serving(router).get("/items/none")

    assert (response.status_code, passed(response)) == (422, ["router"])


@pytest.mark.parametrize("path", ["/starlette", "/mounted/file", "/api"])
def test_all_kinds_of_routes_are_wrapped(path: str) -> None:
    """Starlette's routes and mounted apps stand behind the router's middleware as well."""

    async def page(request: Request) -> Response:
        return PlainTextResponse("page")

    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("file")(scope, receive, send)

    inner = APIRouter(middleware=[tag("inner")])
    inner.add_route("/starlette", page)
    inner.mount("/mounted", mounted)
    inner.add_api_route("/api", greet)
    outer = APIRouter(middleware=[tag("outer")])
    outer.include_router(inner)

    assert passed(serving(outer).get(path)) == ["inner", "outer"]


@pytest.mark.parametrize("path", ["/starlette", "/api"])
def test_a_router_served_by_itself_wraps_its_routes(path: str) -> None:
    """A router is an ASGI app; it may be mounted instead of included."""

    async def page(request: Request) -> Response:
        return PlainTextResponse("page")

    router = APIRouter(middleware=[tag("router")])
    router.add_route("/starlette", page)
    router.add_api_route("/api", greet)
    app = Laneway()
    app.mount("/below", router)

    assert passed(TestClient(app).get(f"/below{path}")) == ["router"]


def test_websockets_of_a_router_pass_its_middleware() -> None:
    """ASGI middleware sees them as the app's would."""
    router = APIRouter(middleware=[Middleware(Counting)])

    @router.websocket("/ws")
    async def talk(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json(websocket.scope["seen"])
        await websocket.close()

    with serving(router).websocket_connect("/ws") as session:
        assert session.receive_json() == 1


def test_frontends_of_a_router_pass_its_middleware(tmp_path: Any) -> None:
    """Files are served by routes."""
    (tmp_path / "index.html").write_text("the page")
    router = APIRouter(middleware=[tag("router")])
    router.frontend("/", directory=tmp_path)

    assert passed(serving(router).get("/")) == ["router"]


# -- kinds of middleware


def test_classes_for_requests_and_responses_work() -> None:
    """`BaseHTTPMiddleware` needs nothing but an app inside."""
    router = APIRouter(middleware=[Middleware(Timed)])
    router.add_api_route("/greet", greet)

    response = serving(router).get("/greet")

    assert (response.json(), response.headers["x-timed"]) == ("hello", "yes")


def test_functions_for_requests_and_responses_work() -> None:
    """`dispatch=` as in Starlette."""

    async def refuse(request: Request, call_next: object) -> Response:
        return PlainTextResponse("no", status_code=403)

    router = APIRouter(middleware=[Middleware(BaseHTTPMiddleware, dispatch=refuse)])
    router.add_api_route("/greet", greet)

    assert serving(router).get("/greet").status_code == 403


def test_middleware_is_made_once_for_all_routes_behind_it() -> None:
    """A limit on requests counts those of the whole router."""
    Counting.made = 0
    router = APIRouter(middleware=[Middleware(Counting)])

    @router.get("/a")
    @router.get("/b")
    def seen(request: Request) -> int:
        count: int = request.scope["seen"]
        return count

    client = serving(router)

    assert (client.get("/a").json(), client.get("/b").json(), Counting.made) == (1, 2, 1)


def test_middleware_that_cannot_be_made_stops_the_start() -> None:
    """It is made with the app's plans, not by the first request."""
    router = APIRouter(middleware=[Middleware(cast(Any, Tag), nickname="none")])
    router.add_api_route("/greet", greet)

    with pytest.raises(TypeError, match="nickname"), serving(router):
        pass


def test_a_bare_class_is_refused() -> None:
    """The message says how to declare it."""
    with pytest.raises(FastAPIError, match=r"\[Middleware\(Class"):
        APIRouter(middleware=[cast(Any, Tag)])


def test_a_body_limit_holds_for_middleware_that_reads() -> None:
    """The limit of a route stands outside of its middleware."""

    async def reading(request: Request, call_next: Any) -> Response:
        await request.body()
        response: Response = await call_next(request)
        return response

    router = APIRouter(middleware=[Middleware(BaseHTTPMiddleware, dispatch=reading)], max_body_size=3)
    router.add_api_route("/greet", greet, methods=["POST"])
    client = serving(router)

    assert client.post("/greet", content=b"123").status_code == 200
    assert client.post("/greet", content=b"1234").status_code == 413


def test_an_error_passes_the_middleware_on_its_way_to_the_server() -> None:
    """Nobody answers for it, so middleware sees the error itself."""
    seen: list[Exception] = []

    class Watching:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await self.app(scope, receive, send)
            except Exception as error:
                seen.append(error)
                raise

    router = APIRouter(middleware=[Middleware(Watching)])

    @router.get("/fail")
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        serving(router).get("/fail")
    assert [type(error) for error in seen] == [ZeroDivisionError]


def test_middleware_may_open_what_endpoints_use() -> None:
    """The scope is the same inside, so state set around an endpoint is there."""

    class Opening:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            async with _connection() as scope["connection"]:
                await self.app(scope, receive, send)

    @asynccontextmanager
    async def _connection() -> AsyncIterator[str]:
        yield "open"

    router = APIRouter(middleware=[Middleware(Opening)])

    @router.get("/state")
    async def state(request: Request) -> Any:
        return request.scope["connection"]

    assert serving(router).get("/state").json() == "open"


def test_the_schema_says_nothing_of_middleware() -> None:
    """It is no part of the interface."""
    bare, wrapped = APIRouter(), APIRouter(middleware=[tag("router")])
    for router in (bare, wrapped):
        router.add_api_route("/greet", greet)

    assert serving(bare).get("/openapi.json").json() == serving(wrapped).get("/openapi.json").json()


@pytest.mark.parametrize(
    ("middleware", "header"),
    [
        (Middleware(RequestIdMiddleware), "x-request-id"),
        (Middleware(SecurityHeadersMiddleware), "x-content-type-options"),
        (Middleware(CORSMiddleware, allow_origins=["*"]), "access-control-allow-origin"),
        (Middleware(GZipMiddleware, minimum_size=1), "vary"),
    ],
)
def test_the_middleware_of_the_package_works_for_a_router(middleware: Middleware, header: str) -> None:
    """It is ASGI middleware like any other."""
    router = APIRouter(middleware=[middleware])
    router.add_api_route("/greet", greet)

    response = serving(router).get("/greet", headers={"origin": "https://there.example"})

    assert (response.json(), header in response.headers) == ("hello", True)
