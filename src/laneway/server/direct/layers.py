"""Requests of an app with native middleware: its hooks, and its layers that wait for the response."""

from contextvars import Context
from typing import Any

from starlette.responses import Response

from laneway.app import Laneway
from laneway.middleware.native.build import Layered
from laneway.middleware.native.call import Call
from laneway.middleware.native.dispatch import Dispatching
from laneway.middleware.native.response import NextResponse
from laneway.plan.compiled import CompiledPlan
from laneway.plan.message import RawResponse, json_headers
from laneway.routing.table import Found
from laneway.server.direct import tasks
from laneway.server.direct.exchange import Exchange
from laneway.types import RawHeaders

_LENGTH = b"content-length"
_FRAMING = (_LENGTH, b"transfer-encoding", b"connection")


def begin(app: Laneway, layered: Layered, plan: CompiledPlan, exchange: Exchange, context: Context) -> bool:
    """Let middleware see a request; whether the plan alone is to answer now.

    Args:
        app: The app.
        layered: The route with its middleware.
        plan: Of the route.
        exchange: The request.
        context: Of the request.
    """
    inner = layered.stack.inner
    exchange.unrouted = inner is not None
    try:
        exchange.filters, answer = context.run(layered.stack.open, exchange)
    except Exception as error:  # noqa: BLE001  # handed to the handler
        tasks.start(exchange, app.answer_failure(error, exchange), context)
        return False
    if answer is not None:
        tasks.reply(app, answer, plan, exchange, context)
    elif inner is not None:
        tasks.start(exchange, _through(app, inner, layered.behind, exchange), context)
    else:
        return True
    return False


async def _through(app: Laneway, layer: Dispatching, found: Found, exchange: Exchange) -> None:
    """Let a layer answer that waits for the response, and do what is to be done afterwards."""
    call = Call(exchange.send, found, exchange.body)
    try:
        response = await layer.respond(exchange, exchange.receive, call)
        if not _send_usual(response, exchange):
            await _send(response, call, exchange)
        if call.has_more:
            await call.finish()
    except Exception as error:  # noqa: BLE001  # handed to the handler
        await call.abort()
        await app.answer_failure(error, exchange)
    except BaseException:
        await call.abort()
        raise


def _send_usual(response: Any, exchange: Exchange) -> bool:
    """Send a response that is what the plan has given; False when it is another one."""
    # PERF: neither its header fields are looked at nor a coroutine is made (1.3 us).
    return (
        type(response) is NextResponse
        and response.is_usual
        and response.background is None
        and not exchange.connection.write_paused
        and exchange.reply_json_at_once(response.status_code, bytes(response.body))
    )


async def _send(response: Any, call: Call, exchange: Exchange) -> None:
    if exchange.connection.write_paused:
        await exchange.connection.drain()
    if not isinstance(response, NextResponse) or not response.whole:
        if response.background is None and isinstance(response, Response) and exchange.reply(response):
            return
        await response(exchange.scope, call.requests[0].relay, exchange.tracked_send)
        return
    # PERF: most responses are whole, and go out in one write.
    headers, body = response.raw_headers, bytes(response.body)
    if not _is_framed(headers, body) or not exchange.reply_at_once(response.status_code, headers, body):
        background, response.background = response.background, None
        if not exchange.reply(RawResponse(response.status_code, headers, body)):
            await response(exchange.scope, call.requests[0].relay, exchange.tracked_send)
        response.background = background
    if response.background is not None:
        await response.background()


def _is_framed(headers: RawHeaders, body: bytes) -> bool:
    """Whether header fields tell the length of a body, and no more of how it is sent."""
    usual = json_headers(body)[0]
    length = False
    for field in headers:
        if field is usual and not length:  # PERF: as a plan has made it, nearly always
            length = True
        elif (known := field[0].lower()) in _FRAMING:
            length = known == _LENGTH and not length and field[1] == usual[1]
            if not length:
                return False
    return length
