"""The same work by hand on raw ASGI: the upper bound on this server.

It validates with pydantic and answers with the same bytes, but knows nothing of routing tables, error lists
or schemas. Replies to bad input carry no body, so only their status is compared.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import parse_qsl

from anyio.to_thread import run_sync
from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import to_json
from starlette.types import Receive, Scope, Send

from bench.apps.models import PERMISSIONS, Order, Receipt, fingerprint, receipt_for

Handler = Callable[[Scope, Receive], Awaitable[bytes]]

# PERF: the bare validators and serializer of pydantic-core spare a Python call each.
to_integer = TypeAdapter(int).validator.validate_python
to_limit = TypeAdapter(Annotated[int, Field(ge=1, le=100)]).validator.validate_python
to_boolean = TypeAdapter(bool).validator.validate_python
to_order = TypeAdapter(Order).validator.validate_json
from_receipt = TypeAdapter(Receipt).serializer.to_json


class _RejectedError(Exception):
    """The request lacks a parameter."""


def _query(scope: Scope) -> dict[str, str]:
    raw: str = scope["query_string"].decode("latin-1")
    if "%" in raw or "+" in raw:
        return dict(parse_qsl(raw, keep_blank_values=True))
    # PERF: splitting a query that needs no decoding takes a fifth of parse_qsl.
    return dict([pair.split("=", 1) for pair in raw.split("&") if "=" in pair])


def _required(values: dict[str, str], name: str) -> str:
    try:
        return values[name]
    except KeyError:
        raise _RejectedError from None


async def _json(scope: Scope, receive: Receive) -> bytes:
    return to_json({"message": "Hello, World!", "values": [1, 2.5, None, True]})


async def _item(scope: Scope, receive: Receive) -> bytes:
    query = _query(scope)
    item_id = to_integer(scope["path"].rpartition("/")[2])
    limit = to_limit(query.get("limit", 10))
    exact = to_boolean(query.get("exact", False))
    return to_json({"item_id": item_id, "q": _required(query, "q"), "limit": limit, "exact": exact})


async def _body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message["more_body"]:
            return body


async def _order(scope: Scope, receive: Receive) -> bytes:
    return from_receipt(receipt_for(to_order(await _body(receive))))


async def _read_token(scope: Scope) -> str:
    return _required(_query(scope), "token")


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


STATIC: dict[tuple[str, str], Handler] = {
    ("GET", "/json"): _json,
    ("POST", "/orders"): _order,
    ("GET", "/chain"): _chain,
}
DYNAMIC: dict[tuple[str, str], Handler] = {("GET", "/items"): _item, ("GET", "/sync"): _sync}


def _find(scope: Scope) -> Handler | None:
    method, path = scope["method"], scope["path"]
    return STATIC.get((method, path)) or DYNAMIC.get((method, path.rpartition("/")[0]))


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request; uvicorn learns from the error that there is no lifespan."""
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    handler = _find(scope)
    if handler is None:
        await _answer(send, 404, b"")
        return
    try:
        body = await handler(scope, receive)
    except (_RejectedError, ValidationError):
        await _answer(send, 422, b"")
        return
    await _answer(send, 200, body)
