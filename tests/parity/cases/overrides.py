"""Dependency overrides in every form, and tools that change routes after the fact."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from calls import get, post, websocket
from fastapi import (
    APIRouter,
    Body,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Query,
    Request,
    Security,
    WebSocket,
)
from fastapi.dependencies.utils import get_dependant, get_parameterless_sub_dependant
from fastapi.routing import APIRoute, request_response
from fastapi.security import HTTPBearer, SecurityScopes

EVENTS: list[str] = []
app = FastAPI()


async def db() -> AsyncIterator[str]:
    EVENTS.append("real db")
    yield "real"
    EVENTS.append("real db closed")


def user(db: Annotated[str, Depends(db)], x_user: Annotated[str, Header()]) -> str:
    return f"{x_user} in {db}"


class Service:
    def __init__(self, db: Annotated[str, Depends(db)], n: int = 1) -> None:
        self.text = f"service {db} {n}"


bearer = HTTPBearer()


def scoped(scopes: SecurityScopes, _: Annotated[Any, Depends(bearer)]) -> Any:
    return scopes.scopes


@app.get("/user")
def read_user(user: Annotated[str, Depends(user)], again: Annotated[str, Depends(db)]) -> Any:
    return [user, again]


@app.get("/service")
async def read_service(service: Annotated[Service, Depends()]) -> Any:
    return service.text


@app.get("/scoped")
async def read_scoped(found: Annotated[Any, Security(scoped, scopes=["a"])]) -> Any:
    return found


@app.websocket("/ws")
async def ws(socket: WebSocket, user: Annotated[str, Depends(user)]) -> None:
    await socket.accept()
    await socket.send_text(user)


def guard() -> None:
    raise HTTPException(403, "guarded")


router = APIRouter(dependencies=[Depends(guard)])


@router.get("/guarded")
async def guarded() -> str:
    return "in"


app.include_router(router)
sub = FastAPI()


@sub.get("/user")
async def sub_user(found: Annotated[str, Depends(db)]) -> Any:
    return found


app.mount("/sub", sub)


async def fake_db() -> AsyncIterator[str]:
    EVENTS.append("fake db")
    yield "fake"
    EVENTS.append("fake db closed")


def fake_user(q: str, limit: Annotated[int, Query(le=5)] = 3) -> str:
    return f"fake {q} {limit}"


def body_user(name: Annotated[str, Body(embed=True)]) -> str:
    return f"body {name}"


class FakeService:
    text = "fake service"


CHANGES: dict[str, Any] = {
    "fake-db": lambda: app.dependency_overrides.update({db: fake_db}),
    "fake-user": lambda: app.dependency_overrides.__setitem__(user, fake_user),
    "lambda": lambda: app.dependency_overrides.update(
        {user: lambda: "lambda", Service: FakeService, guard: lambda: None}
    ),
    "class": lambda: setattr(
        app,
        "dependency_overrides",
        {Service: lambda n=3: FakeService(), scoped: lambda scopes=None: ["fake"], bearer: lambda: "token"},
    ),
    "raises": lambda: app.dependency_overrides.update({db: guard}),
    "nested": lambda: app.dependency_overrides.update({db: lambda u=Depends(fake_user): u, guard: user}),
    "pop": lambda: app.dependency_overrides.pop(db, None),
    "clear": lambda: app.dependency_overrides.clear(),
    "reset": lambda: setattr(app, "dependency_overrides", {}),
    "in-sub": lambda: sub.dependency_overrides.update({db: lambda: "sub"}),
    "self": lambda: app.dependency_overrides.update({db: db}),
}


@app.get("/change/{what}")
async def change(what: str) -> Any:
    CHANGES[what]()
    return sorted(getattr(call, "__name__", type(call).__name__) for call in app.dependency_overrides)


ALL = [get("/user?q=1", ("x-user", "me")), get("/user"), get("/service?n=2"), get("/scoped", ("authorization", "Bearer x")), get("/scoped"), get("/guarded?q=1&limit=9", ("x-user", "u")), get("/sub/user"), websocket("/ws?q=2", headers=[("x-user", "ws")])]  # fmt: skip


# -- tools


def noted(name: str) -> Any:
    async def dependency(note: str = "none") -> None:
        EVENTS.append(f"{name} {note}")

    return dependency


@app.get("/tool/one")
async def tool_one(a: int = 1) -> Any:
    return a


@app.get("/tool/two/{x}")
def tool_two(x: int, request: Request) -> Any:
    return [x, request.scope["route"].name]


@app.get("/tool/three")
async def tool_three() -> dict[str, int]:
    return {"a": 1}


@app.get("/tool/four")
async def tool_four() -> Any:
    return "four"


def change_routes() -> None:
    for route in app.routes:
        if not isinstance(route, APIRoute):
            continue
        if route.path == "/tool/one":
            depends = Depends(noted("added"))
            route.dependencies.append(depends)
            route.dependant.dependencies.insert(
                0, get_parameterless_sub_dependant(depends=depends, path=route.path_format)
            )
            route.app = request_response(route.get_route_handler())
        if route.path == "/tool/two/{x}":
            route.name = "renamed"
            route.operation_id = "renamed_operation"
            route.tags.append("tool")
        if route.path == "/tool/three":
            inner = route.app

            async def wrapped(scope: Any, receive: Any, send: Any, inner: Any = inner) -> None:
                EVENTS.append(f"around {scope['path']} {scope['route'].path}")
                await inner(scope, receive, send)

            route.app = wrapped
        if route.path == "/tool/four":
            route.dependant = get_dependant(path=route.path_format, call=tool_one)
            route.include_in_schema = False


change_routes()
app.router.routes = [
    route for route in app.router.routes if getattr(route, "path", "") != "/change-not-there"
]
CALLS = [
    *ALL, *(call for what in CHANGES for call in [get(f"/change/{what}?q=x&n=1", ("x-user", "c")), *ALL, post("/user", {"name": "x"})]),
    get("/tool/one"), get("/tool/one?note=x&a=y"), get("/tool/one?note=x&a=2"), get("/tool/two/1"), get("/tool/three"), get("/tool/none"),
]  # fmt: skip


def DOCUMENT() -> Any:
    """The schema belongs to what is seen."""
    return app.openapi()
