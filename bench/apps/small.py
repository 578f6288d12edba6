"""One route per HTTP scenario, as a FastAPI user writes them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from bench.apps.framework import Application, Depends, EventSourceResponse, Query, Response
from bench.apps.models import (
    EVENTS,
    HOLD_SECONDS,
    LARGE,
    PERMISSIONS,
    WAIT_SECONDS,
    Document,
    Order,
    Receipt,
    fingerprint,
    receipt_for,
)

app = Application(title="bench")


@app.get("/json")
async def read_json():  # type: ignore[no-untyped-def]  # a bare dict without a response model is the scenario
    return {"message": "Hello, World!", "values": [1, 2.5, None, True]}


@app.get("/items/{item_id}")
async def read_item(  # type: ignore[no-untyped-def]  # as above
    item_id: int, q: str, limit: Annotated[int, Query(ge=1, le=100)] = 10, exact: bool = False
):
    return {"item_id": item_id, "q": q, "limit": limit, "exact": exact}


@app.post("/orders")
async def create_order(order: Order) -> Receipt:
    return receipt_for(order)


async def read_token(token: str) -> str:
    return token


async def open_session(token: Annotated[str, Depends(read_token)]) -> dict[str, str]:
    return {"token": token}


async def current_user(session: Annotated[dict[str, str], Depends(open_session)]) -> str:
    return f"user-{session['token']}"


async def permissions(user: Annotated[str, Depends(current_user)]) -> tuple[str, ...]:
    return (user, *PERMISSIONS)


@app.get("/chain")
async def read_chain(granted: Annotated[tuple[str, ...], Depends(permissions)]):  # type: ignore[no-untyped-def]
    return {"granted": granted}


@app.get("/sync/{name}")
def read_sync(name: str):  # type: ignore[no-untyped-def]
    return {"name": name, "digest": fingerprint(name)}


@app.get("/wait")
async def wait():  # type: ignore[no-untyped-def]
    await asyncio.sleep(WAIT_SECONDS)
    return {"waited": WAIT_SECONDS}


@app.get("/hold")
async def hold():  # type: ignore[no-untyped-def]
    await asyncio.sleep(HOLD_SECONDS)
    return {"waited": HOLD_SECONDS}


@app.get("/large")
async def read_large() -> Response:
    return Response(LARGE, media_type="application/octet-stream")


@app.post("/large")
async def write_large(document: Document):  # type: ignore[no-untyped-def]
    return {"title": document.title, "length": len(document.text)}


@app.get("/events", response_class=EventSourceResponse)
async def read_events() -> AsyncIterator[dict[str, int]]:
    for number in range(EVENTS):
        yield {"number": number}
