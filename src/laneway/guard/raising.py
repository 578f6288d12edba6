"""Incidents as errors, for tests and development."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from laneway.exceptions import LanewayError
from laneway.guard.incident import Incident
from laneway.guard.report import render
from laneway.guard.watchdog import Guard
from laneway.lanes.label import serving


class BlockedLoopError(LanewayError):
    """The loop was blocked while it was watched by a guard that raises.

    Attributes:
        incidents: Every one that somebody is at fault for.
    """

    def __init__(self, incidents: tuple[Incident, ...]) -> None:
        super().__init__(incidents)
        self.incidents = incidents

    def __str__(self) -> str:
        return "\n\n".join(render(incident) for incident in self.incidents)


class RaisingGuard(Guard):
    """A guard that raises: in the reply of a route that blocked, the rest when it is stopped."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, threshold: float) -> None:
        self._incidents: list[Incident] = []
        super().__init__(loop, threshold=threshold, window=0.0, on_incident=self._keep)

    def _keep(self, incident: Incident) -> None:
        if incident.is_at_fault:
            self._incidents.append(incident)

    async def raise_for(self, route: str) -> None:
        """Raise what a route is blamed for; waits for the verdict if the loop is late right now.

        Raises:
            BlockedLoopError: It blocked the loop.
        """
        await self.settle()
        if guilty := tuple(incident for incident in self._incidents if incident.route == route):
            self._incidents = [incident for incident in self._incidents if incident not in guilty]
            raise BlockedLoopError(guilty)

    def stop(self) -> None:
        """End the watch.

        Raises:
            BlockedLoopError: The loop was blocked, and no reply has told it.
        """
        super().stop()
        guilty, self._incidents = tuple(self._incidents), []
        if guilty:
            raise BlockedLoopError(guilty)


class RaiseInReplies:
    """Middleware: replies of a route that blocked the loop begin with the error instead."""

    def __init__(self, app: ASGIApp, guard: RaisingGuard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""

        async def checked(message: Message) -> None:
            if message["type"] == "http.response.start" and (label := serving.get()) is not None:
                await self._guard.raise_for(label.route)
            await send(message)

        await self._app(scope, receive, checked if scope["type"] == "http" else send)


@contextmanager
def raising_in_replies(app: object, guard: Guard | None) -> Iterator[None]:
    """Put the middleware around an app within the block, if its guard raises.

    Other guards cost requests nothing: there is no layer then.
    """
    if not isinstance(guard, RaisingGuard) or not isinstance(app, Starlette):
        yield
        return
    layer = Middleware(RaiseInReplies, guard=guard)
    app.user_middleware.append(layer)  # innermost: what is around it sees the error
    app.middleware_stack = None  # made anew by the next request
    try:
        yield
    finally:
        app.user_middleware.remove(layer)
        app.middleware_stack = None
