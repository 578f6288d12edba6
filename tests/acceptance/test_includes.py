"""Routers within routers: what is served where, also of routes added late."""

from typing import Any

import pytest
from starlette.routing import Host, Mount, Route, WebSocketRoute

from laneway import APIRouter, Depends, Laneway, WebSocket, WebSocketDisconnect
from laneway.exceptions import FastAPIError
from laneway.responses import HTMLResponse, JSONResponse, PlainTextResponse
from laneway.routing import APIRoute, iter_route_contexts
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


def test_app_routes_is_flat(app: Laneway) -> None:
    inner, outer = APIRouter(prefix="/inner"), APIRouter(prefix="/outer")
    inner.get("/a")(answer)
    outer.include_router(inner)
    app.include_router(outer, prefix="/v1")

    assert paths(app) == ["/v1/outer/inner/a"]


def test_a_route_added_after_the_include_is_served(app: Laneway) -> None:
    router = APIRouter()
    app.include_router(router, prefix="/v1")
    router.get("/late")(answer)

    assert TestClient(app).get("/v1/late").json() == "answer"


def test_a_route_added_after_the_first_request_is_served(app: Laneway) -> None:
    router = APIRouter()
    app.include_router(router)
    client = TestClient(app)
    client.get("/late")
    router.get("/late")(answer)

    assert client.get("/late").json() == "answer"


def test_a_late_route_of_a_nested_router_is_served_in_every_place(app: Laneway) -> None:
    inner, outer = APIRouter(), APIRouter()
    outer.include_router(inner, prefix="/x")
    outer.include_router(inner, prefix="/y")
    app.include_router(outer, prefix="/v1")
    app.include_router(outer, prefix="/v2")
    inner.get("/late")(answer)

    assert paths(app) == ["/v1/x/late", "/v1/y/late", "/v2/x/late", "/v2/y/late"]


def test_a_late_route_keeps_the_place_of_its_include(app: Laneway) -> None:
    """First declared wins, and the include was declared first."""
    router = APIRouter()
    app.include_router(router)
    app.get("/{name}")(other)
    router.get("/late")(answer)

    assert TestClient(app).get("/late").json() == "answer"


def test_a_router_included_late_brings_its_routes_everywhere(app: Laneway) -> None:
    inner, outer = APIRouter(), APIRouter()
    inner.get("/a")(answer)
    app.include_router(outer, prefix="/v1")
    outer.include_router(inner, prefix="/inner")

    assert paths(app) == ["/v1/inner/a"]


def test_a_removed_route_is_not_served(app: Laneway) -> None:
    app.get("/a")(answer)
    client = TestClient(app)
    client.get("/a")
    app.routes.remove(app.routes[0])

    assert client.get("/a").status_code == 404


def test_a_route_removed_from_an_included_router_is_not_served(app: Laneway) -> None:
    router = APIRouter()
    router.get("/a")(answer)
    app.include_router(router)
    router.routes.pop()

    assert TestClient(app).get("/a").status_code == 404


def test_removing_the_apps_version_of_a_route_leaves_the_others(app: Laneway) -> None:
    router = APIRouter()
    router.get("/a")(answer)
    router.get("/b")(answer)
    app.include_router(router)
    app.routes.remove(app.routes[0])
    router.get("/late")(answer)

    assert paths(app) == ["/b", "/late"]


list_changes: dict[str, Any] = {
    "del": lambda routes: routes.__delitem__(0),
    "pop": lambda routes: routes.pop(0),
    "reverse and pop": lambda routes: (routes.reverse(), routes.pop()),
    "slice": lambda routes: routes.__setitem__(slice(0, 1), []),
    "sort": lambda routes: (routes.sort(key=lambda route: route.path, reverse=True), routes.pop()),
}


@pytest.mark.parametrize("change", list_changes.values(), ids=list_changes.keys())
def test_the_list_of_routes_may_be_changed_as_any_list(app: Laneway, change: Any) -> None:
    app.get("/a")(answer)
    app.get("/b")(other)
    TestClient(app).get("/a")
    change(app.routes)

    assert (TestClient(app).get("/a").status_code, TestClient(app).get("/b").status_code) == (404, 200)


def test_clearing_the_routes_serves_nothing(app: Laneway) -> None:
    app.get("/a")(answer)
    app.routes.clear()

    assert TestClient(app).get("/a").status_code == 404


def test_routes_of_starlette_may_be_inserted_appended_and_given() -> None:
    given = Laneway(openapi_url=None, routes=[Route("/c", PlainTextResponse("c"))])
    given.routes.insert(0, Route("/a", PlainTextResponse("a")))
    given.router.routes += [Route("/b", PlainTextResponse("b"))]
    client = TestClient(given)

    assert [client.get(path).text for path in ("/a", "/b", "/c")] == ["a", "b", "c"]


def test_a_router_cannot_include_itself() -> None:
    router = APIRouter()

    with pytest.raises(AssertionError, match="itself"):
        router.include_router(router)


def test_routers_cannot_include_each_other() -> None:
    first, second = APIRouter(), APIRouter()
    first.include_router(second)

    with pytest.raises(AssertionError, match="already includes"):
        second.include_router(first)


