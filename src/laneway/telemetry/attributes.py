"""What is said about a request, in the words of OpenTelemetry's semantic conventions.

https://opentelemetry.io/docs/specs/semconv/http/
"""

import os
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from laneway.telemetry.redaction import redacted_query

Attributes: TypeAlias = dict[str, str | int]

KNOWN_METHODS = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"
OTHER = "_OTHER"
"""What a method is called that nobody knows, so that clients cannot invent names for metrics."""

_METHODS = frozenset(
    ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")
)
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def known_methods() -> frozenset[str]:
    """The methods that go by their own name; the environment may list others."""
    listed = os.environ.get(KNOWN_METHODS, "").split(",")
    return frozenset(filter(None, map(str.strip, listed))) or _METHODS


def http_attributes(scope: Scope, method: str) -> Attributes:
    """Those of a request that few requests differ in, as metrics need."""
    attributes: Attributes = {"url.scheme": scope.get("scheme", "http"), "http.request.method": method}
    if version := scope.get("http_version"):
        attributes["network.protocol.version"] = version
    return attributes


def websocket_attributes(scope: Scope) -> Attributes:
    """Those of a WebSocket that few connections differ in."""
    return {"url.scheme": scope.get("scheme", "ws"), "network.protocol.name": "websocket"}


def url_attributes(scope: Scope) -> Attributes:
    """Path and query of one request."""
    attributes: Attributes = {"url.path": scope["path"]}
    if query := scope.get("query_string"):
        attributes["url.query"] = redacted_query(query)
    return attributes


def server_attributes(scope: Scope) -> Attributes:
    """The server as the client addressed it; nothing when the client's Host header is malformed."""
    host = Headers(scope=scope).get("host")
    if host is None:
        address, port = scope.get("server") or (None, None)
    else:
        address, port = _address(host, scope.get("scheme", "http"))
    if address is None:
        return {}
    attributes: Attributes = {"server.address": address}
    return attributes if port is None else {**attributes, "server.port": port}


def _address(host: str, scheme: str) -> tuple[str | None, int | None]:
    try:
        url = urlsplit(f"//{host}")
        port = url.port
    except ValueError:  # a port or an IPv6 address that is none
        return None, None
    if _more_than_address(url):
        return None, None
    return url.hostname, _PORTS.get(scheme) if port is None else port


def _more_than_address(url: SplitResult) -> bool:
    return url.username is not None or bool(url.path or url.query or url.fragment)
