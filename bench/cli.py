"""`python -m bench`: options, the run, the tables."""

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench import document
from bench.environments import present
from bench.errors import BenchError, Refusal
from bench.figures import PROBES
from bench.machine import describe
from bench.peers import CORE, PEERS
from bench.report import Report, as_json, tables
from bench.run import FOOTPRINT, FULL, QUICK, run_footprints, run_http, run_probes, tell
from bench.scenarios import LOADS

REFUSED = 2  # exit status


def _parser() -> argparse.ArgumentParser:
    rows, peers = [*LOADS, FOOTPRINT, *PROBES], list(PEERS)
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Laneway beside other frameworks and servers.",
        epilog=f"Rows: {', '.join(rows)}. Peers: {', '.join(peers)}.",
    )
    parser.add_argument("--quick", action="store_true", help="minutes instead of half an hour; wider spread")
    parser.add_argument("--scenario", nargs="+", choices=rows, metavar="ROW", help="only these rows")
    parser.add_argument("--peer", nargs="+", choices=peers, metavar="PEER", help="only these peers")
    parser.add_argument("--no-load", action="store_true", help="only the rows that need no server and no wrk")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md (whole runs only)")
    return parser


def _chosen(names: Iterable[str], only: Sequence[str] | None) -> list[str]:
    return [name for name in names if not only or name in only]


def _run(options: argparse.Namespace) -> Report:
    peers, left_out = present(PEERS[name] for name in _chosen(PEERS, options.peer))
    for one in left_out:
        tell(f"bench: {one.peer} is left out: {one.reason}")
    effort = QUICK if options.quick else FULL
    refusals: list[Refusal] = []
    scenarios = [] if options.no_load else _chosen(LOADS, options.scenario)
    footprint = [] if options.no_load else _chosen([FOOTPRINT], options.scenario)
    return Report(
        machine=describe(peers, with_load=bool(scenarios)),
        command="python -m bench" + (" --quick" if options.quick else ""),
        rounds=effort.rounds,
        seconds=effort.seconds,
        http=run_http(peers, scenarios, effort, refusals),
        footprints=run_footprints(peers, effort, refusals) if footprint else [],
        figures=run_probes(peers, _chosen(PROBES, options.scenario), effort, refusals),
        left_out=left_out,
        refusals=refusals,
    )


def _publish(options: argparse.Namespace, report: Report) -> None:
    print(tables(report))
    if options.json:
        options.json.write_text(as_json(report), encoding="utf-8")
    if options.write and any(one.peer in ("", *CORE) for one in report.refusals):
        tell("bench: docs/performance.md is left as it was, because rows of Laneway or FastAPI were refused")
    elif options.write:
        document.write(report)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables and return the exit status: 2 if any figures were refused."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.write and (options.scenario or options.peer or options.no_load):
        parser.error("--write takes a whole run, without --scenario, --peer and --no-load")
    try:
        report = _run(options)
    except BenchError as error:
        tell(f"bench: {error}")
        return REFUSED
    _publish(options, report)
    return REFUSED if report.refusals else 0
