"""The same work by hand on raw ASGI: the upper bound on this server.

It validates with pydantic and answers with the same bytes, but knows nothing of routing tables, error lists
or schemas. Replies to bad input carry no body, so only their status is compared.
"""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from anyio.to_thread import run_sync
from pydantic_core import to_json
from starlette.types import Receive, Scope, Send

from bench.apps.models import HOLD_SECONDS, LARGE, PERMISSIONS, WAIT_SECONDS, fingerprint
from bench.apps.work import REJECTED, document, events, greeting, item, order, required, waited

Handler = Callable[[Scope, Receive], Awaitable[bytes]]


def _query(scope: Scope) -> dict[str, str]:
    raw: str = scope["query_string"].decode("latin-1")
    if "%" in raw or "+" in raw:
        return dict(parse_qsl(raw, keep_blank_values=True))
    # PERF: splitting a query that needs no decoding takes a fifth of parse_qsl.
    return dict([pair.split("=", 1) for pair in raw.split("&") if "=" in pair])


async def _json(scope: Scope, receive: Receive) -> bytes:
    return greeting()


async def _item(scope: Scope, receive: Receive) -> bytes:
    return item(scope["path"].rpartition("/")[2], _query(scope))


async def _body(receive: Receive) -> bytes:
    message = await receive()
    if not message["more_body"]:
        body: bytes = message["body"]
        return body
    parts = [message["body"]]
    while message["more_body"]:
        message = await receive()
        parts.append(message["body"])
    return b"".join(parts)


async def _order(scope: Scope, receive: Receive) -> bytes:
    return order(await _body(receive))


async def _read_token(scope: Scope) -> str:
    return required(_query(scope), "token")


async def _open_session(token: str) -> dict[str, str]:
    return {"token": token}


async def _current_user(session: dict[str, str]) -> str:
    return f"user-{session['token']}"


async def _permissions(user: str) -> tuple[str, ...]:
    return (user, *PERMISSIONS)


async def _chain(scope: Scope, receive: Receive) -> bytes:
    session = await _open_session(await _read_token(scope))
    return to_json({"granted": await _permissions(await _current_user(session))})


def _sync_work(name: str) -> bytes:
    return to_json({"name": name, "digest": fingerprint(name)})


async def _sync(scope: Scope, receive: Receive) -> bytes:
    return await run_sync(_sync_work, scope["path"].rpartition("/")[2])


async def _wait(scope: Scope, receive: Receive) -> bytes:
    await asyncio.sleep(WAIT_SECONDS)
    return waited(WAIT_SECONDS)


async def _hold(scope: Scope, receive: Receive) -> bytes:
    await asyncio.sleep(HOLD_SECONDS)
    return waited(HOLD_SECONDS)


async def _write_large(scope: Scope, receive: Receive) -> bytes:
    return document(await _body(receive))


async def _read_large(scope: Scope, receive: Receive) -> bytes:
    return LARGE


STATIC: dict[tuple[str, str], Handler] = {
    ("GET", "/json"): _json,
    ("POST", "/orders"): _order,
    ("GET", "/chain"): _chain,
    ("GET", "/wait"): _wait,
    ("GET", "/hold"): _hold,
    ("GET", "/large"): _read_large,
    ("POST", "/large"): _write_large,
}
DYNAMIC: dict[tuple[str, str], Handler] = {("GET", "/items"): _item, ("GET", "/sync"): _sync}


def _find(scope: Scope) -> Handler | None:
    method, path = scope["method"], scope["path"]
    return STATIC.get((method, path)) or DYNAMIC.get((method, path.rpartition("/")[0]))


async def _stream(send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for event in events():
        await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _answer(send: Send, status: int, body: bytes, kind: bytes = b"application/json") -> None:
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", kind)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request; uvicorn learns from the error that there is no lifespan."""
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    handler = _find(scope)
    if handler is None:
        await (_stream(send) if scope["path"] == "/events" else _answer(send, 404, b""))
        return
    try:
        body = await handler(scope, receive)
    except REJECTED:
        await _answer(send, 422, b"")
        return
    await _answer(send, 200, body, b"application/octet-stream" if body is LARGE else b"application/json")
