"""Price changes as they happen, as Server-Sent Events and on a WebSocket."""

import asyncio
from collections.abc import AsyncIterable
from contextlib import suppress
from typing import Annotated

from anyio import create_task_group

from laneway import APIRouter, Query, WebSocket, WebSocketDisconnect
from laneway.sse import EventSourceResponse, ServerSentEvent

from ..auth import Watcher
from ..feed import prices
from ..models import Category, PriceChange

router = APIRouter(tags=["live"])


@router.get("/prices", response_class=EventSourceResponse)
async def follow_prices(category: Category | None = None) -> AsyncIterable[ServerSentEvent]:
    """Price changes for a web page: `new EventSource("/prices")` there, an event called `price` for each."""
    with prices.watch() as changes:
        yield ServerSentEvent(comment="watching")
        while True:
            change = await changes.get()
            if category in {None, change.category}:
                yield ServerSentEvent(event="price", data=change)


@router.websocket("/prices/{category}")
async def watch_prices(
    websocket: WebSocket,
    category: Category,
    user: Watcher,
    below_cents: Annotated[int | None, Query(ge=0)] = None,
) -> None:
    """Price changes of one category for programs, those below a limit if there is one; needs a `token`."""
    with prices.watch() as changes:
        await websocket.accept()
        await websocket.send_json({"watching": category, "user": user.name})
        async with create_task_group() as group:
            group.start_soon(send_changes, websocket, changes, category, below_cents)
            while (await websocket.receive())["type"] != "websocket.disconnect":
                pass  # what the client says is ignored
            group.cancel_scope.cancel()


async def send_changes(
    websocket: WebSocket, changes: asyncio.Queue[PriceChange], category: Category, below_cents: int | None
) -> None:
    """Send the changes that the client asked for, for as long as it is there."""
    with suppress(WebSocketDisconnect):
        while True:
            change = await changes.get()
            if change.category is category and (below_cents is None or change.new_cents < below_cents):
                await websocket.send_text(change.model_dump_json())
