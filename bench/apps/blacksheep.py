"""BlackSheep, as its users write it: its own binding of parameters; pydantic models, JSON by hand."""

import asyncio

from blacksheep import Application, Content, FromJSON, Request, Response
from blacksheep.server.responses import status_code
from pydantic import ValidationError
from pydantic_core import to_json

from bench.apps.models import HOLD_SECONDS, WAIT_SECONDS, Order, receipt_for
from bench.apps.work import JSON, from_receipt, greeting, to_limit, waited

app = Application()
get, post = app.router.get, app.router.post


def reply(body: bytes) -> Response:
    return Response(200, content=Content(JSON.encode(), body))


@get("/json")
async def read_json() -> Response:
    return reply(greeting())


@get("/items/{item_id}")
async def read_item(item_id: int, q: str, limit: int = 10, exact: bool = False) -> Response:
    return reply(to_json({"item_id": item_id, "q": q, "limit": to_limit(limit), "exact": exact}))


@post("/orders")
async def create_order(data: FromJSON[Order]) -> Response:
    return reply(from_receipt(receipt_for(data.value)))


@get("/wait")
async def wait() -> Response:
    await asyncio.sleep(WAIT_SECONDS)
    return reply(waited(WAIT_SECONDS))


@get("/hold")
async def hold() -> Response:
    await asyncio.sleep(HOLD_SECONDS)
    return reply(waited(HOLD_SECONDS))


async def rejected(app: Application, request: Request, error: ValidationError) -> Response:
    return status_code(422)


app.exceptions_handlers[ValidationError] = rejected
