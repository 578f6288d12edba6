"""Falcon's ASGI app: its routing, requests and responses; validation by hand."""

import asyncio
from typing import Any

import falcon.asgi
from falcon.asgi import Request, Response

from bench.apps.models import HOLD_SECONDS, WAIT_SECONDS
from bench.apps.work import JSON, REJECTED, greeting, item, order, waited


class Greeting:
    """`/json`."""

    async def on_get(self, request: Request, response: Response) -> None:
        """Answer a GET."""
        response.data = greeting()


class Item:
    """`/items/{item_id}`."""

    async def on_get(self, request: Request, response: Response, item_id: str) -> None:
        """Answer a GET."""
        response.data = item(item_id, request.params)  # type: ignore[arg-type]  # lists where a name comes twice


class Orders:
    """`/orders`."""

    async def on_post(self, request: Request, response: Response) -> None:
        """Answer a POST."""
        response.data = order(await request.stream.read())


class Waiting:
    """`/wait` and `/hold`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def on_get(self, request: Request, response: Response) -> None:
        """Answer a GET."""
        await asyncio.sleep(self.seconds)
        response.data = waited(self.seconds)


async def rejected(request: Request, response: Response, error: Exception, params: dict[str, Any]) -> None:
    response.status = falcon.HTTP_422


app = falcon.asgi.App(media_type=JSON)
for kind in REJECTED:
    app.add_error_handler(kind, rejected)
app.add_route("/json", Greeting())
app.add_route("/items/{item_id}", Item())
app.add_route("/orders", Orders())
app.add_route("/wait", Waiting(WAIT_SECONDS))
app.add_route("/hold", Waiting(HOLD_SECONDS))
