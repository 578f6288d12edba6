"""From the looks at a guilty step to the line that blocked."""

import inspect
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from types import CodeType
from typing import NamedTuple

from laneway.guard.beats import Beat, State
from laneway.guard.classify import Verdict
from laneway.guard.incident import Incident, Kind, Place
from laneway.guard.spots import (
    Spot,
    called_name,
    called_text,
    is_app,
    power_before,
    source_line,
)
from laneway.lanes.label import RouteLabel
from laneway.lanes.suspends import never_awaits

STACK_LINES = 40
SAME_LINE_SHARE = 0.6  # a caller's line is told rather than several lines that were each seen seldom


class _Look(NamedTuple):
    """One frame of one look."""

    beat: Beat
    at: int

    @property
    def spot(self) -> Spot:
        return self.beat.stack[self.at]

    @property
    def line(self) -> tuple[CodeType, int]:
        return self.spot.code, self.spot.line

    @property
    def depth(self) -> int:
        return len(self.beat.stack) - self.at

    @property
    def inner(self) -> Spot | None:
        """What it had called."""
        return self.beat.stack[self.at - 1] if self.at else None

    @property
    def is_late(self) -> bool:
        """Whether the line has gone on to call something that had just begun: the time passed before that."""
        held = self.beat.state is State.gil_held
        return held and self.inner is not None and self.inner.was_called


def incident_of(verdict: Verdict) -> Incident:
    """The incident that a verdict tells, without what only the watchdog knows."""
    beats = [beat for beat in verdict.beats if beat.stack]
    ms = verdict.seconds * 1000
    if not beats:
        return Incident(verdict.kind, ms)
    label = beats[0].label
    look = _look_that_tells(beats, _home(label))
    endpoint = endpoint_code(label)
    handler = Place(endpoint.co_filename, endpoint.co_firstlineno, endpoint.co_qualname) if endpoint else None
    call: str | None = None
    callee: str | None
    if look is None:  # before or after the app's own code: reading the request, writing the response
        look = _Look(max(beats, key=lambda beat: beat.seconds), 0)
        place, exact, callee = handler or look.spot.place, handler is None, look.spot.name
    else:
        place, exact = _place(look, verdict.kind)
        call = called_text(look.spot) if exact else None
        callee = _callee(look, call) if exact else None
    return Incident(
        verdict.kind,
        ms,
        route=label.route if label else None,
        handler=handler,
        place=place,
        source=source_line(place),
        callee=callee,
        call=call,
        awaitless=_is_awaitless(endpoint, look),
        exact=exact,
        stack=tuple(f"{one.place} {one.place.function}" for one in reversed(look.beat.stack[:STACK_LINES])),
    )


def endpoint_code(label: RouteLabel | None) -> CodeType | None:
    """The code of a route's endpoint; None if it has none in Python."""
    endpoint: object = label.endpoint if label else None
    while isinstance(endpoint, partial):
        endpoint = endpoint.func
    endpoint = inspect.unwrap(endpoint) if callable(endpoint) else endpoint
    if not hasattr(endpoint, "__code__"):
        endpoint = vars(type(endpoint)).get("__call__")
    code = getattr(endpoint, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _home(label: RouteLabel | None) -> str:
    """The package of the endpoint, which is the app's own even where it is installed."""
    module = getattr(label.endpoint, "__module__", None) if label else None
    return (module or "").partition(".")[0]


def _look_that_tells(beats: Sequence[Beat], home: str) -> _Look | None:
    """The frame to report: the app's innermost line that nearly all looks share, else the one seen most."""
    looks = [
        [_Look(beat, index) for index, spot in enumerate(beat.stack) if is_app(spot, home)] for beat in beats
    ]
    weights: dict[object, float] = defaultdict(float)
    for beat, frames in zip(beats, looks, strict=True):
        for line in {look.line for look in frames}:  # once, also in a recursion
            weights[line] += beat.seconds
    enough = SAME_LINE_SHARE * sum(beat.seconds for beat in beats)
    shared = [look for frames in looks for look in frames if weights[look.line] >= enough]
    if shared:
        return max(shared, key=lambda look: (look.depth, look.beat.seconds))
    innermost = [frames[0] for frames in looks if frames]
    return max(innermost, key=lambda look: weights[look.line], default=None)


def _place(look: _Look, kind: Kind) -> tuple[Place, bool]:
    """The place, and whether it is sure.

    An operator cannot be watched: who waits for the interpreter gets it at the next call. Of the operators, only a
    power takes long on numbers that fit a line of source.
    """
    if kind is not Kind.gil_held:
        return look.spot.place, True
    if (line := power_before(look.spot)) is not None:
        return Place(look.spot.place.file, line, look.spot.place.function), False
    return look.spot.place, not look.is_late


def _is_awaitless(endpoint: CodeType | None, look: _Look) -> bool:
    calls = endpoint is not None and any(spot.code is endpoint for spot in look.beat.stack)
    return endpoint is not None and calls and never_awaits(endpoint)


def _callee(look: _Look, call: str | None) -> str | None:
    """What a frame had called: the function one frame further in, or the call written at that place."""
    if look.inner is not None and not look.is_late:
        return look.inner.name
    return called_name(call)
