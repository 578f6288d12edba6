"""What the commands print: for a reader at a terminal, and plainly for a pipe or a log."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from laneway.cli.lanes import LaneRow, summary
from laneway.cli.routes import RouteRow
from laneway.plan.explain import Explanation
from laneway.server.loading import Served

PIPE_WIDTH = 400  # columns where there is no terminal: nothing is cut off
COLUMNS = ("Method", "Path", "Name", "Lane", "Source")
LANE_COLUMNS = ("Lane", "Kind", "Size", "Queue", "Timeout", "Routes")
ROUTES_SHOWN = 4  # of a lane; the rest is counted


def console() -> Console:
    """The console on standard output."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def print_error(message: str) -> None:
    """Say on standard error why the command ends."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    errors.print(Text.assemble(("Error: ", "bold red"), message))


def print_warning(message: str) -> None:
    """Say on standard error what looks wrong."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    errors.print(Text.assemble(("Warning: ", "bold yellow"), message))


def announce(served: Served) -> None:
    """Tell what is served and where: a panel at first, one line after a restart or where nobody watches."""
    out = console()
    if not out.is_terminal:
        out.print(f"Laneway serves {served.found.import_string} on {served.url}", markup=False)
        if lanes := summary(served.found.app):
            out.print(f"Lanes: {lanes}", markup=False)
        if served.first:
            out.print(f"Direct path: {served.way}", markup=False)
    elif served.first:
        out.print(panel(served))
    else:
        out.print(Text.assemble(("Ready ", "bold green"), served.url))


def panel(served: Served) -> Panel:
    """What a newcomer wants to know when the server is ready."""
    rows = Table.grid(padding=(0, 2))
    rows.add_row("App", Text(served.found.import_string, "cyan"))
    rows.add_row("URL", link(served.url))
    docs = getattr(served.found.app, "docs_url", None)
    if isinstance(docs, str) and served.url.startswith("http"):
        rows.add_row("Docs", link(served.url + docs))
    if lanes := summary(served.found.app):
        rows.add_row("Lanes", Text(lanes))
    rows.add_row("Direct", Text(served.way))
    if note := foreign_note(served.found.app):
        rows.add_row("Note", note)
    rows.add_row("Stop", "Ctrl+C")
    return Panel(
        rows, title="Laneway", title_align="left", border_style="green", expand=False, padding=(0, 1)
    )


def link(url: str) -> Text:
    """The URL, to be clicked where the terminal can."""
    return Text(url, style=f"cyan link {url}" if url.startswith("http") else "cyan")


def foreign_note(app: object) -> str | None:
    """What to know when the app is not ours but FastAPI's."""
    if type(app).__module__.split(".")[0] != "fastapi":
        return None
    return "this is FastAPI's own app; --fastapi runs it on Laneway"


def print_routes(rows: list[RouteRow]) -> None:
    """The routes as a table."""
    table = plain_table(COLUMNS, ("bold", "cyan", "", "green", "dim"))
    for row in rows:
        table.add_row(",".join(row.methods), Text(row.path), Text(row.name), row.lane, Text(row.source))
    console().print(table if rows else "The app has no routes.")


def print_lanes(rows: list[LaneRow]) -> None:
    """The lanes as a table."""
    table = plain_table(LANE_COLUMNS, ("green", "", "", "", "", "cyan"))
    for row in rows:
        if row.size is None:
            limits = ("", "", "")
        else:
            queue = "any" if row.queue is None else str(row.queue)
            limits = (str(row.size), queue, "" if row.timeout is None else f"{row.timeout:g} s")
        table.add_row(Text(row.name), row.kind, *limits, Text(shown(row.routes)))
    console().print(table)


def shown(routes: list[str]) -> str:
    """The first routes and the number of the others."""
    more = len(routes) - ROUTES_SHOWN
    return "; ".join(routes[:ROUTES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def plain_table(titles: Sequence[str], styles: Sequence[str]) -> Table:
    """A table without lines."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold underline")
    for title, style in zip(titles, styles, strict=True):
        table.add_column(title, style=style, overflow="fold")
    return table


def print_explanation(plan: Explanation) -> None:
    """How one route is served, and the code that serves it."""
    out = console()
    facts = Table.grid(padding=(0, 2))
    facts.add_row("Lane", Text(plan.lane, "green"))
    if plan.hops is not None:
        facts.add_row("Hops", f"{plan.hops} per request to a worker thread")
    facts.add_row("Calls", Text("\n".join(numbered([*plan.dependencies, "the endpoint"]))))
    if plan.reason:
        facts.add_row("Path", Text(f"general, not compiled: {plan.reason}"))
    out.print(Text(f"{plan.method} {plan.path}", "bold cyan"))
    out.print(facts)
    if plan.source:
        out.print()
        out.print(Syntax(plan.source, "python", theme="ansi_dark") if out.is_terminal else Text(plan.source))


def numbered(items: list[str]) -> list[str]:
    """The items with their place in front."""
    return [f"{place}. {item}" for place, item in enumerate(items, start=1)]
