"""The two forms of a plan give the same reply, call the same functions in the same order and fail alike."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st
from starlette.types import Message

from laneway.exceptions import DependencyScopeError, FastAPIError
from laneway.routing.route import APIRoute

from .designs import Built, Design, GeneralRoute, build
from .generated_designs import designs
from .generated_requests import Sent, requests


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@dataclass
class Reply:
    """What the server was given, and what the app did and raised."""

    messages: list[Message]
    error: str
    log: list[str]


async def serve(built: Built, method: str, sent: Sent) -> Reply:
    """One request through the whole app, as a server would pass it on."""
    chunks = list(sent.body) or [b""]
    messages: list[Message] = []
    built.log.clear()

    async def receive() -> Message:
        if not chunks:
            return {"type": "http.disconnect"}
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def send(message: Message) -> None:
        messages.append(dict(message))

    error = ""
    try:
        await built.app(sent.scope(method), receive, send)
    except Exception as caught:  # noqa: BLE001  # whatever it is, both shall raise it
        error = f"{type(caught).__name__}: {caught}"
    return Reply([normal(message) for message in messages], error, list(built.log))


def normal(message: Any) -> Any:
    """A message with its optional keys, since servers read both alike."""
    if message["type"] == "http.response.body":
        return {"body": b"", "more_body": False, **message}
    return message


def two_apps(design: Design) -> tuple[Built, Built]:
    try:
        return build(design, APIRoute), build(design, GeneralRoute)
    except (AssertionError, DependencyScopeError, FastAPIError):
        assume(False)
        raise


@settings(
    max_examples=200,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
@given(st.data())
def test_both_plans_give_the_same_reply_to_any_request_on_any_route(
    runner: asyncio.Runner, data: st.DataObject
) -> None:
    """Status, headers, body, errors and the order of calls do not tell which plan served a request."""
    design = data.draw(designs())
    compiled, general = two_apps(design)
    route = compiled.app.routes[0]
    assert isinstance(route, APIRoute)
    assert route.compiled_plan is not None
    note(route.compiled_plan.source)
    method = "POST" if design.has_body else "GET"

    for sent in data.draw(st.lists(requests(design), min_size=1, max_size=4)):
        note(repr(sent))

        assert runner.run(serve(compiled, method, sent)) == runner.run(serve(general, method, sent))
