"""`GET /healthz` and `GET /readyz`."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import JSONResponse

from laneway.app import Laneway
from laneway.health.drain import draining
from laneway.health.pulse import Pulse
from laneway.routing.lifespan import merged


class State(StrEnum):
    """What a process is up to."""

    starting = "starting"  # its lifespan has not begun, or waits for something
    ready = "ready"  # it serves
    saturated = "saturated"  # it serves, but not all that it is asked for
    stopping = "stopping"  # it was told to stop


class Health:
    """The state of an app in this process; `health_routes` makes it.

    Args:
        pulse: What watches lanes and loop.
        drain: Seconds to go on serving after SIGTERM.
    """

    def __init__(self, pulse: Pulse, drain: float) -> None:
        self._pulse = pulse
        self._drain = drain
        self._phase = State.starting

    @property
    def state(self) -> State:
        """The state now."""
        return State.saturated if self._phase is State.ready and self.reasons() else self._phase

    def reasons(self) -> list[str]:
        """Why it is saturated, in words; empty if it is not."""
        return list(self._pulse.complaints())

    async def healthz(self, request: Request) -> JSONResponse:
        """Answer 200, always."""
        return _reply({"status": "ok"}, 200)

    async def readyz(self, request: Request) -> JSONResponse:
        """Answer 200 when requests are welcome, else 503 and why."""
        state = self.state
        body: dict[str, object] = {"status": state}
        if state is State.saturated:
            body["reasons"] = self.reasons()
        return _reply(body, 200 if state is State.ready else 503)

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:
        """Ready inside; to be entered when the app has started, and left before it stops."""
        with self._watch() if _on_asyncio() else nullcontext():
            self._phase = State.ready
            try:
                yield
            finally:
                self._stop()

    @contextmanager
    def _watch(self) -> Iterator[None]:
        with draining(self._drain, self._stop):
            self._pulse.start()
            try:
                yield
            finally:
                self._pulse.stop()

    def _stop(self) -> None:
        self._phase = State.stopping


def _on_asyncio() -> bool:
    """Whether the loop is one of asyncio's; on trio's nothing is watched."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _reply(body: dict[str, object], status: int) -> JSONResponse:
    return JSONResponse(body, status, headers={"cache-control": "no-store"})


def health_routes(
    app: Laneway,
    *,
    live: str = "/healthz",
    ready: str = "/readyz",
    patience: float = 5.0,
    max_lag: float = 0.5,
    drain: float = 0.0,
) -> Health:
    """Serve `/healthz`, whether the process answers, and `/readyz`, whether it should get requests.

    Both answer on the event loop, without a lane and without dependencies of the app, and are not in the OpenAPI
    document. `/readyz` answers 503 until the app has started, from the moment it is told to stop, and while it is
    saturated.

    Args:
        app: The app; its lifespan must run, or it is never ready.
        live: Path of the first.
        ready: Path of the second.
        patience: Seconds for which a lane must be full, or the loop late, without a break, to count as saturated;
            `float("inf")` for never.
        max_lag: Seconds that the loop may be late.
        drain: Seconds to go on serving after SIGTERM, for load balancers that find out by asking `/readyz`. A server
            refuses new connections as soon as it stops.

    Returns:
        The state, to be asked from elsewhere.
    """
    health = Health(Pulse(app.lanes, patience, max_lag), drain)
    app.add_route(live, health.healthz, include_in_schema=False)
    app.add_route(ready, health.readyz, include_in_schema=False)
    app.router.lifespan_context = merged(app.router.lifespan_context, health.lifespan)
    return health
