"""The path table chooses the route that Starlette's search through the list chooses."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Host, Match, Mount, Route, Router, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway import APIRouter, Request, WebSocket
from laneway.routing.route import APIRoute

SETTINGS = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=300,
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


# -- routes


def seen(scope: Scope, number: int) -> dict[str, Any]:
    """What a route that was chosen finds in its scope."""
    params = {name: f"{type(value).__name__} {value}" for name, value in sorted(scope["path_params"].items())}
    return {"route": number, "params": params, "root_path": scope.get("root_path", ""), "path": scope["path"]}


class Numbered:
    """An ASGI app that says which one it is."""

    def __init__(self, number: int) -> None:
        self.number = number

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "reason": str(seen(scope, self.number))})
        else:
            await JSONResponse(seen(scope, self.number))(scope, receive, send)


class PickyRoute(Route):
    """A route that looks at more than path and method, so that no table can know when it matches."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and (b"x-picky", b"1") not in scope["headers"]:
            return Match.NONE, {}
        return super().matches(scope)


SEGMENTS = [
    "a",
    "b",
    "items",
    "",
    "{#}",
    "{#}",
    "{#:int}",
    "{#:float}",
    "{#:path}",
    "pre-{#}.json",
    "{#}-{#}",
    "{#:uuid}",
]


def as_template(segments: list[str], numbers: Iterator[int]) -> str:
    """`['a', '{#}']` becomes `/a/{p0}`; every parameter gets a name of its own."""
    path = "/" + "/".join(segments)
    while "#" in path:
        path = path.replace("#", f"p{next(numbers)}", 1)
    return path


templates = st.lists(st.sampled_from(SEGMENTS), max_size=4)
KINDS = ["starlette", "typed", "typed", "typed", "any method", "websocket", "picky"]
MOUNT_KINDS = ["mount", "mounted routes", "host"]
methods = st.sampled_from([["GET"], ["POST"], ["GET", "PUT"], ["PUT", "DELETE"], ["OPTIONS"], None])


@st.composite
def routes(draw: st.DrawFn, depth: int = 1) -> list[BaseRoute]:
    """A list of routes of any kind that contradict, repeat and hide each other."""
    numbers = draw(st.just(itertools.count()))
    return [draw(route(numbers, depth)) for _ in range(draw(st.integers(0, 8)))]


@st.composite
def route(draw: st.DrawFn, numbers: Iterator[int], depth: int) -> BaseRoute:
    """One route."""
    template = as_template(draw(templates), numbers)
    number = next(numbers)
    made_for = draw(methods)
    kind = draw(st.sampled_from([*KINDS, *MOUNT_KINDS] if depth else KINDS))

    async def starlette_endpoint(request: Request) -> JSONResponse:
        return JSONResponse(seen(request.scope, number))

    async def websocket_endpoint(websocket: WebSocket) -> None:
        await websocket.close(reason=str(seen(websocket.scope, number)))

    async def typed_endpoint(request: Request) -> dict[str, Any]:
        return seen(request.scope, number)

    makers: dict[str, Callable[[], BaseRoute]] = {
        "starlette": lambda: Route(template, starlette_endpoint, methods=made_for),
        "typed": lambda: APIRoute(template, typed_endpoint, methods=made_for),
        "any method": lambda: Route(template, Numbered(number)),
        "picky": lambda: PickyRoute(template, starlette_endpoint, methods=made_for),
        "websocket": lambda: WebSocketRoute(template, websocket_endpoint),
        "mount": lambda: Mount(template.rstrip("/"), app=Numbered(number)),
        "host": lambda: Host(draw(st.sampled_from(["test", "{sub}.test"])), app=Numbered(number)),
        "mounted routes": lambda: Mount(template.rstrip("/"), routes=draw(routes(depth=0))),
    }
    return makers[kind]()


# -- requests

PARTS = [
    "a",
    "b",
    "items",
    "",
    "1",
    "-1",
    "1.5",
    "x y",
    "pre-1.json",
    "pre-.json",
    "a-b",
    "é",
    "{p0}",
    "a.b",
    "%2F",
]
PARTS += ["0a1b2c3d-0000-4000-8000-000000000000"]


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    """A connection to some path."""
    path = "/" + "/".join(draw(st.lists(st.sampled_from(PARTS), max_size=4)))
    root_path = draw(st.sampled_from(["", "", "/root"]))
    headers = [(b"host", draw(st.sampled_from([b"test", b"x.test", b"other"])))]
    if draw(st.booleans()):
        headers.append((b"x-picky", b"1"))
    scope: dict[str, Any] = {
        "type": draw(st.sampled_from(["http", "http", "http", "websocket"])),
        "scheme": "http",
        "path": root_path + path,
        "root_path": root_path,
        "query_string": draw(st.sampled_from([b"", b"q=1"])),
        "headers": headers,
        "server": ("test", 80),
    }
    if scope["type"] == "http":
        scope["method"] = draw(st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "PATCH"]))
    if draw(st.booleans()):
        scope["app"] = object()  # 404 and 405 are then exceptions for the app's handlers
    return scope


async def ask(app: ASGIApp, scope: Scope) -> list[Any]:
    """All that `app` sends, and the exception it ends with."""
    sent: list[Any] = []

    async def receive() -> Message:
        return {"type": "http.request"} if scope["type"] == "http" else {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        # What a compiled plan leaves out has defaults in ASGI.
        sent.append({"more_body": False, **message} if message["type"].endswith("body") else message)

    try:
        await app({**scope}, receive, send)
    except HTTPException as error:
        sent.append((error.status_code, error.detail, error.headers))
    return sent


# -- rules


@SETTINGS
@given(routes(), st.lists(scopes(), min_size=1, max_size=8))
def test_any_list_of_routes_serves_any_connection_as_a_search_through_the_list_does(
    runner: asyncio.Runner, made: list[BaseRoute], connections: list[Scope]
) -> None:
    """Same route, same parameters, same 404, 405, `Allow` and redirect."""
    note([getattr(route, "path", route) for route in made])
    ours, linear = APIRouter(routes=made), Router(routes=made)

    for scope in connections:
        note(scope)
        assert runner.run(ask(ours, scope)) == runner.run(ask(linear, scope))


@SETTINGS
@given(st.lists(templates, min_size=1, max_size=8), st.data())
def test_a_path_made_from_a_template_finds_the_first_route_that_fits(
    runner: asyncio.Runner, wanted: list[list[str]], data: st.DataObject
) -> None:
    """Paths that certainly match something, so that the order of declaration decides."""
    numbers = itertools.count()
    made: list[BaseRoute] = [
        Route(as_template(template, numbers), Numbered(i)) for i, template in enumerate(wanted)
    ]
    chosen = data.draw(st.sampled_from(wanted))
    values = {"{#}": ["a", "1"], "{#:int}": ["1"], "{#:float}": ["1.5", "1"], "{#:path}": ["a/1", ""]}
    values |= {"pre-{#}.json": ["pre-1.json"], "{#}-{#}": ["a-b", "a-b-c"], "{#:uuid}": PARTS[-1:]}
    path = "/" + "/".join(data.draw(st.sampled_from(values.get(segment, [segment]))) for segment in chosen)
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    note([route.path for route in made if isinstance(route, Route)])

    assert runner.run(ask(APIRouter(routes=made), scope)) == runner.run(ask(Router(routes=made), scope))