@pytest.mark.parametrize("prefix", ["x", "/x/"])
def test_a_malformed_prefix_is_refused(app: Laneway, prefix: str) -> None:
    with pytest.raises(AssertionError, match="prefix"):
        app.include_router(APIRouter(), prefix=prefix)


def test_an_empty_path_needs_a_prefix(app: Laneway) -> None:
    router = APIRouter()
    router.get("")(answer)

    with pytest.raises(FastAPIError, match="answer"):
        app.include_router(router)


def test_an_empty_path_is_the_prefix(app: Laneway) -> None:
    router = APIRouter(prefix="/items")
    router.get("")(answer)
    app.include_router(router)

    assert TestClient(app).get("/items").json() == "answer"


@pytest.fixture
def merged() -> APIRoute:
    """One route with options from app, include, outer router, inner router and itself."""
    app = Laneway(openapi_url=None, responses={500: {"description": "app"}})
    inner = APIRouter(
        tags=["inner"], responses={404: {"description": "inner"}}, dependencies=[Depends(other)]
    )
    inner.get(
        "/a", tags=["route"], responses={404: {"description": "route"}}, dependencies=[Depends(answer)]
    )(answer)
    outer = APIRouter(
        tags=["outer"], responses={404: {"description": "outer"}, 403: {"description": "outer"}}
    )
    outer.include_router(inner, tags=["include"], deprecated=True)
    app.include_router(outer, include_in_schema=False)
    route = app.routes[0]
    assert isinstance(route, APIRoute)
    return route


def test_tags_add_up_from_the_outside_in(merged: APIRoute) -> None:
    assert merged.tags == ["outer", "include", "inner", "route"]


def test_dependencies_add_up_from_the_outside_in(merged: APIRoute) -> None:
    assert [depends.dependency for depends in merged.dependencies] == [other, answer]


def test_of_responses_with_one_status_the_innermost_holds(merged: APIRoute) -> None:
    assert {status: response["description"] for status, response in merged.responses.items()} == {
        500: "app",
        404: "route",
        403: "outer",
    }


def test_deprecation_comes_from_any_level(merged: APIRoute) -> None:
    assert merged.deprecated


def test_the_schema_leaves_out_what_any_level_leaves_out(merged: APIRoute) -> None:
    assert not merged.include_in_schema


def test_an_include_leaves_the_declared_route_as_it_is(app: Laneway) -> None:
    router = APIRouter()
    router.get("/a", tags=["own"])(answer)
    app.include_router(router, prefix="/v1", tags=["added"])
    declared = router.routes[0]
    assert isinstance(declared, APIRoute)

    assert (declared.path, declared.tags) == ("/a", ["own"])


def test_the_nearest_chosen_response_class_holds() -> None:
    app = Laneway(openapi_url=None, default_response_class=HTMLResponse)
    router = APIRouter(default_response_class=PlainTextResponse)
    router.get("/router")(answer)
    router.get("/route", response_class=JSONResponse)(answer)
    app.include_router(router)
    app.get("/app")(answer)
    client = TestClient(app)
    types = [client.get(path).headers["content-type"].split(";")[0] for path in ("/app", "/router", "/route")]

    assert types == ["text/html", "text/plain", "application/json"]


# -- routes of other kinds


@pytest.fixture
def everything() -> Laneway:
    """An app that includes a router with a route, a WebSocket, a mount and a host of Starlette."""
    app, router = Laneway(openapi_url=None), APIRouter(prefix="/unused")

    async def talk(websocket: WebSocket) -> None:
        await websocket.close(4000)

    router.routes.append(Route("/plain/{name}", PlainTextResponse("plain"), name="plain"))
    router.routes.append(WebSocketRoute("/ws", talk))
    router.routes.append(Mount("/files", PlainTextResponse("file")))
    router.routes.append(Host("api.example.org", PlainTextResponse("host")))
    app.include_router(router, prefix="/v1")
    return app


@pytest.mark.parametrize(("path", "text"), [("/v1/plain/x", "plain"), ("/v1/files/a.txt", "file")])
def test_routes_of_starlette_are_served_below_the_prefix(everything: Laneway, path: str, text: str) -> None:
    assert TestClient(everything).get(path).text == text


def test_a_websocket_of_starlette_is_served_below_the_prefix(everything: Laneway) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, TestClient(everything).websocket_connect("/v1/ws"):
        pass

    assert closed.value.code == 4000


def test_a_host_serves_below_the_prefix_only(everything: Laneway) -> None:
    client = TestClient(everything, base_url="http://api.example.org")

    assert [client.get("/v1/a").text, client.get("/a").status_code] == ["host", 404]


def test_a_moved_route_is_found_by_name(everything: Laneway) -> None:
    assert everything.url_path_for("plain", name="x") == "/v1/plain/x"


def test_contexts_show_each_route_as_served_and_as_declared() -> None:
    app, router = Laneway(openapi_url=None), APIRouter(prefix="/items")
    router.get("/{number:int}", tags=["own"])(answer)
    app.include_router(router, prefix="/v1", tags=["added"])
    (context,) = iter_route_contexts(app.routes)
    shown = (context.path, context.path_format, context.name, context.methods, context.endpoint, context.tags)

    assert shown == (
        "/v1/items/{number:int}",
        "/v1/items/{number}",
        "answer",
        {"GET"},
        answer,
        ["added", "own"],
    )
    assert context.route is context.original_route is router.routes[0]
