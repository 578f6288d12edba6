"""What a case asks of its app: requests and WebSocket conversations, as data."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

Headers = list[tuple[bytes, bytes]]


@dataclass
class Call:
    """One connection.

    Attributes:
        label: What a report calls it.
        scope: What stands in the ASGI scope beside the usual.
        messages: What the client sends, in order.
    """

    label: str
    scope: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)


def request(
    method: str,
    url: str,
    body: bytes | list[bytes] = b"",
    headers: Iterable[tuple[str, str]] = (),
    label: str = "",
    host: str = "example.com",
    **scope: Any,
) -> Call:
    """An HTTP request; a list of bodies arrives in as many messages."""
    path, _, query = url.partition("?")
    parts = body if isinstance(body, list) else [body]
    messages = [
        {"type": "http.request", "body": part, "more_body": index < len(parts) - 1}
        for index, part in enumerate(parts)
    ]
    given = _encoded(headers)
    if body and not any(name == b"content-length" for name, _ in given):
        given.append((b"content-length", str(sum(map(len, parts))).encode()))
    shown = label or f"{b''.join(parts)[:60]!r} {dict(headers) or ''}"
    return Call(
        f"{method} {url} {shown}".strip(),
        {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode("latin-1"),
            "headers": [(b"host", host.encode()), *given],
            **scope,
        },
        messages,
    )


def get(url: str, *headers: tuple[str, str], **scope: Any) -> Call:
    """A GET request."""
    return request("GET", url, b"", headers, **scope)


def post(url: str, value: object, *headers: tuple[str, str], method: str = "POST", **scope: Any) -> Call:
    """A request with JSON."""
    return raw(url, json.dumps(value).encode(), *headers, method=method, **scope)


def raw(
    url: str,
    body: bytes | list[bytes],
    *headers: tuple[str, str],
    type: str | None = "application/json",  # noqa: A002
    method: str = "POST",
    **scope: Any,
) -> Call:
    """A request with a body as it is."""
    declared = [("content-type", type)] if type is not None else []
    return request(method, url, body, [*declared, *headers], **scope)


def form(url: str, values: Any, *headers: tuple[str, str], **scope: Any) -> Call:
    """A request with a form, URL-encoded."""
    return raw(
        url,
        urlencode(values, doseq=True).encode(),
        *headers,
        type="application/x-www-form-urlencoded",
        **scope,
    )


def multipart(url: str, *parts: tuple[str, bytes] | tuple[str, bytes, str, str], **scope: Any) -> Call:
    """A request with a form of parts: (name, value) or (name, content, file name, content type)."""
    body = b""
    for part in parts:
        body += b'--BOUND\r\nContent-Disposition: form-data; name="' + part[0].encode() + b'"'
        if len(part) == 4:
            body += f'; filename="{part[2]}"\r\nContent-Type: {part[3]}'.encode()
        body += b"\r\n\r\n" + part[1] + b"\r\n"
    return raw(url, body + b"--BOUND--\r\n", type="multipart/form-data; boundary=BOUND", **scope)


def websocket(
    url: str,
    *sent: str | bytes | None,
    headers: Iterable[tuple[str, str]] = (),
    host: str = "example.com",
    **scope: Any,
) -> Call:
    """A WebSocket conversation: text and bytes that the client sends; None closes."""
    path, _, query = url.partition("?")
    messages: list[dict[str, Any]] = [{"type": "websocket.connect"}]
    for item in sent:
        if item is None:
            messages.append({"type": "websocket.disconnect", "code": 1001, "reason": "gone"})
        else:
            kind = "text" if isinstance(item, str) else "bytes"
            messages.append({"type": "websocket.receive", kind: item})
    return Call(
        f"WS {url} {sent}",
        {
            "type": "websocket",
            "scheme": "ws",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode("latin-1"),
            "headers": [(b"host", host.encode()), *_encoded(headers)],
            "subprotocols": [],
            **scope,
        },
        messages,
    )


def _encoded(headers: Iterable[tuple[str, str]]) -> Headers:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
