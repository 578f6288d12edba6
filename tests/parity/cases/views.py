"""Class-based views as libraries make them: methods get their signature after they were declared."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

from calls import get, post, websocket
from fastapi import APIRouter, Depends, FastAPI, Header, WebSocket
from fastapi.routing import APIRoute, APIWebSocketRoute

app = FastAPI()
router = APIRouter(prefix="/view")


def view(router: APIRouter) -> Callable[[type], type]:
    """Let the methods of a class be endpoints; each request gets an instance."""

    def register(cls: type) -> type:
        methods = {function for _, function in inspect.getmembers(cls, inspect.isfunction)}
        taken = [route for route in router.routes if getattr(route, "endpoint", None) in methods]
        inner = APIRouter()
        for route in taken:
            assert isinstance(route, APIRoute | APIWebSocketRoute)
            router.routes.remove(route)
            route.path = route.path.removeprefix(router.prefix)
            signature = inspect.signature(route.endpoint)
            own, *others = signature.parameters.values()
            keyword = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in others]
            changed = signature.replace(parameters=[own.replace(default=Depends(cls)), *keyword])
            route.endpoint.__signature__ = changed  # type: ignore[attr-defined]
        inner.routes = taken
        router.include_router(inner)
        return cls

    return register


async def tenant(x_tenant: Annotated[str, Header()] = "none") -> str:
    return x_tenant


@view(router)
class Items:
    def __init__(self, tenant: Annotated[str, Depends(tenant)], limit: int = 10) -> None:
        self.tenant = tenant
        self.limit = limit

    @router.get("/items/{n}")
    async def read(self, n: int, q: str | None = None) -> Any:
        return [self.tenant, self.limit, n, q]

    @router.post("/items", status_code=201)
    def make(self, item: dict[str, int]) -> Any:
        return [self.tenant, item]

    @router.websocket("/ws/{n}")
    async def talk(self, socket: WebSocket, n: int) -> None:
        await socket.accept()
        await socket.send_json([self.tenant, n])


app.include_router(router, prefix="/api")

CALLS = [
    get("/api/view/items/1"),
    get("/api/view/items/x?limit=y"),
    get("/api/view/items/1?limit=3&q=z", ("x-tenant", "t")),
    post("/api/view/items", {"a": 1}, ("x-tenant", "t")),
    post("/api/view/items?limit=x", []),
    websocket("/api/view/ws/1", headers=[("x-tenant", "t")]),
    websocket("/api/view/ws/x"),
]


def DOCUMENT() -> Any:
    """The schema belongs to what is seen."""
    return app.openapi()
