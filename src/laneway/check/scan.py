"""The scan of an app."""

import linecache
from collections import defaultdict
from dataclasses import dataclass, field

from laneway.callables import unwrapped
from laneway.check.findings import Finding, Level, Problem, Report
from laneway.check.fixes import fixes_for
from laneway.check.machine import CallMachine
from laneway.check.roots import Root, roots_of
from laneway.check.sources import awaits, shortened
from laneway.check.values import FunctionNode, Known


def scan(app: object, package: str | None = None) -> Report:
    """What blocks the event loop in an imported app; its code is read, never run.

    Args:
        app: The app, of Laneway or Starlette.
        package: Top-level module of the app, if it may be installed like a library.
    """
    machine = CallMachine(package)
    collected = _Collected()
    unfinished: list[str] = []
    for root in roots_of(app, machine):
        outcome, finished = machine.run(root.value, root.call)
        if (unit := machine.unit_of(root.value)) is not None and unit.own:
            collected.functions.add(unit.node)
        if not finished:
            unfinished.append(root.label)
        for finding in outcome.findings:
            if finding.steps:
                collected.by_line[_line_of(finding)].append((root, finding))
    problems = [_problem(found, machine) for found in collected.by_line.values()]
    problems.sort(key=lambda problem: (not problem.blocks, _line_of(problem.finding)))
    return Report(
        tuple(problems), len(collected.functions), machine.functions, tuple(dict.fromkeys(unfinished))
    )


def summary(app: object, package: str | None = None) -> str:
    """The outcome in one line, for those who did not ask for it."""
    report = scan(app, package)
    found = report.blocking
    if not found:
        return "check: no blocking call in async code"
    first = found[0]
    place = first.finding.place
    example = f"{first.root} {shortened(place.file)}:{place.line} {first.finding.sink.name}"
    such = "" if len(found) == 1 else "e.g. "
    return f"check: {counted(len(found), 'blocking call')} in async code, {such}{example}; run laneway check"


def counted(number: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(slots=True)
class _Collected:
    by_line: dict[tuple[str, int], list[tuple[Root, Finding]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    functions: set[FunctionNode] = field(default_factory=set)


def _line_of(finding: Finding) -> tuple[str, int]:
    """What makes two findings the same problem."""
    return finding.place.file, finding.place.line


def _problem(found: list[tuple[Root, Finding]], machine: CallMachine) -> Problem:
    """One line with all that reaches it; the shortest way is shown, of two the surer one."""
    root, finding = min(found, key=lambda pair: (pair[1].sink.level is Level.advice, len(pair[1].steps)))
    labels = dict.fromkeys(other.label for other, _ in found)
    labels.pop(root.label)
    return Problem(
        finding=finding,
        root=root.label,
        also=tuple(labels),
        source=_source(finding),
        fixes=fixes_for(finding, _could_be_def(root, finding, machine)),
    )


def _source(finding: Finding) -> str:
    return linecache.getline(finding.place.file, finding.place.line).strip()


def _could_be_def(root: Root, finding: Finding, machine: CallMachine) -> str | None:
    """The name of the endpoint or dependency if only its first line keeps it from being `def`."""
    if not root.is_endpoint or not isinstance(root.value, Known):
        return None
    unit = machine.unit_of(Known(unwrapped(root.value.object)))
    if unit is None or not unit.is_async or not unit.own or awaits(unit.node):
        return None
    coroutines = [step for step in finding.steps if step.own and step.is_async]
    return unit.name if len(coroutines) == 1 and coroutines[0].caller == unit.name else None
