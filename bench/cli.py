"""`python -m bench`: options, the run, the tables."""

import argparse
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from bench import document
from bench.errors import BenchError
from bench.figures import PROBES
from bench.machine import describe
from bench.peers import PEERS, Peer
from bench.report import Report, as_json, tables
from bench.run import FULL, QUICK, run_http, run_probes, tell
from bench.scenarios import SCENARIOS

SERVER_PACKAGES = ("uvicorn", "uvloop", "httptools")
REFUSED = 2  # exit status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Laneway beside FastAPI and raw ASGI."
    )
    parser.add_argument("--quick", action="store_true", help="a minute instead of five; wider spread")
    parser.add_argument("--scenario", nargs="+", choices=[*SCENARIOS, *PROBES], help="only these rows")
    parser.add_argument("--peer", nargs="+", choices=list(PEERS), help="only these peers")
    parser.add_argument("--no-load", action="store_true", help="only the rows that need no server and no wrk")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md (whole runs only)")
    return parser


def _require(peers: Iterable[Peer]) -> None:
    needed = [*SERVER_PACKAGES, *(peer.framework for peer in peers if peer.framework)]
    if absent := [name for name in needed if find_spec(name) is None]:
        raise BenchError(
            f"not installed here: {', '.join(absent)}; `make bench` makes an environment that has them"
        )


def _chosen(names: Iterable[str], only: Sequence[str] | None) -> list[str]:
    return [name for name in names if not only or name in only]


def _run(options: argparse.Namespace) -> Report:
    peers = [PEERS[name] for name in _chosen(PEERS, options.peer)]
    _require(peers)
    effort = QUICK if options.quick else FULL
    refusals: list[str] = []
    scenarios = [] if options.no_load else _chosen(SCENARIOS, options.scenario)
    return Report(
        machine=describe(with_load=bool(scenarios)),
        command="python -m bench" + (" --quick" if options.quick else ""),
        rounds=effort.rounds,
        seconds=effort.seconds,
        http=run_http(peers, scenarios, effort, refusals),
        figures=run_probes(peers, _chosen(PROBES, options.scenario), effort, refusals),
        refusals=refusals,
    )


def _publish(options: argparse.Namespace, report: Report) -> None:
    print(tables(report))
    if options.json:
        options.json.write_text(as_json(report), encoding="utf-8")
    if options.write and report.refusals:
        tell("bench: docs/performance.md is left as it was, because rows are missing")
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
