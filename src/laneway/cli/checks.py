"""What `laneway check` prints: for a reader, for GitHub's annotations, and for programs."""

import json
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from rich.console import Console
from rich.text import Text

from laneway.check.findings import Problem, Report
from laneway.check.scan import counted, scan, summary
from laneway.check.sources import shortened
from laneway.cli.output import announce, console
from laneway.discovery import FoundApp
from laneway.server.loading import Served

MAX_ALSO = 4  # other routes that are named; the rest is counted
LABEL = 7  # columns for line numbers and headings


def scan_found(found: FoundApp) -> Report:
    """What blocks the loop in an app."""
    return scan(found.app, package_of(found))


def package_of(found: FoundApp) -> str:
    """The top-level module that holds the app."""
    return found.import_string.partition(":")[0].partition(".")[0]


def announce_with_check(served: Served) -> None:
    """Tell what is served, and soon after, what of it would block the loop; the server does not wait for that."""
    announce(served)
    Thread(target=print_summary, args=(served,), name="laneway check", daemon=True).start()


def print_summary(served: Served) -> None:
    """One line about the app; after a restart only if there is something to say."""
    with suppress(Exception):  # a scan that fails is no reason to disturb whoever develops the app
        line = summary(served.found.app, package_of(served.found))
        if served.first or "; run " in line:
            console().print(Text(line, "yellow" if "; run " in line else "dim"))


def print_text(report: Report) -> None:
    """Every problem with its way, its line and what to do; then the count."""
    out = console()
    for problem in report.problems:
        print_problem(out, problem)
    for label in report.unfinished:
        out.print(Text(f"{label} was too large to follow to the end", "dim"))
    out.print(conclusion(report))


def print_problem(out: Console, problem: Problem) -> None:
    """One problem."""
    out.print(headline(problem))
    print_row(out, str(problem.finding.place.line), Text(problem.source, "bold"))
    for number, fix in enumerate(problem.fixes):
        print_row(out, "" if number else "fix", Text(fix, "" if number else "green"))
    if problem.also:
        print_row(out, "also", Text(listed(problem.also)))
    out.print()


def print_row(out: Console, label: str, text: Text) -> None:
    """A line under a heading; longer ones go on below their own beginning."""
    for line in text.wrap(out, out.width - LABEL - 1):
        out.print(Text.assemble((f"{label:>{LABEL}} ", "dim"), line))
        label = ""


def headline(problem: Problem) -> Text:
    """The way from the route to the call, which is red if it blocks and yellow if it may."""
    alarming = "bold red" if problem.blocks else "bold yellow"
    text = Text.assemble((problem.root, "bold cyan"), ": ")
    steps = problem.finding.steps
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        text.append(f"{shortened(step.file)}:{step.line} ", "dim")
        text.append(step.callee, alarming if last else "")
        text.append("" if last else " -> ")
    if not problem.blocks:
        text.append(" (may block)", "yellow")
    return text


def listed(labels: tuple[str, ...]) -> str:
    """The first labels and the number of the others."""
    more = len(labels) - MAX_ALSO
    return ", ".join(labels[:MAX_ALSO]) + (f" and {more} more" if more > 0 else "")


def conclusion(report: Report) -> Text:
    """How many problems, among how much code."""
    seen = f"{counted(report.roots, 'function')} on the loop, {report.functions} read"
    advice = f", {counted(len(report.advice), 'call')} to look at" if report.advice else ""
    if report.blocking:
        return Text(f"{counted(len(report.blocking), 'blocking call')}{advice}; {seen}", "bold red")
    return Text(f"No blocking call found{advice}; {seen}", "green")


def print_github(report: Report) -> None:
    """Workflow commands: GitHub shows them beside the lines of a pull request."""
    for problem in report.problems:
        place = problem.finding.place
        level = "error" if problem.blocks else "notice"
        title = f"{problem.finding.sink.name} {'blocks' if problem.blocks else 'may block'} the event loop"
        fields = f"file={escaped(shortened(place.file))},line={place.line},title={escaped(title)}"
        message = escaped(f"{plain_chain(problem)}\nFix: {'; '.join(problem.fixes)}", message=True)
        print(f"::{level} {fields}::{message}")


def escaped(text: str, *, message: bool = False) -> str:
    """The text as workflow commands want it."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text if message else text.replace(":", "%3A").replace(",", "%2C")


def plain_chain(problem: Problem) -> str:
    """`GET /a: app.py:8 load -> db.py:3 sqlite3.connect`."""
    return headline(problem).plain


def print_json(report: Report) -> None:
    """Everything, for programs."""
    document = {
        "blocking": len(report.blocking),
        "advice": len(report.advice),
        "functions": report.roots,
        "unfinished": list(report.unfinished),
        "problems": [as_json(problem) for problem in report.problems],
    }
    print(json.dumps(document, indent=2))


def as_json(problem: Problem) -> dict[str, object]:
    """One problem; the place is the line to change, the chain ends at the call."""
    finding = problem.finding
    return {
        "level": finding.sink.level.value,
        "call": finding.sink.name,
        "kind": finding.sink.kind,
        "file": shortened(finding.place.file),
        "line": finding.place.line,
        "source": problem.source,
        "route": problem.root,
        "also": list(problem.also),
        "chain": [
            {"file": shortened(step.file), "line": step.line, "in": step.caller, "calls": step.callee}
            for step in finding.steps
        ],
        "fixes": list(problem.fixes),
    }


PRINTERS: dict[str, Callable[[Report], None]] = {
    "text": print_text,
    "github": print_github,
    "json": print_json,
}
