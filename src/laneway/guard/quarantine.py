"""Quarantine: an endpoint that blocks the loop again and again, and never awaits, goes on in a thread.

It looks at every incident of one loop, in the guard's thread. What it decides is carried out on the loop; routes know
only in which lane their endpoint runs from now on.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace

from laneway.guard.advice import advice
from laneway.guard.incident import Incident, Kind, Place
from laneway.guard.loop_bound import why_bound
from laneway.guard.report import extra, shown
from laneway.lanes.label import Movable, RouteLabel

logger = logging.getLogger("laneway.guard")

INCIDENTS = 3
WINDOW_SECONDS = 300.0
MOST_LINES = 1000  # remembered; an app that makes new ones must not fill the memory
_KINDS = frozenset({Kind.wait, Kind.cpu, Kind.gil_held})

Key = tuple[str, int]
"""A route of one app: its name, and the identity of the app's lanes."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A route whose endpoint was moved off the event loop.

    Attributes:
        route: Its methods and its path template, `GET /report`.
        lane: Where the endpoint runs now.
        place: The line that blocked.
        kind: In which way.
        since: When it was moved, seconds since 1970.
    """

    route: str
    lane: str
    place: Place
    kind: Kind
    since: float


class Quarantine:
    """What is moved off one loop; may be asked from any thread.

    Args:
        loop: The loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._times: dict[object, deque[float]] = {}
        self._moved: dict[Key, tuple[Movable, Quarantined]] = {}
        self._settled: set[Key | tuple[object, ...]] = (
            set()
        )  # routes that stay, lines about which all is said

    def routes(self) -> list[Quarantined]:
        """What is moved now, by the name of the route."""
        with self._lock:
            moved = [one for _, one in self._moved.values()]
        return sorted(moved, key=lambda one: one.route)

    def release(self, route: str) -> bool:
        """Let the endpoints of a route run on the loop again, and stay there; whether any were moved."""
        with self._lock:
            keys = [key for key in self._moved if key[0] == route]
            movables = [self._moved.pop(key)[0] for key in keys]
            self._settled.update(keys)
        for key, movable in zip(keys, movables, strict=True):
            self._hand_over(key, movable)
        return bool(keys)

    def end(self) -> None:
        """Leave every route as it was declared; called where the loop runs, or when it does no more."""
        with self._lock:
            movables = [movable for movable, _ in self._moved.values()]
            self._moved.clear()
        for movable in movables:
            movable.run_in(None)

    def observe(self, incident: Incident, label: RouteLabel | None) -> None:
        """Count an incident; once it is one too many, move its endpoint or say why not."""
        if label is None or incident.place is None or incident.kind not in _KINDS:
            return
        key = (label.route, id(label.lanes))
        line = (*key, incident.place.file, incident.place.line, incident.kind is Kind.gil_held)
        if key in self._settled or line in self._settled or key in self._moved:
            return
        if not self._is_one_too_many(line, time.monotonic()):
            return
        self._settled.add(line)
        if (reason := why_not(incident, label)) is not None:
            _tell(_stays(incident, reason), incident, "stays")
        elif (movable := label.movable) is not None:
            self._move(key, movable, incident, incident.place)

    def _is_one_too_many(self, line: object, now: float) -> bool:
        if line not in self._times and len(self._times) >= MOST_LINES:
            self._times.clear()
        times = self._times.setdefault(line, deque(maxlen=INCIDENTS))
        times.append(now)
        return len(times) == INCIDENTS and now - times[0] <= WINDOW_SECONDS

    def _move(self, key: Key, movable: Movable, incident: Incident, place: Place) -> None:
        moved = Quarantined(key[0], movable.thread_lane, place, incident.kind, time.time())
        with self._lock:
            self._moved[key] = movable, moved
        self._hand_over(key, movable)
        _tell(_moves(incident, moved), incident, "moved")

    def _hand_over(self, key: Key, movable: Movable) -> None:
        with suppress(RuntimeError):  # the loop is closed: there are no requests to serve
            self._loop.call_soon_threadsafe(self._apply, key, movable)

    def _apply(self, key: Key, movable: Movable) -> None:
        """Runs on the loop: what holds now, which may be another thing than when it was handed over."""
        with self._lock:
            entry = self._moved.get(key)
        movable.run_in(entry[1].lane if entry else None)


def why_not(incident: Incident, label: RouteLabel) -> str | None:
    """Why an endpoint stays on the loop though it blocks; None if it can be moved."""
    if incident.kind is Kind.gil_held:
        return "a thread would not help, the call keeps the interpreter for itself"
    if label.movable is None:
        return "only endpoints of HTTP routes are moved"
    if (reason := why_bound(label.endpoint)) is not None:
        return f"its endpoint {reason}"
    if not incident.awaitless:
        return "not the endpoint ran this line but something around it"
    return label.movable.why_on_loop()


def _moves(incident: Incident, moved: Quarantined) -> str:
    return (
        f"{moved.route} is in quarantine: from now on its endpoint runs in lane {moved.lane!r}, for it never awaits and "
        f"{_blocked(incident)}; write it as a plain `def`. "
        f'Undo: laneway.guard.release("{moved.route}") in this process, or a restart'
    )


def _stays(incident: Incident, reason: str) -> str:
    # Not a plain `def`: whatever keeps the endpoint on the loop would miss it there.
    instead = "; or ".join(advice(replace(incident, awaitless=False)))
    return f"{incident.route} stays on the event loop though it {_blocked(incident)}: {reason}. Instead: {instead}"


def _blocked(incident: Incident) -> str:
    assert incident.place is not None
    source = f": {incident.source}" if incident.source else ""
    within = f"{INCIDENTS} times within {WINDOW_SECONDS / 60:g} minutes"
    return f"blocked the event loop {within} ({incident.kind}) at {shown(incident.place)}{source}"


def _tell(text: str, incident: Incident, outcome: str) -> None:
    logger.warning("%s", text, extra={**extra(incident), "guard_quarantine": outcome})
