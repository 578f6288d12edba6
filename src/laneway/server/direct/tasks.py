"""Requests that need a task: those that may suspend, and those that need ASGI."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from contextvars import Context
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp

from laneway.app import Laneway
from laneway.plan.compiled import CompiledPlan
from laneway.plan.message import RawResponse, json_headers
from laneway.routing.serve import serve_compiled, serve_general, whole_body
from laneway.server.direct.exchange import Exchange
from laneway.server.direct.notices import warn_of_value
from laneway.server.direct.reply import closing_text

_logger = logging.getLogger("uvicorn.error")

_FAILED = b"Internal Server Error"


def start(exchange: Exchange, work: Coroutine[Any, Any, None], context: Context) -> None:
    """Do the work for a request in a task of its own."""
    service = exchange.connection.service
    whole = _to_the_end(exchange, work)
    if sys.version_info >= (3, 12):
        # PERF: begins at once; most never suspend.
        task = asyncio.Task(whole, loop=service.loop, context=context, eager_start=True)
        if task.done():
            return
    else:
        task = service.loop.create_task(whole, context=context)
    exchange.task = task
    service.state.tasks.add(task)


async def _to_the_end(exchange: Exchange, work: Coroutine[Any, Any, None]) -> None:
    """Do the work, and see to it that the client gets an end of some kind."""
    connection = exchange.connection
    try:
        await work
    except BaseException as error:
        if isinstance(error, asyncio.CancelledError) and connection.stopping:
            connection.cut()  # the server's time to stop is up
            raise
        if isinstance(error, ClientDisconnect | asyncio.CancelledError) and connection.lost:
            return  # for want of anybody to answer to
        _logger.error("Exception in ASGI application\n", exc_info=error)
        _end_failed(exchange)
        if not isinstance(error, Exception):
            raise
        return
    finally:
        # PERF: as a done-callback it would take a turn of the loop (0.4 us). Only a server that ends cancels tasks before
        # they begin, and then nobody counts them any more.
        if exchange.task is not None:
            connection.service.state.tasks.discard(exchange.task)
    if exchange.finished or connection.lost or exchange.end():
        return
    _logger.error(
        "ASGI callable returned without %s response.", "completing" if exchange.responding else "starting"
    )
    _end_failed(exchange)


def _end_failed(exchange: Exchange) -> None:
    """End a response that its app has not ended."""
    if exchange.connection.lost:
        return
    if exchange.finished:  # it is what ran after the response that has failed
        exchange.connection.wind_up()
        return
    if exchange.responding:
        exchange.connection.cut()
        return
    exchange.filters = None  # one of them may be what has failed
    exchange.begin(500, closing_text(_FAILED))
    exchange.add(_FAILED, False)


async def through_asgi(app: ASGIApp, exchange: Exchange) -> None:
    """Let an ASGI app answer."""
    returned: object = await app(exchange.scope, exchange.receive, exchange.send)  # type: ignore[func-returns-value]
    if returned is not None:
        warn_of_value(returned)
        exchange.connection.wind_up()


async def with_plan(app: Laneway, plan: CompiledPlan, exchange: Exchange) -> None:
    """Let a plan that may suspend answer."""
    assert exchange.target.found is not None
    general = exchange.target.found.route.general_plan
    try:
        if plan.limits is not None or plan.has_cleanup:
            _ = exchange.scope  # made before what is copied, so that all see the same
            await serve_compiled(plan, general, exchange)
            return
        if plan.reads_body and exchange.body is None:
            exchange.body = await whole_body(exchange.receive)
        response = await plan.run(exchange)
        if response is None:
            await serve_general(general, exchange.starlette())
        else:
            await _send(response, plan, exchange)
    except Exception as error:  # noqa: BLE001  # handed to the handlers
        await app.answer_error(error, plan.path, exchange)


def reply_json(app: Laneway, body: bytes, plan: CompiledPlan, exchange: Exchange, context: Context) -> None:
    """Send the usual reply of a plan."""
    try:
        if exchange.reply_at_once(plan.status, json_headers(body), body):
            return
    except Exception as error:  # noqa: BLE001  # handed to the handlers
        start(exchange, app.answer_error(error, plan.path, exchange), context)
        return
    reply(app, RawResponse(plan.status, json_headers(body), body), plan, exchange, context)


def reply(
    app: Laneway, response: RawResponse | Response, plan: CompiledPlan, exchange: Exchange, context: Context
) -> None:
    """Send a response; in a task if it sends itself, has something to do afterwards, or cannot be sent."""
    if response.background is not None:
        start(exchange, _send_response(app, response, plan, exchange), context)
        return
    try:
        replied = exchange.reply(response)
    except Exception as error:  # noqa: BLE001  # handed to the handlers
        start(exchange, app.answer_error(error, plan.path, exchange), context)
        return
    if not replied:
        start(exchange, _send_response(app, response, plan, exchange), context)


async def _send_response(
    app: Laneway, response: RawResponse | Response, plan: CompiledPlan, exchange: Exchange
) -> None:
    """Send a response that sends itself, or has something to do afterwards."""
    try:
        await _send(response, plan, exchange)
    except Exception as error:  # noqa: BLE001  # handed to the handlers
        await app.answer_error(error, plan.path, exchange)


async def _send(response: bytes | RawResponse | Response, plan: CompiledPlan, exchange: Exchange) -> None:
    if exchange.connection.write_paused:
        await exchange.connection.drain()
    if exchange.connection.lost:
        return
    if isinstance(response, bytes):
        response = RawResponse(plan.status, json_headers(response), response)
    replied = exchange.reply(response)
    if not replied and isinstance(response, Response):
        await response(exchange.complete_scope(), exchange.receive, exchange.tracked_send)
        return
    if not replied and isinstance(response, RawResponse):
        start = {"type": "http.response.start", "status": response.status, "headers": response.headers}
        await exchange.tracked_send(start)
        await exchange.send({"type": "http.response.body", "body": response.body})
    if response.background is not None:
        await response.background()


async def generally(app: Laneway, path: str, exchange: Exchange) -> None:
    """Let the general plan answer, after the compiled one could not read the request."""
    assert exchange.target.found is not None
    try:
        await serve_general(exchange.target.found.route.general_plan, exchange.starlette())
    except Exception as error:  # noqa: BLE001  # handed to the handlers
        await app.answer_error(error, path, exchange)
