"""What the guard reports: one observed blocking of an event loop."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Why a loop stood still."""

    wait = "wait"  # one call waited (sleep, socket, file, lock) without giving the loop back
    cpu = "cpu"  # one call computed
    gil_held = "gil-held"  # one call into C computed and kept the interpreter for itself: no thread could run
    importing = "import"  # a module was imported for the first time
    saturated = "saturated"  # many short steps of many tasks; nobody in particular
    starved = "starved"  # the loop was ready and did not get to run: other threads, or a crowded machine
    paused = "process-paused"  # nothing in this process ran: SIGSTOP, a paused machine, a CPU quota


BLAMED = frozenset({Kind.wait, Kind.cpu, Kind.gil_held, Kind.importing})
"""The kinds that have a place in the code; of the others no route is at fault."""

_AT_FAULT = BLAMED - {Kind.importing}  # an import happens once
_COLLECT = "gc.collect"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of code.

    Attributes:
        file: Path of the file.
        line: Its line, from 1.
        function: Qualified name of the function around it.
    """

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Incident:
    """One observed blocking of the loop. It holds no values of variables and no paths as they were asked for.

    Attributes:
        kind: Why the loop stood still.
        ms: For how long at least, milliseconds.
        route: Method and path template of the request; None if no request's task was running.
        handler: The endpoint's first line.
        place: The line that blocked: the innermost one of the app's own code.
        source: The text of that line.
        callee: What the line called, `requests.api.get`, as far as it is known.
        call: The text of that call, if the line shows it.
        awaitless: The endpoint called it and never awaits: it could be a plain `def`.
        exact: False if the line that blocked is this one or one shortly before.
        stack: `file:line function`, outermost first, at most 40.
        hog: For `starved`, the thread that ran instead, if it is one of this process.
        full_gc: Full garbage collections meanwhile.
        ongoing: The loop still stands.
        count: Incidents of this route on this line since the last report, this one included.
    """

    kind: Kind
    ms: float
    route: str | None = None
    handler: Place | None = None
    place: Place | None = None
    source: str = ""
    callee: str | None = None
    call: str | None = None
    awaitless: bool = False
    exact: bool = True
    stack: tuple[str, ...] = ()
    hog: str | None = None
    full_gc: int = 0
    ongoing: bool = False
    count: int = 1

    @property
    def is_at_fault(self) -> bool:
        """Whether a change of the code that is named can and should remove it.

        A full garbage collection keeps the interpreter as a call into C does. It comes when it is due, in whatever runs,
        so what was held meanwhile is nobody's fault but that of a line that has asked for it.
        """
        collected = self.kind is Kind.gil_held and self.full_gc > 0 and self.callee != _COLLECT
        return self.kind in _AT_FAULT and not collected

    @property
    def method(self) -> str | None:
        """The route's methods, `GET`."""
        return self.route.partition(" ")[0] if self.route else None

    @property
    def path(self) -> str | None:
        """The route's path template, `/items/{id}`."""
        return self.route.partition(" ")[2] if self.route else None

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two incidents the same one."""
        return (self.route, self.place.file, self.place.line) if self.place else (self.route, self.kind)
