"""`docs/performance.md`: the tables of one run, and what they do and do not say."""

from pathlib import Path

from bench.http import WARM_UP_REQUESTS
from bench.load import CONNECTIONS, THREADS
from bench.peers import ROOT
from bench.report import Report, figure_table, http_table

PAGE = ROOT / "docs" / "performance.md"

TEMPLATE = Path(__file__).with_name("performance.md.in")


def _machine(report: Report) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in report.machine.items())


def page(report: Report) -> str:
    """Return the text of the page."""
    return TEMPLATE.read_text(encoding="utf-8").format(
        command=report.command,
        machine=_machine(report),
        threads=THREADS,
        connections=CONNECTIONS,
        rounds=report.rounds,
        seconds=report.seconds,
        warm_up=WARM_UP_REQUESTS,
        http=http_table(report.http),
        figures=figure_table(report.figures),
    )


def write(report: Report) -> None:
    """Write the page into the documentation."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(report), encoding="utf-8")
