"""Starlette: its routing, requests and responses; validation by hand."""

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.apps.models import HOLD_SECONDS, WAIT_SECONDS
from bench.apps.work import JSON, REJECTED, greeting, item, order, waited


async def read_json(request: Request) -> Response:
    return Response(greeting(), media_type=JSON)


async def read_item(request: Request) -> Response:
    return Response(item(request.path_params["item_id"], request.query_params), media_type=JSON)


async def create_order(request: Request) -> Response:
    return Response(order(await request.body()), media_type=JSON)


async def wait(request: Request) -> Response:
    await asyncio.sleep(WAIT_SECONDS)
    return Response(waited(WAIT_SECONDS), media_type=JSON)


async def hold(request: Request) -> Response:
    await asyncio.sleep(HOLD_SECONDS)
    return Response(waited(HOLD_SECONDS), media_type=JSON)


async def rejected(request: Request, error: Exception) -> Response:
    return Response(status_code=422)


app = Starlette(
    routes=[
        Route("/json", read_json),
        Route("/items/{item_id}", read_item),
        Route("/orders", create_order, methods=["POST"]),
        Route("/wait", wait),
        Route("/hold", hold),
    ],
    exception_handlers=dict.fromkeys(REJECTED, rejected),
)
