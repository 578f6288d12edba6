"""What clients are told when something goes wrong."""

import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.websockets import WebSocket

from laneway.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
    websocket_request_validation_exception_handler,
)
from laneway.exceptions import HTTPException, RequestValidationError, WebSocketRequestValidationError

SENT = list[dict[str, Any]]


@pytest.fixture
def request_() -> Request:
    return Request({"type": "http", "headers": [], "method": "GET", "path": "/", "app": Starlette()})


async def close_reason(errors: list[dict[str, Any]]) -> SENT:
    """What the handler sends to a client for these errors."""
    sent: SENT = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    websocket = WebSocket({"type": "websocket"}, receive, send)
    await websocket_request_validation_exception_handler(websocket, WebSocketRequestValidationError(errors))
    return sent


async def test_http_error_has_its_status_headers_and_detail(request_: Request) -> None:
    """The three things that the error was made of."""
    reply = await http_exception_handler(request_, HTTPException(404, {"id": 3}, {"X-Why": "gone"}))

    assert (reply.status_code, json.loads(bytes(reply.body)), reply.headers["x-why"]) == (
        404,
        {"detail": {"id": 3}},
        "gone",
    )


@pytest.mark.parametrize("status", [204, 205, 304, 101])
async def test_status_that_forbids_a_body_has_none(request_: Request, status: int) -> None:
    """A body would be read as the next reply on the connection."""
    reply = await http_exception_handler(request_, HTTPException(status, headers={"X-Why": "so"}))

    assert (reply.status_code, reply.body, reply.headers["x-why"]) == (status, b"", "so")


async def test_validation_error_lists_every_error(request_: Request) -> None:
    """422 with details, made plain for JSON."""
    errors = [{"type": "value_error", "loc": ("body", "b"), "msg": "No", "ctx": {"error": {1}}}]
    reply = await request_validation_exception_handler(request_, RequestValidationError(errors))

    assert reply.status_code == 422
    assert json.loads(bytes(reply.body)) == {
        "detail": [{**errors[0], "loc": ["body", "b"], "ctx": {"error": [1]}}]
    }


async def test_websocket_is_closed_with_a_reason_to_read() -> None:
    """Code 1008 and where the fault lies."""
    sent = await close_reason([{"loc": ("query", "token"), "msg": "Field required"}])

    assert sent == [{"type": "websocket.close", "code": 1008, "reason": "query.token: Field required"}]


async def test_reason_fits_into_a_control_frame() -> None:
    """Longer ones are refused by servers; a cut character is dropped."""
    sent = await close_reason([{"loc": ("query", "token"), "msg": "ä" * 200}])

    assert 120 <= len(sent[0]["reason"].encode()) <= 123
