"""Routes and routers that tools copy and change: a copy serves what it says itself."""

import copy
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from laneway import APIRouter, Laneway, Request, Response
from laneway.routing import APIRoute
from laneway.testing import TestClient


async def item(number: int) -> dict[str, int]:
    return {"item": number}


async def page(title: str) -> dict[str, str]:
    return {"page": title}


def serving(*routes: Any) -> TestClient:
    return TestClient(Laneway(routes=list(routes)))


def route(**options: Any) -> APIRoute:
    return APIRoute("/{number}", item, **options)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_serves_its_own_endpoint(copied: Any) -> None:
    declared = route()
    assert serving(declared).get("/3").json() == {"item": 3}  # by a plan, which the copy must not have

    clone = copied(declared)
    clone.endpoint = page
    clone.dependant = APIRoute("/{title}", page).dependant
    clone.path, clone.path_regex = "/{title}", APIRoute("/{title}", page).path_regex
    clone.param_convertors = APIRoute("/{title}", page).param_convertors
    clone.response_field = None

    assert serving(clone).get("/3").json() == {"page": "3"}
    assert serving(declared).get("/3").json() == {"item": 3}


def test_a_copy_keeps_the_app_that_a_tool_put_on_the_route() -> None:
    declared = route()
    declared.app = Response("of a tool")

    assert serving(copy.copy(declared)).get("/3").text == "of a tool"


def test_an_endpoint_changed_before_an_include_is_read_anew() -> None:
    router = APIRouter()
    router.get("/a")(item)
    declared = router.routes[0]
    assert isinstance(declared, APIRoute)
    declared.endpoint, declared.response_model = page, None
    app = Laneway()
    app.include_router(router)

    assert TestClient(app).get("/a", params={"title": "x"}).json() == {"page": "x"}


def test_a_changed_copy_of_an_included_route_is_read_anew_by_its_include() -> None:
    inner, outer, app = APIRouter(), APIRouter(), Laneway()
    inner.get("/a")(item)
    outer.include_router(inner)
    clone = copy.copy(outer.routes[0])
    assert isinstance(clone, APIRoute)
    clone.endpoint, clone.response_model = page, None
    app.include_router(APIRouter(routes=[clone]))

    assert TestClient(app).get("/a", params={"title": "x"}).json() == {"page": "x"}


def test_a_response_model_changed_before_an_include_holds_there() -> None:
    router = APIRouter()
    router.get("/{number}", response_model=None)(item)
    declared = router.routes[0]
    assert isinstance(declared, APIRoute)
    declared.response_model = dict[str, str]
    app = Laneway()
    app.include_router(router)

    assert TestClient(app, raise_server_exceptions=False).get("/3").status_code == 500


def test_a_copied_router_has_routes_of_its_own() -> None:
    original = APIRouter()
    original.get("/a")(page)
    changed = copy.copy(original)
    changed.routes = []
    for name in ("b", "c"):  # as many changes as the other list has seen
        changed.get(f"/{name}")(page)

    def finds(router: APIRouter, path: str) -> bool:
        return router.find({"type": "http", "path": path, "method": "GET"}) is not None

    assert [finds(original, path) for path in ("/a", "/b")] == [True, False]
    assert [finds(changed, path) for path in ("/a", "/b")] == [False, True]


class Versioned(APIRouter):
    """Serves only who says which version, and tells the endpoint."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["version"] = dict(scope["headers"]).get(b"x-version", b"").decode()
            if not scope["version"]:
                await Response(status_code=400)(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


@pytest.mark.parametrize("layers", [False, True])
def test_an_apps_router_with_a_call_of_its_own_is_called(layers: bool) -> None:
    app = Laneway()
    app.router = Versioned(dependency_overrides_provider=app)
    if layers:

        @app.middleware("http")
        async def pass_on(request: Request, call_next: Any) -> Any:
            return await call_next(request)

    @app.get("/")
    async def version(request: Request) -> str:
        return str(request.scope["version"])

    client = TestClient(app)

    assert client.get("/").status_code == 400
    assert client.get("/", headers={"x-version": "3"}).json() == "3"
    assert app.direct_table() is None


def test_what_a_tool_adds_to_a_dependant_changes_nothing_of_the_body() -> None:
    """JSON-RPC libraries do so: the body is theirs to read, what they add is for the document."""

    async def call(request: dict[str, str]) -> None: ...
    async def shared(first: dict[str, str], second: dict[str, str]) -> None: ...

    declared = APIRoute("/", call, methods=["POST"])
    declared.dependant.dependencies.append(APIRoute("/", shared).dependant)
    declared.name = "changed"

    assert declared.body_field is declared.dependant.body_params[0]
