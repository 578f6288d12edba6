"""Serve the cases with one framework, and print everything that can be seen of it from outside, as JSON.

    python runner.py laneway|fastapi

A case is a module of `cases` with an `app`, `CALLS`, and if it likes `EVENTS`, a list that its code appends to.
"""

import asyncio
import contextlib
import gc
import importlib
import json
import logging
import re
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
TIMEOUT = 10.0
# What names the framework rather than what it does.
SAME = (("laneway.fastapi.", "fastapi."), ("laneway.", "fastapi."), ("Laneway", "FastAPI"))

OF_THIS_RUN = re.compile(r"0x[0-9a-f]{8,}|(?<=expires=)[^;]*|\.[\w-]{6}\.[\w-]{27}(?=;)")  # and signatures


class LogLines(logging.Handler):
    """Keeps what is logged from the level of warnings on."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        self.lines.append(f"{record.levelname} {record.getMessage()}")


async def exchange(app: Any, call: Any) -> dict[str, Any]:
    """One connection from the first message to the end of the app."""
    scope = {
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "http",
        "root_path": "",
        "server": ("example.com", 80),
        "client": ("127.0.0.1", 1234),
        "extensions": {},
        "state": {},
        **call.scope,
    }
    waiting = list(call.messages)
    sent: list[dict[str, Any]] = []
    ended = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop(0)
        if scope["type"] == "http":
            await ended.wait()
            return {"type": "http.disconnect"}
        return {"type": "websocket.disconnect", "code": 1005}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set()

    raised = None
    try:
        await asyncio.wait_for(app(scope, receive, send), TIMEOUT)
    except BaseException as error:  # noqa: BLE001  # what a server would see
        raised = described(error)
    return {**shown(sent), "raised": raised, "scope": seen_in(scope)}


def described(error: BaseException) -> Any:
    """An exception without the name of the framework; groups with what is in them."""
    name = without_framework(f"{type(error).__module__}.{type(error).__qualname__}")
    inner = [described(one) for one in error.exceptions] if isinstance(error, BaseExceptionGroup) else []
    chain = error.__cause__
    return [name, without_framework(str(error)), inner, chain and type(chain).__qualname__]


def without_framework(text: str) -> str:
    """Text in which both frameworks are called the same, without addresses and times of this run."""
    for ours, theirs in SAME:
        text = text.replace(ours, theirs)
    return OF_THIS_RUN.sub("...", text)


def shown(sent: list[dict[str, Any]]) -> dict[str, Any]:
    """A reply, with body parts joined: how a stream is cut is the server's business."""
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    starts = [message for message in sent if message["type"] == "http.response.start"]
    others = [repr(message) for message in sent if not message["type"].startswith("http.response.")]
    return {
        "status": [message["status"] for message in starts],
        "headers": [
            sorted(
                [name.decode("latin-1"), OF_THIS_RUN.sub("...", value.decode("latin-1"))]
                for name, value in message["headers"]
                if name.lower() != b"date"
            )
            for message in starts
        ],
        "body": body.decode("utf-8", "backslashreplace"),
        "messages": others,
    }


def seen_in(scope: dict[str, Any]) -> dict[str, str]:
    """What an app around this one finds in the scope afterwards."""
    seen = {name: repr(scope[name]) for name in ("path_params", "root_path", "path") if name in scope}
    route, endpoint = scope.get("route"), scope.get("endpoint")
    seen["route"] = str(getattr(route, "path", None))
    seen["endpoint"] = str(getattr(endpoint, "__name__", None))
    return seen


class Lifespan:
    """Runs the lifespan of an app around its calls; the messages it sends are kept."""

    def __init__(self, app: Any) -> None:
        self.messages: list[str] = []
        self.state: dict[str, Any] = {}
        self._app = app
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answered = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def ask(self, what: str) -> None:
        """Send one message and wait for the answer."""
        if self._task is None:
            self._task = asyncio.create_task(self._serve())
        self._answered.clear()
        self._to_app.put_nowait({"type": f"lifespan.{what}"})
        await asyncio.wait_for(self._answered.wait(), TIMEOUT)

    async def _serve(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self.state}
        try:
            await self._app(scope, self._to_app.get, self._send)
        except BaseException as error:  # noqa: BLE001
            self.messages.append(repr(described(error)))
        self._answered.set()

    async def _send(self, message: dict[str, Any]) -> None:
        # A failure's message holds a traceback, which names files.
        self.messages.append(message["type"])
        self._answered.set()


async def play(case: Any, log: LogLines) -> list[Any]:
    """All calls of one case, each with what the case noted and what was logged meanwhile."""
    events: list[Any] = getattr(case, "EVENTS", [])
    gc.collect()
    gc.freeze()  # so that later collections look at the calls' own objects only
    lifespan = Lifespan(case.app)
    await lifespan.ask("startup")
    result = [["startup", {"messages": list(lifespan.messages), "events": taken(events)}]]
    for call in case.CALLS:
        call.scope.setdefault("state", dict(lifespan.state))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            reply = await exchange(case.app, call)
            gc.collect()  # what is left open warns now, not in a later call
        reply["events"] = taken(events)
        reply["log"] = [without_framework(line) for line in taken(log.lines)]
        reply["warnings"] = [without_framework(f"{one.category.__name__}: {one.message}") for one in caught]
        result.append([call.label, reply])
    if "lifespan.startup.failed" not in lifespan.messages:
        await lifespan.ask("shutdown")
    result.append(["shutdown", {"messages": lifespan.messages, "events": taken(events)}])
    if (document := getattr(case, "DOCUMENT", None)) is not None:
        result.append(["openapi", {"document": json.dumps(document())}])
    return result


def taken(lines: list[Any]) -> list[str]:
    """What the list holds; it is empty then."""
    copy = [str(line) for line in lines]
    lines.clear()
    return copy


def play_module(name: str, log: LogLines) -> dict[str, Any]:
    """One case from its import on."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            case = importlib.import_module(f"cases.{name}")
    except ModuleNotFoundError as error:
        if error.name and not error.name.startswith(("fastapi", "laneway", "cases")):
            return {"missing": error.name}
        return {"failed": traceback.format_exc()}
    except Exception:  # noqa: BLE001  # the test shows it
        return {"failed": traceback.format_exc()}
    declared = [without_framework(f"{one.category.__name__}: {one.message}") for one in caught]
    try:
        return {"replies": [["import", {"warnings": declared}], *asyncio.run(play(case, log))]}
    except Exception:  # noqa: BLE001  # the test shows it
        return {"failed": traceback.format_exc()}


def main() -> None:
    """Play every case; the last line of stdout is the result."""
    sys.path.insert(0, str(FOLDER))
    if sys.argv[1] == "laneway":
        importlib.import_module("laneway.fastapi.hook")
    log = LogLines()
    logging.getLogger().addHandler(log)
    names = sys.argv[2:] or sorted(file.stem for file in (FOLDER / "cases").glob("[a-z]*.py"))
    with contextlib.redirect_stdout(sys.stderr):
        results = {name: play_module(name, log) for name in names}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
