"""Sanic on its own server: its routing, requests and responses; validation by hand."""

import asyncio

from sanic import Request, Sanic
from sanic.response import HTTPResponse, empty, raw

from bench.apps.models import HOLD_SECONDS, WAIT_SECONDS
from bench.apps.work import JSON, REJECTED, greeting, item, order, waited

app = Sanic("bench", configure_logging=False)
app.config.MOTD = False


@app.get("/json")
async def read_json(request: Request) -> HTTPResponse:
    return raw(greeting(), content_type=JSON)


@app.get("/items/<item_id:str>")
async def read_item(request: Request, item_id: str) -> HTTPResponse:
    query = {name: values[0] for name, values in request.args.items()}
    return raw(item(item_id, query), content_type=JSON)


@app.post("/orders")
async def create_order(request: Request) -> HTTPResponse:
    return raw(order(request.body), content_type=JSON)


@app.get("/wait")
async def wait(request: Request) -> HTTPResponse:
    await asyncio.sleep(WAIT_SECONDS)
    return raw(waited(WAIT_SECONDS), content_type=JSON)


@app.get("/hold")
async def hold(request: Request) -> HTTPResponse:
    await asyncio.sleep(HOLD_SECONDS)
    return raw(waited(HOLD_SECONDS), content_type=JSON)


@app.exception(*REJECTED)
async def rejected(request: Request, error: Exception) -> HTTPResponse:
    return empty(422)
