"""What the scan finds: a blocking call and the way that leads to it."""

from dataclasses import dataclass, field
from enum import Enum


class Level(Enum):
    """How sure it is that a call hurts."""

    blocks = "blocks"  # waits for a network, a disk or another process, or computes for long by design
    advice = "advice"  # depends on what it gets: a small file is quick, a large one is not


@dataclass(frozen=True, slots=True)
class Sink:
    """A callable that blocks.

    Attributes:
        name: As a reader knows it, `requests.get`.
        kind: What it waits for, in a word or two: `http`, `database`.
        level: How sure it is that it hurts.
        instead: What else to use, as the end of "or use ..."; empty when there is nothing better than a lane.
        lane: The lane that helps: `thread`, or `process` for code that keeps the interpreter busy.
        own_only: Counts only where the app itself calls it; libraries call it with care (non-blocking sockets).
    """

    name: str
    kind: str
    level: Level
    instead: str = ""
    lane: str = "thread"
    own_only: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One call on the way, seen from the function that makes it.

    Attributes:
        file: Full path of the file.
        line: Line of the call.
        end_line: Its last line.
        caller: Name of the function around it.
        callee: Name of what it calls.
        is_async: Whether the function around it is a coroutine.
        own: Whether the file is the app's, not a library's.
        function: Source of the called expression, `session.get`; empty where there are no parentheses (`with lock:`).
        arguments: Source of the arguments, without parentheses.
    """

    file: str
    line: int
    end_line: int
    caller: str
    callee: str
    is_async: bool
    own: bool
    function: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A blocking call reached from a function.

    Attributes:
        sink: What blocks.
        steps: The calls that lead to it; the last one is the blocking call.
    """

    sink: Sink
    steps: tuple[Step, ...] = ()

    @property
    def place(self) -> Step:
        """The last call that the app's own code makes on the way, else the first one."""
        own = [step for step in self.steps if step.own]
        return own[-1] if own else self.steps[0]


@dataclass(frozen=True, slots=True)
class Problem:
    """One line that blocks, with everything that reaches it.

    Attributes:
        finding: The shortest way to it.
        root: What the way starts from: `GET /items/{id}`, `middleware add_timing`.
        also: Other routes and places that reach it.
        source: The line itself.
        fixes: What to do, the best first.
    """

    finding: Finding
    root: str
    also: tuple[str, ...]
    source: str
    fixes: tuple[str, ...]

    @property
    def blocks(self) -> bool:
        """Whether it is more than advice."""
        return self.finding.sink.level is Level.blocks


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a scan.

    Attributes:
        problems: What was found; blocking calls before advice.
        roots: Number of functions of the app that run on the loop: endpoints, dependencies, middleware.
        functions: Number of functions read.
        unfinished: Roots whose calls were too many to follow to the end.
    """

    problems: tuple[Problem, ...] = ()
    roots: int = 0
    functions: int = 0
    unfinished: tuple[str, ...] = field(default=())

    @property
    def blocking(self) -> list[Problem]:
        """Without advice."""
        return [problem for problem in self.problems if problem.blocks]

    @property
    def advice(self) -> list[Problem]:
        """What may be harmless."""
        return [problem for problem in self.problems if not problem.blocks]
