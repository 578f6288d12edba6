"""The tables, as Markdown that also reads well in a terminal, and the same as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.environments import LeftOut
from bench.errors import Refusal
from bench.footprint import FootprintRow
from bench.http import HttpRow, Verdict
from bench.inprocess import FigureRow
from bench.peers import BASE, LANEWAY, PEERS
from bench.scenarios import LOADS
from bench.stats import Spread

NOTHING = "-"
EVERYTHING = "every row"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one run found."""

    machine: dict[str, str]
    command: str
    rounds: int
    seconds: int
    http: list[HttpRow]
    footprints: list[FootprintRow]
    figures: list[FigureRow]
    left_out: list[LeftOut]
    refusals: list[Refusal]


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def _times(value: Spread | None) -> str:
    return f"{value.median:.2f} ({value.low:.2f}-{value.high:.2f})" if value else NOTHING


def _ranged(value: Spread | None, digits: int = 0) -> str:
    if value is None:
        return NOTHING
    return f"{value.median:,.{digits}f} ({value.low:,.{digits}f}-{value.high:,.{digits}f})"


def _verdict(value: Verdict) -> str:
    goal = value.goal
    what = f"{goal.against}{' requests/s' if goal.by_rate else ''}"
    return f"{goal.at_least:.3g} x {what}: {value.found.median:.2f} {'met' if value.met else 'MISSED'}"


def _http_cells(row: HttpRow) -> list[str]:
    return [
        LOADS[row.scenario].title,
        row.peer,
        f"{row.per_second.median:,.0f}",
        _ranged(row.cpu_us, 1),
        f"{row.p99_ms.median:.2f}" if LOADS[row.scenario].shape.pipelined == 1 else NOTHING,
        _times(row.times_cpu),
        _times(row.times_per_second),
        row.lanes,
        "; ".join(map(_verdict, row.verdicts)),
    ]


def _absent(report: Report) -> list[list[str]]:
    """Return a line for each peer that could not take part, and for each that was refused."""
    without = [(EVERYTHING, one.peer, f"left out: {one.reason}") for one in report.left_out]
    for one in report.refusals:
        if one.row in LOADS or one.row == EVERYTHING:
            title = LOADS[one.row].title if one.row in LOADS else one.row
            without.append((title, one.peer or "all", f"refused: {_in_a_cell(one.reason)}"))
    return [[title, peer, *[NOTHING] * 5, "", reason] for title, peer, reason in without]


def _in_a_cell(text: str) -> str:
    """Return the first line of a message, so that no table breaks."""
    return text.partition("\n")[0].replace("|", "\\|")


def http_table(report: Report) -> str:
    """Return the table of the HTTP part, in each scenario the cheapest first; last, what is absent and why."""
    base = BASE.name
    order = list(LOADS)
    ordered = sorted(report.http, key=lambda row: (order.index(row.scenario), row.cpu_us.median))
    header = ["scenario", "peer", "requests/s", "CPU us/request", "p99 ms", f"CPU, times {base}"]
    return _table(
        [*header, f"requests/s, times {base}", "lanes", "goals"],
        [*map(_http_cells, ordered), *_absent(report)],
    )


def _footprint_cells(row: FootprintRow) -> list[str]:
    return [
        row.peer,
        _ranged(row.first_reply_ms),
        _ranged(row.cpu_ms),
        _ranged(row.memory_mb, 1),
        _ranged(row.idle_kib, 1),
        _ranged(row.waiting_kib, 1),
    ]


def footprint_table(report: Report) -> str:
    """Return the table of start-up time and memory."""
    header = ["peer", "first reply, ms", "CPU until then, ms", "memory, MB"]
    absent = [[one.peer, *[NOTHING] * 4, f"left out: {one.reason}"] for one in report.left_out]
    absent += [
        [one.peer, *[NOTHING] * 4, f"refused: {_in_a_cell(one.reason)}"]
        for one in report.refusals
        if one.row == "footprint"
    ]
    return _table(
        [*header, "KiB / idle connection", "KiB / waiting connection"],
        [*map(_footprint_cells, report.footprints), *absent],
    )


def notes(report: Report) -> str:
    """Return what a reader should know of single peers, as a list."""
    measured = {row.peer for row in report.http} | {row.peer for row in report.footprints}
    return "\n".join(
        f"- **{name}**: {PEERS[name].note}." for name in PEERS if name in measured and PEERS[name].note
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _figure_goal(row: FigureRow) -> str:
    if LANEWAY.name not in row.values:
        return ""
    base = row.values[BASE.name].median if BASE.name in row.values else None
    found = row.figure.goal(row.values[LANEWAY.name].median, base)
    return f"{found[0]}: {'met' if found[1] else 'MISSED'}" if found else ""


def _figure_cells(row: FigureRow, peers: Sequence[str]) -> list[str]:
    values = [_number(row.values[peer].median) if peer in row.values else NOTHING for peer in peers]
    times = row.times(LANEWAY.name)
    return [
        row.figure.title,
        row.figure.unit,
        *values,
        _number(times) if times else NOTHING,
        _figure_goal(row),
    ]


def figure_table(rows: Sequence[FigureRow]) -> str:
    """Return the table of the part without load."""
    peers = [name for name in PEERS if any(name in row.values for row in rows)]
    header = ["figure", "unit", *peers, f"{BASE.name} / {LANEWAY.name}", "goal"]
    return _table(header, [_figure_cells(row, peers) for row in rows])


def as_json(report: Report) -> str:
    """Return the whole report as JSON."""
    return json.dumps(asdict(report), indent=2) + "\n"


def tables(report: Report) -> str:
    """Return the tables that have rows."""
    parts = [http_table(report)] if report.http else []
    if report.footprints:
        parts.append(footprint_table(report))
    if report.figures:
        parts.append(figure_table(report.figures))
    return "\n\n".join(parts)
