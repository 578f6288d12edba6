"""`docs/performance.md` and its chart: the tables of one run, and what they do and do not say."""

from pathlib import Path

from bench.chart import chart
from bench.footprint import CONNECTIONS as OPEN_CONNECTIONS
from bench.http import WARM_UP_REQUESTS
from bench.load import PLAIN, THREADS
from bench.peers import ROOT
from bench.report import Report, figure_table, footprint_table, http_table, notes

PAGE = ROOT / "docs" / "performance.md"
CHART = PAGE.with_suffix(".svg")

TEMPLATE = Path(__file__).with_name("performance.md.in")


def _machine(report: Report) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in report.machine.items())


def page(report: Report) -> str:
    """Return the text of the page."""
    return TEMPLATE.read_text(encoding="utf-8").format(
        command=report.command,
        machine=_machine(report),
        chart=CHART.name,
        threads=THREADS,
        connections=PLAIN.connections,
        open_connections=OPEN_CONNECTIONS,
        rounds=report.rounds,
        seconds=report.seconds,
        warm_up=WARM_UP_REQUESTS,
        notes=notes(report),
        http=http_table(report),
        footprints=footprint_table(report),
        figures=figure_table(report.figures),
    )


def write(report: Report) -> None:
    """Write the page and the chart into the documentation."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(report), encoding="utf-8")
    CHART.write_text(chart(report.http), encoding="utf-8")
