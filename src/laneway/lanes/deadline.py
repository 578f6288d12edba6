"""How much time a request has left, known to everything it calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from time import monotonic


class Deadline:
    """The moment by which an answer is due.

    An endpoint gets the one of its request through a parameter of this type.

    Attributes:
        seconds: The time there was in all.
    """

    __slots__ = ("_at", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._at = monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; 0 when time is up, infinity when there is no limit."""
        return max(self._at - monotonic(), 0.0)

    def lift(self) -> None:
        """Let it never come: the answer has begun, and what follows may take its time."""
        self._at = float("inf")

    def expire(self) -> None:
        """Let it have come: who meets the cancellation that follows it knows why."""
        self._at = 0.0

    @property
    def expired(self) -> bool:
        """Whether time is up."""
        return monotonic() >= self._at


_current: ContextVar[Deadline | None] = ContextVar("laneway_deadline", default=None)


def current_deadline() -> Deadline:
    """The deadline of what runs now; one that never comes when nobody set any."""
    return _current.get() or Deadline(float("inf"))


def deadline_if_any() -> Deadline | None:
    """The deadline of what runs now; None when nobody set any."""
    return _current.get()


def without_deadline() -> Context:
    """A copy of the current context in which no deadline holds, for work that outlives its request."""
    context = copy_context()
    context.run(_current.set, None)
    return context


def shorter(*limits: float | None) -> float | None:
    """The shortest of several limits in seconds; None when there is none, or none but infinity."""
    shortest = min((limit for limit in limits if limit is not None), default=None)
    return None if shortest == float("inf") else shortest


def checked_timeout(seconds: float | None) -> float | None:
    """A timeout as declared.

    Raises:
        ValueError: Nothing can be done in that time.
    """
    if seconds is not None and not seconds > 0:
        raise ValueError(
            f"a timeout is more than 0 seconds, not {seconds}; None takes the one that stands around, math.inf none"
        )
    return seconds


@contextmanager
def due_in(seconds: float) -> Iterator[Deadline]:
    """Everything called inside has `seconds` at most, or less where less was left already."""
    outer = _current.get()
    deadline = Deadline(min(seconds, outer.remaining()) if outer else seconds)
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(token)
