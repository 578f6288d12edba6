"""Start-up and shutdown handlers, of the app and of routers, old style."""

from typing import Any

from calls import get
from fastapi import APIRouter, FastAPI

EVENTS: list[str] = []


async def started() -> None:
    EVENTS.append("started")


app = FastAPI(on_startup=[started], on_shutdown=[lambda: EVENTS.append("lambda down")])
router = APIRouter(on_startup=[lambda: EVENTS.append("router up")])


@app.on_event("startup")
def second() -> None:
    EVENTS.append("second")


@router.on_event("shutdown")
async def router_down() -> None:
    EVENTS.append("router down")


app.include_router(router)


@app.get("/")
async def root() -> Any:
    return "up"


CALLS = [get("/")]
