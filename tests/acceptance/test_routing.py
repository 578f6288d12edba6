"""From a path to an endpoint: routers, includes, mounts, methods, names."""

from typing import Any

import pytest
from starlette.routing import BaseRoute, Mount, NoMatchFound, Route

from laneway import APIRouter, Laneway, Request, WebSocket
from laneway.exceptions import FastAPIDeprecationWarning
from laneway.responses import PlainTextResponse
from laneway.routing import APIRoute, APIWebSocketRoute
from laneway.testing import TestClient


@pytest.fixture
def app() -> Laneway:
    return Laneway(openapi_url=None)


async def answer() -> str:
    return "answer"


async def other() -> str:
    return "other"


def paths(app: Laneway) -> list[str]:
    return [getattr(route, "path", "") for route in app.routes]


# -- methods


@pytest.mark.parametrize("verb", ["get", "put", "post", "delete", "options", "patch", "trace"])
def test_each_verb_registers_its_method(app: Laneway, verb: str) -> None:
    getattr(app, verb)("/")(answer)

    assert TestClient(app).request(verb, "/").json() == "answer"


def test_head_has_no_body(app: Laneway) -> None:
    @app.head("/")
    async def head() -> None: ...

    assert TestClient(app).head("/").content in (b"", b"null")


def test_a_method_that_no_route_has_is_refused_with_those_of_the_route(app: Laneway) -> None:
    app.add_api_route("/", answer, methods=["get"])
    reply = TestClient(app).post("/")

    assert (reply.status_code, reply.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_head_and_options_are_not_added_by_themselves(app: Laneway, method: str) -> None:
    """As in FastAPI; Starlette's own routes answer HEAD."""
    app.get("/")(answer)

    assert TestClient(app).request(method, "/").status_code == 405


def test_a_route_may_serve_several_methods(app: Laneway) -> None:
    @app.api_route("/", methods=["GET", "POST"])
    async def read(request: Request) -> str:
        return request.method

    client = TestClient(app)

    assert [client.get("/").json(), client.post("/").json()] == ["GET", "POST"]


def test_the_second_of_two_routes_with_one_path_serves_its_method(app: Laneway) -> None:
    app.get("/")(answer)
    app.post("/")(other)

    assert TestClient(app).post("/").json() == "other"


# -- paths


def test_what_no_route_has_is_not_found(app: Laneway) -> None:
    reply = TestClient(app).get("/nowhere")

    assert (reply.status_code, reply.json()) == (404, {"detail": "Not Found"})


def test_the_first_declared_route_wins(app: Laneway) -> None:
    app.get("/users/me")(answer)
    app.get("/users/{name}")(other)

    assert TestClient(app).get("/users/me").json() == "answer"


def test_a_parameter_declared_first_hides_a_static_path(app: Laneway) -> None:
    app.get("/users/{name}")(other)
    app.get("/users/me")(answer)

    assert TestClient(app).get("/users/me").json() == "other"


def test_a_mount_wins_over_a_route_that_lacks_the_method(app: Laneway) -> None:
    """A route that serves the path but not the method is only the last resort."""
    app.post("/")(other)
    app.get("/{anything:path}/more")(other)
    app.mount("", PlainTextResponse("mounted"))

    assert TestClient(app).get("/").text == "mounted"


def test_a_missing_slash_redirects(app: Laneway) -> None:
    app.get("/items/")(answer)
    reply = TestClient(app).get("/items?q=1", follow_redirects=False)

    assert (reply.status_code, reply.headers["location"]) == (307, "http://testserver/items/?q=1")


def test_redirects_can_be_switched_off() -> None:
    app = Laneway(openapi_url=None, redirect_slashes=False)
    app.get("/items/")(answer)

    assert TestClient(app).get("/items").status_code == 404


def test_a_convertor_gives_its_type(app: Laneway) -> None:
    @app.get("/files/{path:path}")
    async def read(path: str) -> str:
        return path

    assert TestClient(app).get("/files/a/b.txt").json() == "a/b.txt"


# -- options


@pytest.mark.parametrize(
    ("declare", "where"),
    [
        (lambda: Laneway(titel="x"), "Laneway"),  # type: ignore[call-arg]  # what is tested
        (lambda: APIRouter(prefx="/x"), "APIRouter"),  # type: ignore[call-arg]
        (lambda: Laneway().get("/", sumary="x")(answer), "route"),  # type: ignore[call-arg]
        (lambda: Laneway().include_router(APIRouter(), prefx="/x"), "include_router"),  # type: ignore[call-arg]
        (lambda: APIRoute("/", answer, sumary="x"), "APIRoute"),  # type: ignore[call-arg]
    ],
)
def test_a_misspelt_option_is_refused_by_name(declare: Any, where: str) -> None:
    with pytest.raises(TypeError, match=rf"{where}.*(titel|prefx|sumary)"):
        declare()


def test_decorators_give_the_function_back(app: Laneway) -> None:
    assert app.get("/")(answer) is answer


# -- names


def test_a_name_gives_the_path_through_includes(app: Laneway) -> None:
    router = APIRouter()
    router.get("/items/{number}", name="item")(answer)
    app.include_router(router, prefix="/v1")

    assert app.url_path_for("item", number=3) == "/v1/items/3"


def test_a_name_gives_the_path_through_mounts(app: Laneway) -> None:
    child = Laneway(openapi_url=None)
    child.get("/items/{number}")(answer)
    app.mount("/child", child, name="child")

    assert app.url_path_for("child:answer", number=3) == "/child/items/3"


def test_url_for_knows_host_and_root_path(app: Laneway) -> None:
    @app.get("/here")
    async def here(request: Request) -> str:
        return str(request.url_for("here"))

    assert TestClient(app, root_path="/api").get("/here").json() == "http://testserver/api/here"


def test_an_unknown_name_is_told(app: Laneway) -> None:
    with pytest.raises(NoMatchFound):
        app.url_path_for("nobody")


# -- mounts, hosts, root path


def test_a_mounted_app_serves_below_its_path(app: Laneway) -> None:
    child = Laneway(openapi_url=None)

    @child.get("/here")
    async def here(request: Request) -> list[str]:
        return [request.scope["root_path"], request.url.path]

    app.mount("/child", child)

    assert TestClient(app).get("/child/here").json() == ["/child", "/child/here"]


def test_what_a_mounted_app_does_not_have_it_refuses_itself(app: Laneway) -> None:
    child = Laneway(openapi_url=None)

    @child.exception_handler(404)
    async def not_found(request: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse("not here", 404)

    app.mount("/child", child)

    assert TestClient(app).get("/child/nowhere").text == "not here"


def test_a_router_may_have_mounts(app: Laneway) -> None:
    router = APIRouter()
    router.mount("/static", PlainTextResponse("file"))
    app.include_router(router, prefix="/v1")

    assert TestClient(app).get("/v1/static/a.txt").text == "file"


def test_a_host_may_have_its_own_app(app: Laneway) -> None:
    app.host("api.example.org", PlainTextResponse("api"))

    assert TestClient(app, base_url="http://api.example.org").get("/").text == "api"


def test_the_root_path_of_the_app_reaches_the_request() -> None:
    with pytest.warns(FastAPIDeprecationWarning, match="root_path"):
        app = Laneway(openapi_url=None, root_path="/api")

    @app.get("/here")
    async def here(request: Request) -> str:
        return str(request.scope["root_path"])

    assert TestClient(app).get("/here").json() == "/api"


def test_a_server_may_leave_the_root_path_in_the_path(app: Laneway) -> None:
    app.get("/here")(answer)

    assert TestClient(app, root_path="/api").get("/api/here").json() == "answer"


def test_path_parameters_of_a_mount_reach_the_mounted_app(app: Laneway) -> None:
    child = Laneway(openapi_url=None)

    @child.get("/{number}")
    async def read(request: Request, number: int) -> dict[str, Any]:
        return dict(request.path_params)

    app.mount("/{name}", child)

    assert TestClient(app).get("/x/5").json()["name"] == "x"


# -- what a route puts into the scope


def test_the_scope_of_a_request_names_route_endpoint_and_app(app: Laneway) -> None:
    found: dict[str, Any] = {}

    @app.get("/{number}")
    async def read(request: Request, number: int) -> None:
        found.update(request.scope)

    TestClient(app).get("/3")

    assert (found["route"], found["endpoint"], found["app"]) == (app.routes[0], read, app)
    assert found["path_params"] == {"number": "3"}


def test_middleware_sees_the_route_after_the_call(app: Laneway) -> None:
    seen: list[BaseRoute | None] = []

    @app.middleware("http")
    async def note(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        seen.append(request.scope.get("route"))
        return response

    app.get("/")(answer)
    TestClient(app).get("/")

    assert seen == [app.routes[0]]


def test_routes_of_all_kinds_are_in_the_list(app: Laneway) -> None:
    async def talk(websocket: WebSocket) -> None: ...

    app.get("/a")(answer)
    app.websocket("/ws")(talk)
    app.mount("/m", PlainTextResponse(""))
    app.add_route("/s", PlainTextResponse(""))

    assert [type(route) for route in app.routes] == [APIRoute, APIWebSocketRoute, Mount, Route]
