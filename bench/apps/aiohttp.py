"""aiohttp on its own server and uvloop: its routing, requests and responses; validation by hand."""

import asyncio
import sys

import uvloop
from aiohttp import web

from bench.apps.models import HOLD_SECONDS, WAIT_SECONDS
from bench.apps.work import JSON, REJECTED, greeting, item, order, waited


def reply(body: bytes) -> web.Response:
    return web.Response(body=body, content_type=JSON)


async def read_json(request: web.Request) -> web.Response:
    return reply(greeting())


async def read_item(request: web.Request) -> web.Response:
    try:
        return reply(item(request.match_info["item_id"], request.query))
    except REJECTED:
        return web.Response(status=422)


async def create_order(request: web.Request) -> web.Response:
    try:
        return reply(order(await request.read()))
    except REJECTED:
        return web.Response(status=422)


async def wait(request: web.Request) -> web.Response:
    await asyncio.sleep(WAIT_SECONDS)
    return reply(waited(WAIT_SECONDS))


async def hold(request: web.Request) -> web.Response:
    await asyncio.sleep(HOLD_SECONDS)
    return reply(waited(HOLD_SECONDS))


def main(port: int) -> None:
    """Serve until the process is ended."""
    app = web.Application()
    app.router.add_get("/json", read_json)
    app.router.add_get("/items/{item_id}", read_item)
    app.router.add_post("/orders", create_order)
    app.router.add_get("/wait", wait)
    app.router.add_get("/hold", hold)
    loop = uvloop.new_event_loop()
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None, loop=loop)


if __name__ == "__main__":
    main(int(sys.argv[1]))
