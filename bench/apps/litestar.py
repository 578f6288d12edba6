"""Litestar, as its users write it: its own parameters, dependencies and JSON; pydantic models."""

import asyncio
from typing import Annotated

from litestar import Litestar, get, post
from litestar.di import Provide
from litestar.params import Parameter
from litestar.status_codes import HTTP_200_OK

from bench.apps.models import (
    HOLD_SECONDS,
    PERMISSIONS,
    WAIT_SECONDS,
    Order,
    Receipt,
    fingerprint,
    receipt_for,
)

JsonObject = dict[str, object]


@get("/json")
async def read_json() -> JsonObject:
    return {"message": "Hello, World!", "values": [1, 2.5, None, True]}


@get("/items/{item_id:int}")
async def read_item(
    item_id: int, q: str, limit: Annotated[int, Parameter(ge=1, le=100)] = 10, exact: bool = False
) -> JsonObject:
    return {"item_id": item_id, "q": q, "limit": limit, "exact": exact}


@post("/orders", status_code=HTTP_200_OK)
async def create_order(data: Order) -> Receipt:
    return receipt_for(data)


async def provide_token(token: str) -> str:
    return token


async def provide_session(read: str) -> dict[str, str]:
    return {"token": read}


async def provide_user(session: dict[str, str]) -> str:
    return f"user-{session['token']}"


async def provide_permissions(user: str) -> tuple[str, ...]:
    return (user, *PERMISSIONS)


@get(
    "/chain",
    dependencies={
        "read": Provide(provide_token),
        "session": Provide(provide_session),
        "user": Provide(provide_user),
        "granted": Provide(provide_permissions),
    },
)
async def read_chain(granted: tuple[str, ...]) -> JsonObject:
    return {"granted": granted}


@get("/sync/{name:str}", sync_to_thread=True)
def read_sync(name: str) -> JsonObject:
    return {"name": name, "digest": fingerprint(name)}


@get("/wait")
async def wait() -> JsonObject:
    await asyncio.sleep(WAIT_SECONDS)
    return {"waited": WAIT_SECONDS}


@get("/hold")
async def hold() -> JsonObject:
    await asyncio.sleep(HOLD_SECONDS)
    return {"waited": HOLD_SECONDS}


app = Litestar([read_json, read_item, create_order, read_chain, read_sync, wait, hold], logging_config=None)
