"""The start-up and shutdown of an app under test."""

import anyio
from anyio.abc import TaskStatus
from starlette.types import ASGIApp, Message, Scope

from laneway.exceptions import LanewayError


class LifespanError(LanewayError):
    """The app broke off its lifespan without raising an error that could be shown instead."""


class Lifespan:
    """The start-up and shutdown of an app, run in one task as ASGI wants it.

    Attributes:
        state: What the app put into its lifespan state; every request gets a copy.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.state: dict[str, object] = {}
        self.error: Exception | None = None
        self._shutdown = anyio.Event()
        self._ended = anyio.Event()

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Run the app's lifespan until `shutdown` is called.

        Raises:
            Exception: What the start-up raised; later errors are raised by `shutdown`.
        """
        exchange = LifespanExchange(self._shutdown, task_status)
        scope: Scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self.app(scope, exchange.receive, exchange.send)
            exchange.check()
        except Exception as error:
            if not exchange.started:
                raise
            self.error = error
        finally:
            self._ended.set()

    async def shutdown(self) -> None:
        """Tell the app to end, and wait until it has.

        Raises:
            Exception: What the app raised since it was started.
        """
        self._shutdown.set()
        await self._ended.wait()
        if self.error is not None:
            raise self.error


class LifespanExchange:
    """The messages between a server and an app's lifespan: one in each direction at start and at end."""

    def __init__(self, shutdown: anyio.Event, task_status: TaskStatus[None]) -> None:
        self.started = False
        self._asked = False
        self._failure: str | None = None
        self._shutdown = shutdown
        self._task_status = task_status

    async def receive(self) -> Message:
        """Start-up at once, shutdown when the time has come."""
        if not self._asked:
            self._asked = True
            return {"type": "lifespan.startup"}
        await self._shutdown.wait()
        return {"type": "lifespan.shutdown"}

    async def send(self, message: Message) -> None:
        """Take note of what the app reports."""
        if message["type"] == "lifespan.startup.complete":
            self.started = True
            self._task_status.started()
        elif message["type"].endswith(".failed"):
            self._failure = message.get("message") or message["type"]

    def check(self) -> None:
        """Look at how the app's lifespan returned.

        Raises:
            LifespanError: It reported a failure, or never finished its start-up.
        """
        if self._failure is not None:
            raise LifespanError(f"the app reported {self._failure!r}")
        if not self.started:
            raise LifespanError("the app's lifespan returned before it reported lifespan.startup.complete")
