"""What can go wrong between a call and its lane; every error says what to do about it."""

import signal

from laneway.exceptions import LanewayError


class LaneError(LanewayError):
    """A lane could not run a call, or could not be set up."""


class LaneFullError(LaneError):
    """A lane refused a call at once, because its queue is at its limit.

    Attributes:
        lane: Name of the lane.
        queued: Calls that wait already.
        retry_after: Whole seconds after which a place is likely to be free; the reply's `Retry-After`.
    """

    status_hint = 503

    def __init__(self, lane: str, queued: int, retry_after: int) -> None:
        super().__init__(lane, queued, retry_after)
        self.lane = lane
        self.queued = queued
        self.retry_after = retry_after

    def __str__(self) -> str:
        return (
            f"lane {self.lane!r} is full: {self.queued} calls wait already; try again in {self.retry_after} s, "
            f"or give the lane a larger size or queue"
        )


class LaneTimeoutError(LaneError):
    """A call or a request did not end before its deadline.

    Attributes:
        lane: Name of the lane.
        place: What went on when the time was up: "running app.maths.primes", "waiting in the queue with ...".
        seconds: The time it was given.
    """

    status_hint = 504

    def __init__(self, lane: str, place: str, seconds: float) -> None:
        super().__init__(lane, place, seconds)
        self.lane = lane
        self.place = place
        self.seconds = seconds

    def __str__(self) -> str:
        return f"lane {self.lane!r}: the deadline of {self.seconds:g} s passed while {self.place}"


class LaneClosedError(LaneError):
    """A lane is not running: not started yet, stopping, or stopped while a call was in it.

    Attributes:
        lane: Name of the lane.
        function: The function whose call ended with the lane; None if the call was not accepted.
    """

    status_hint = 503

    def __init__(self, lane: str, function: str | None = None) -> None:
        super().__init__(lane, function)
        self.lane = lane
        self.function = function

    def __str__(self) -> str:
        if self.function:
            return f"lane {self.lane!r} was stopped before the call of {self.function} ended"
        return f"lane {self.lane!r} is not running; it takes calls between start-up and shutdown of the app"


class LaneStartError(LaneError):
    """The processes of a lane could not be started.

    Attributes:
        lane: Name of the lane.
        problem: What stood in the way.
    """

    def __init__(self, lane: str, problem: str) -> None:
        super().__init__(lane, problem)
        self.lane = lane
        self.problem = problem

    def __str__(self) -> str:
        return f"lane {self.lane!r} cannot start: {self.problem}"


class WorkerCrashedError(LaneError):
    """The process that ran a call ended before it answered: a segfault, `os._exit`, a kill, no memory.

    The lane has replaced it; no other call is concerned. Whether the call had effects is not known.

    Attributes:
        lane: Name of the lane.
        exitcode: Exit status, or minus the number of the signal that ended it; None if it is not known.
        function: The function that was called.
    """

    status_hint = 502

    def __init__(self, lane: str, exitcode: int | None, function: str) -> None:
        super().__init__(lane, exitcode, function)
        self.lane = lane
        self.exitcode = exitcode
        self.function = function

    def __str__(self) -> str:
        return f"lane {self.lane!r}: the process that ran {self.function} {describe_exit(self.exitcode)}"


class UnpicklableError(LaneError, TypeError):
    """A function, an argument or a result cannot be sent to or from a process.

    Attributes:
        thing: What it is about: "app.maths.<lambda>", "the arguments of app.maths.primes".
        problem: Why it cannot be sent, and the way out.
    """

    def __init__(self, thing: str, problem: str) -> None:
        super().__init__(thing, problem)
        self.thing = thing
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.thing} cannot cross to another process: {self.problem}"


class RemoteError(LaneError):
    """A function in a process raised something that cannot be raised here as it is.

    Its class could not be pickled or rebuilt, or it would end the server (`SystemExit`).

    Attributes:
        function: The function that was called.
        kind: Full name of the exception's class.
        text: Its message.
    """

    def __init__(self, function: str, kind: str, text: str) -> None:
        super().__init__(function, kind, text)
        self.function = function
        self.kind = kind
        self.text = text

    def __str__(self) -> str:
        return f"{self.function} raised {self.kind}: {self.text}"


class RemoteTraceback(Exception):  # noqa: N818 - a traceback, not an error
    """The traceback of another process, as text; the cause of the exception that came from there."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


def describe_exit(code: int | None) -> str:
    """How a process ended, in words: `-11` -> "was ended by SIGSEGV (a crash in native code)"."""
    if code is None:
        return "was lost, together with the lane's fork server"
    if code >= 0:
        return f"exited with status {code}"
    hint = _SIGNAL_HINTS.get(-code, "")
    return f"was ended by {_signal_name(-code)}{hint}"


_SIGNAL_HINTS = {
    signal.SIGSEGV: " (a crash in native code)",
    signal.SIGABRT: " (native code gave up)",
    9: " (from outside: by hand, or by the kernel when memory ran out)",  # SIGKILL, which Windows does not name
}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
