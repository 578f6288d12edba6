"""What a framework adds to one server-sent event, above its generator and `send` as its responses get it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from statistics import median
from typing import Any

import uvloop
from pydantic_core import to_json
from starlette.responses import StreamingResponse

from bench.probes.drive import App, Caller, Message
from bench.scenarios import Exchange

EVENTS = 1000  # of one stream
CALLS = 5  # per batch
CONSTANT = b'data: {"number":1}\n\n'


async def ready() -> AsyncIterator[dict[str, int]]:
    """Yield without ever waiting."""
    for number in range(EVENTS):
        yield {"number": number}


async def waiting() -> AsyncIterator[dict[str, int]]:
    """Wait for a turn of the event loop after each."""
    for number in range(EVENTS):
        yield {"number": number}
        await asyncio.sleep(0)


async def nothing() -> AsyncIterator[dict[str, int]]:
    """Yield nothing, which costs what a stream costs without its events."""
    for number in range(0):
        yield {"number": number}


GENERATORS = {"ready": ready, "waiting": waiting, "nothing": nothing}


def _by_hand(write: Callable[[Any], bytes]) -> App:
    """Return an ASGI app that loops over a generator and sends what `write` makes of its items."""

    async def app(scope: Message, receive: object, send: Callable[[Message], Any]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        async for item in GENERATORS[scope["path"].rpartition("/")[2]]():
            await send({"type": "http.response.body", "body": write(item), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


def _constants() -> App:
    """Return the control: the same loops and as many messages, without events."""
    return _by_hand(lambda item: CONSTANT)


def _raw() -> App:
    """Return events and control by hand."""
    events, constants = _by_hand(lambda item: b"data: %b\n\n" % to_json(item)), _constants()

    async def app(scope: Message, receive: Any, send: Any) -> None:
        await (constants if scope["path"].startswith("/constant") else events)(scope, receive, send)

    return app


def _framework() -> App:
    """Return events and control in the framework under measurement, which has its own way to `send`."""
    from bench.apps.framework import Application, EventSourceResponse

    class Constants(StreamingResponse):
        async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
            await _constants()(scope, receive, send)

    app = Application()
    for name, generator in GENERATORS.items():
        app.get(f"/{name}", response_class=EventSourceResponse)(generator)
        app.get(f"/constant/{name}", response_class=Constants)(generator)
    return app


async def _per_event(app: App, name: str, batches: int) -> float:
    """Return microseconds of CPU per event, less what the stream itself costs."""
    nothing = name.replace(name.rpartition("/")[2], "nothing")
    whole, empty = (Caller(app, Exchange("GET", f"/{path}")) for path in (name, nothing))
    await whole()
    pairs = [(await whole.cpu_us(CALLS), await empty.cpu_us(20)) for _ in range(batches)]
    return median([(a - b) / EVENTS for a, b in pairs])


async def measure(app: App, batches: int) -> dict[str, float]:
    """Return what an event costs more than a loop over the same generator that sends a constant."""
    figures = {}
    for name in ("ready", "waiting"):
        control = await _per_event(app, f"constant/{name}", batches)
        figures[f"event_{name}_us"] = await _per_event(app, name, batches) - control
    return figures


if __name__ == "__main__":
    measured = _raw() if sys.argv[1] == "raw-asgi" else _framework()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(measure(measured, int(sys.argv[2])))))
