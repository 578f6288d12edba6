"""The tables, as Markdown that also reads well in a terminal, and the same as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.http import HttpRow
from bench.inprocess import FigureRow
from bench.peers import BASE, LANEWAY, PEERS
from bench.scenarios import SCENARIOS
from bench.stats import Spread

NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one run found."""

    machine: dict[str, str]
    command: str
    rounds: int
    seconds: int
    http: list[HttpRow]
    figures: list[FigureRow]
    refusals: list[str]  # why rows are absent


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def _times(value: Spread | None) -> str:
    return f"{value.median:.2f} ({value.low:.2f}-{value.high:.2f})" if value else NOTHING


def _verdict(value: float | None, goal: float | None, *, at_least: bool) -> str:
    if value is None or goal is None:
        return ""
    met = value >= goal if at_least else value <= goal
    return f"{'>=' if at_least else '<='} {goal:.3g}: {'met' if met else 'MISSED'}"


def _http_cells(row: HttpRow) -> list[str]:
    scenario = SCENARIOS[row.scenario]
    goal = scenario.goal if row.peer == LANEWAY.name else None
    return [
        scenario.title,
        row.peer,
        f"{row.per_second.median:,.0f}",
        f"{row.cpu_us.median:.1f}",
        f"{row.p99_ms.median:.2f}",
        _times(row.times_cpu),
        _times(row.times_per_second),
        _verdict(row.times_cpu.median if row.times_cpu else None, goal, at_least=True),
    ]


def http_table(rows: Sequence[HttpRow]) -> str:
    """Return the table of the HTTP part."""
    base = BASE.name
    header = ["scenario", "peer", "requests/s", "CPU us/request", "p99 ms"]
    return _table(
        [*header, f"CPU, times {base}", f"requests/s, times {base}", "goal"], [*map(_http_cells, rows)]
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _figure_goal(row: FigureRow) -> str:
    if LANEWAY.name not in row.values:
        return ""
    goal = row.values[BASE.name].median if row.figure.within_base and BASE.name in row.values else None
    return _verdict(row.values[LANEWAY.name].median, row.figure.at_most or goal, at_least=False)


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
    parts = [http_table(report.http)] if report.http else []
    return "\n\n".join([*parts, figure_table(report.figures)] if report.figures else parts)
