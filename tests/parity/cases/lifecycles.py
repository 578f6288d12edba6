"""Lifespans with state, nested ones, events; request state and app state."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypedDict

from calls import get, post
from fastapi import APIRouter, FastAPI, Request

EVENTS: list[str] = []


class State(TypedDict):
    pool: str
    items: list[str]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[State]:
    EVENTS.append(f"up {app.title}")
    app.state.started = True

    @app.get("/made-at-start")
    async def made() -> str:
        return "made"

    yield {"pool": "the pool", "items": []}
    EVENTS.append("down")


@asynccontextmanager
async def router_lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    EVENTS.append("router up")
    yield {"router": "router state"}
    EVENTS.append("router down")


@asynccontextmanager
async def sub_lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
    EVENTS.append(f"sub up {app.title}")
    yield {"sub": "sub state"}
    EVENTS.append("sub down")


app = FastAPI(title="Main", lifespan=lifespan)
router = APIRouter(lifespan=router_lifespan)
sub = FastAPI(title="Sub", lifespan=sub_lifespan)


@router.get("/state")
async def state(request: Request) -> Any:
    request.state.items.append(request.state.pool)
    request.state.own = 1
    return [
        request.state.router,
        request.state.items,
        request.app.state.started,
        sorted(set(request.scope["state"]) - {"sub"}),
    ]


@app.post("/late/{name}")
async def late(name: str) -> Any:
    @app.get(f"/late/{name}")
    async def added() -> str:
        return name

    @router.get(f"/late-router/{name}")
    def added_to_router() -> str:
        return name

    return len(app.openapi()["paths"])


@sub.get("/state")
async def sub_state(request: Request) -> Any:
    return [sorted(set(request.scope.get("state", {})) - {"sub"}), request.app.title]


app.include_router(router)
app.mount("/sub", sub)
CALLS = [get("/state"), get("/state"), get("/made-at-start"), get("/sub/state"), get("/late/a"), post("/late/a", None), get("/late/a"), get("/late-router/a"), get("/openapi.json")]  # fmt: skip
