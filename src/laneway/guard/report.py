"""Incidents as people read them: one line for the log, a page for development."""

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from laneway.guard.advice import advice
from laneway.guard.incident import Incident, Kind, Place

logger = logging.getLogger("laneway.guard")

_WHY = {
    Kind.wait: "waited",
    Kind.cpu: "computed",
    Kind.gil_held: "computed in C and let no other thread run",
    Kind.importing: "imported a module",
    Kind.saturated: "many short steps, none of them at fault",
    Kind.starved: "it was ready but other threads or processes ran",
    Kind.paused: "nothing in this process ran",
}


def summary(incident: Incident) -> str:
    """One line: `GET /a blocked the event loop for 210 ms (wait) at app.py:12 in time.sleep`."""
    stood = "has been blocking" if incident.ongoing else "blocked"
    if incident.place is None:
        hog = f", thread {incident.hog!r} most of all" if incident.hog else ""
        return f"the event loop stood still for {incident.ms:.0f} ms ({incident.kind}): {_WHY[incident.kind]}{hog}"
    who = incident.route or "code outside of a request"
    called = f" in {incident.callee}" if incident.callee else ""
    about = "at" if incident.exact else "at or shortly before or after"
    times = f", {incident.count} times since the last report" if incident.count > 1 else ""
    where = f"{about} {shown(incident.place)}{called}{times}"
    return f"{who} {stood} the event loop for {incident.ms:.0f} ms ({incident.kind}) {where}"


def shown(place: Place) -> str:
    """`file:line`, the file relative to the current directory if it lies within."""
    file = Path(place.file)
    try:
        return f"{file.relative_to(Path.cwd())}:{place.line}"
    except (ValueError, OSError):  # elsewhere, or the directory has been removed
        return str(place)


def _notes(incident: Incident) -> Iterator[tuple[str, str]]:
    """What is told below the first line: heading and text."""
    if incident.source and incident.place:
        yield "line", f"{incident.source}    # {shown(incident.place)} in {incident.place.function}"
    if incident.handler and incident.route:
        yield "endpoint", f"{incident.handler.function}    # {shown(incident.handler)}"
    if incident.full_gc:
        yield "note", f"{incident.full_gc} full garbage collection(s) ran meanwhile"
    for number, way in enumerate(advice(incident)):
        yield "or" if number else "instead", way


def render(incident: Incident) -> str:
    """Several lines of plain text, with what to write instead."""
    return "\n".join([summary(incident), *(f"  {heading:>8}  {text}" for heading, text in _notes(incident))])


def extra(incident: Incident) -> dict[str, object]:
    """The keys that a log record of an incident has; they stay the same."""
    return {
        "guard_kind": str(incident.kind),
        "guard_ms": round(incident.ms, 1),
        "guard_route": incident.route,
        "guard_handler": str(incident.handler) if incident.handler else None,
        "guard_file": incident.place.file if incident.place else None,
        "guard_line": incident.place.line if incident.place else None,
        "guard_source": incident.source,
        "guard_callee": incident.callee,
        "guard_exact": incident.exact,
        "guard_count": incident.count,
        "guard_stack": list(incident.stack),
    }


def log_incident(incident: Incident) -> None:
    """Write one line to the logger `laneway.guard`; a pause of the whole process is no warning."""
    level = logging.INFO if incident.kind is Kind.paused else logging.WARNING
    logger.log(level, "%s", summary(incident), extra=extra(incident))


def print_incident(incident: Incident) -> None:
    """Write it with its surroundings and the rewrite to standard error, in colour on a terminal with rich."""
    text = render(incident) + "\n"
    if not (sys.stderr.isatty() and _print_in_colour(text)):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _print_in_colour(text: str) -> bool:
    """False if rich is not installed, or colour is not wanted."""
    if os.environ.get("NO_COLOR"):
        return False
    try:
        from rich.console import Console
        from rich.text import Text
    except ModuleNotFoundError:
        return False
    colours = {"line": "bold", "instead": "green", "or": "green", "note": "dim"}
    page = Text()
    for number, line in enumerate(text.splitlines()):
        style = colours.get(line.split(maxsplit=1)[0], "") if number and line else "bold yellow"
        page.append(f"{line}\n", style)
    Console(stderr=True, soft_wrap=True).print(page, end="")
    return True
