"""Requests that would rather speak another protocol: WebSockets are handed over, anything else stays HTTP."""

import asyncio
from typing import Any

from uvicorn.config import Config

from laneway.server.direct.exchange import Exchange
from laneway.server.direct.notices import trace

_UPGRADE_FIELDS = (b"upgrade", b"http2-settings")


def is_websocket(exchange: Exchange, config: Config) -> bool:
    """Whether a request asks for a WebSocket, and there is a library that speaks it."""
    return exchange.head.upgrade == b"websocket" and config.ws_protocol_class is not None


def to_websocket(
    exchange: Exchange, transport: asyncio.Transport, app_state: dict[str, Any], rest: bytes
) -> None:
    """Hand the connection to uvicorn's protocol for WebSockets, with its first request and what followed."""
    service = exchange.connection.service
    protocol: Any = service.config.ws_protocol_class(  # type: ignore[misc, call-arg]  # not None: asked before
        config=service.config, server_state=service.state, app_state=app_state
    )
    trace(exchange.connection.client, "Upgrading to WebSocket")
    protocol.connection_made(transport)
    protocol.data_received(_head(exchange, exchange.headers) + rest)
    transport.set_protocol(protocol)


def without_upgrade(exchange: Exchange) -> bytes:
    """The head of a request that stays HTTP, as if it had not asked for more."""
    kept = [(name, value) for name, value in exchange.headers if name not in _UPGRADE_FIELDS]
    plain = [(name, _without_option(value) if name == b"connection" else value) for name, value in kept]
    return _head(exchange, [(name, value) for name, value in plain if value or name != b"connection"])


def _without_option(connection: bytes) -> bytes:
    options = [option.strip() for option in connection.split(b",")]
    return b", ".join(option for option in options if option.lower() not in _UPGRADE_FIELDS)


def _head(exchange: Exchange, headers: list[tuple[bytes, bytes]]) -> bytes:
    target = exchange.target
    query = b"?" + target.query if target.query else b""
    asked = (target.method.encode(), target.raw_path, query, exchange.head.version.encode())
    return b"%b %b%b HTTP/%b\r\n" % asked + b"".join(n + b": " + v + b"\r\n" for n, v in headers) + b"\r\n"
