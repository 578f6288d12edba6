"""The lanes of an app as the command `lanes` and the start of a server show them."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.routing import BaseRoute

from laneway.cli.routes import methods_of, routes_of
from laneway.lanes.registry import LOOP, PROCESS, THREAD, Lanes, LaneSpec, lanes_of
from laneway.plan.tree import INLINE
from laneway.routing import APIRoute
from laneway.routing.websocket_route import APIWebSocketRoute

PLURALS = {THREAD: "threads", PROCESS: "processes"}


@dataclass(frozen=True, slots=True)
class LaneRow:
    """One line of `laneway lanes`; the event loop has neither size nor queue nor timeout.

    Attributes:
        name: The lane.
        kind: `loop`, `thread` or `process`.
        size: Calls that run at once.
        queue: Requests that may wait; None for any number.
        timeout: Seconds that a request may take which uses the lane; None for no limit of the lane's own.
        routes: Those of which a part runs there.
    """

    name: str
    kind: str
    size: int | None
    queue: int | None
    timeout: float | None
    routes: list[str]


def lane_rows(app: object) -> list[LaneRow]:
    """The lanes that an app declares or uses, the event loop first.

    Raises:
        NoPlanError: It is an app of another kind.
        UnknownLaneError: A route names a lane that does not exist.
    """
    used = _routes_by_lane(routes_of(app))
    lanes = lanes_of(app)
    loop = LaneRow(LOOP, LOOP, None, None, None, used.get(LOOP, []))
    return [loop, *(_row(name, spec, used.get(name, [])) for name, spec in _shown(lanes, used))]


def _shown(lanes: Lanes, used: dict[str, list[str]]) -> Iterator[tuple[str, LaneSpec]]:
    for name, spec in sorted(lanes.specs().items()):
        if name in used or name != PROCESS or name in lanes.declared:
            yield name, spec


def _row(name: str, spec: LaneSpec, routes: list[str]) -> LaneRow:
    return LaneRow(name, spec.kind, spec.size, spec.queue, spec.timeout, routes)


def _routes_by_lane(routes: list[BaseRoute]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for route in routes:
        if isinstance(route, APIRoute | APIWebSocketRoute):
            lanes = {
                LOOP if node.lane == INLINE else node.lane for node in route.tree.walk() if not node.place
            }
            for lane in lanes:
                found.setdefault(lane, []).append(f"{','.join(methods_of(route))} {route.path}")
    return found


def summary(app: object) -> str:
    """The lanes of an app in one line: `db (10 threads, queue 100), thread (40 threads, queue 1000)`.

    Empty for an app of another kind.
    """
    lanes = getattr(app, "lanes", None)
    if not isinstance(lanes, Lanes):
        return ""
    return ", ".join(
        f"{name} ({counted(spec)}, {queue_of(spec.queue)})"
        for name, spec in sorted(lanes.specs().items())
        if name in lanes.declared or name == THREAD
    )


def counted(spec: LaneSpec) -> str:
    """`1 thread`, `10 threads`."""
    return f"{spec.size} {spec.kind if spec.size == 1 else PLURALS[spec.kind]}"


def queue_of(limit: int | None) -> str:
    """`queue 100`, or that there is no limit."""
    return "any queue" if limit is None else f"queue {limit}"
