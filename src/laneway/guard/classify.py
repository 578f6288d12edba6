"""Who kept the loop, if it was anybody in particular."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from laneway.guard.beats import MOST, Beat, State
from laneway.guard.incident import Kind

# Blame needs most of the lag and nearly the threshold, and that the step was seen during a part of it: a single look
# may fall on an innocent.
BLAME_SHARE = 0.6  # of the lag, or else the whole threshold
LEAST_SHARE = 0.9  # of the threshold: 60 ms among others are no block of 100 ms
SEEN_SHARE = 0.4  # of the threshold

KINDS = {State.wait: Kind.wait, State.cpu: Kind.cpu, State.gil_held: Kind.gil_held}
_IMPORT_SYSTEM = "<frozen importlib._bootstrap>"
_TRANSPORTS = (
    "/asyncio/selector_events.py",
    "/asyncio/proactor_events.py",
)  # give the interpreter away at each call
_DEBUGGERS = ("/bdb.py", "/pdb.py", "pydevd", "debugpy")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a lag.

    Attributes:
        kind: Why.
        seconds: How much of it is due to that.
        beats: The looks that show who did it; empty if nobody did.
    """

    kind: Kind
    seconds: float
    beats: Sequence[Beat] = ()


def judge(beats: Sequence[Beat], lag: float, threshold: float) -> Verdict:
    """Why the loop was late, from the looks taken meanwhile."""
    suspects = _by_step(beat for beat in beats if beat.state in KINDS and beat.step is not None)
    for suspected in sorted(suspects.values(), key=_own_seconds, reverse=True):
        if _is_guilty(suspected, beats, lag, threshold):
            return Verdict(_kind_of(suspected), _own_seconds(suspected), suspected)
    return Verdict(_kind_of_crowd(beats, lag), lag)


def in_debugger(beats: Iterable[Beat]) -> bool:
    """Whether somebody is looking at the loop with a debugger and knows why it stands."""
    return any(name in spot.code.co_filename for beat in beats for spot in beat.stack for name in _DEBUGGERS)


def _by_step(beats: Iterable[Beat]) -> dict[object, list[Beat]]:
    steps: dict[object, list[Beat]] = {}
    for beat in beats:
        steps.setdefault(beat.step, []).append(beat)
    return steps


def _seconds(beats: Iterable[Beat]) -> float:
    return sum(beat.seconds for beat in beats)


def _own_seconds(beats: Iterable[Beat]) -> float:
    return sum(beat.own_seconds for beat in beats)


def _is_guilty(suspected: Sequence[Beat], beats: Sequence[Beat], lag: float, threshold: float) -> bool:
    seconds = _own_seconds(suspected)
    if seconds < LEAST_SHARE * threshold or (seconds < BLAME_SHARE * lag and seconds < threshold):
        return False
    enough = SEEN_SHARE * threshold
    if any(beat.state is State.gil_held and beat.seconds >= enough for beat in suspected):
        return not _may_be_another(suspected, enough)
    step = suspected[0].step
    # An earlier look at the same step counts, whatever the clocks said before it.
    seen = [beat.at for beat in beats if beat.step == step]
    return max(seen) - min(seen) >= enough


def _may_be_another(suspected: Sequence[Beat], enough: float) -> bool:
    """Whether the interpreter was kept before the suspect began, or given away by it.

    Then the suspect is only the first that could be seen.
    """
    return all(
        beat.stack[-1].has_just_begun or beat.stack[0].code.co_filename.endswith(_TRANSPORTS)
        for beat in suspected
        if beat.stack and beat.state is State.gil_held and beat.seconds >= enough
    )


def _kind_of(suspected: Sequence[Beat]) -> Kind:
    if any(spot.code.co_filename == _IMPORT_SYSTEM for beat in suspected for spot in beat.stack):
        return Kind.importing
    seconds = _seconds(suspected)
    held = _seconds(beat for beat in suspected if beat.state is State.gil_held)
    if held >= MOST * seconds:
        return Kind.gil_held
    waited = _seconds(beat for beat in suspected if beat.state is State.wait)
    return Kind.wait if waited >= MOST * seconds else Kind.cpu


def _kind_of_crowd(beats: Sequence[Beat], lag: float) -> Kind:
    paused = _seconds(beat for beat in beats if beat.state is State.paused)
    starved = _seconds(beat for beat in beats if beat.state in (State.starved, State.idle))
    held = _seconds(beat for beat in beats if beat.state is State.gil_held)
    if paused >= MOST * lag:
        return Kind.paused
    if held >= MOST * lag:
        return Kind.gil_held
    if paused + starved >= MOST * lag:
        return Kind.starved
    return Kind.saturated
