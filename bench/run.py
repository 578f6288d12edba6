"""One whole run: every chosen scenario and probe; what is refused is reported and the rest goes on."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench.errors import BenchError
from bench.http import HttpRow, measure_scenario
from bench.inprocess import FigureRow, measure_probe
from bench.load import find_wrk
from bench.peers import Peer
from bench.scenarios import SCENARIOS
from bench.server import running


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is repeated."""

    rounds: int  # loads of each peer in each scenario
    seconds: int  # of one load
    repeats: int  # fresh processes of each probe and peer
    imports: int  # the same for imports, which are short


FULL = Effort(rounds=6, seconds=2, repeats=3, imports=7)
QUICK = Effort(rounds=2, seconds=1, repeats=1, imports=3)


def tell(line: str) -> None:
    """Show progress beside the tables, which go to standard output."""
    print(line, file=sys.stderr, flush=True)


def _refused(refusals: list[str], error: BenchError) -> None:
    tell(f"bench: {error}")
    refusals.append(str(error))


def run_http(
    peers: Sequence[Peer], scenarios: Sequence[str], effort: Effort, refusals: list[str]
) -> list[HttpRow]:
    """Return the rows of the chosen scenarios; refusals are added to the list given.

    Raises:
        BenchError: wrk is absent, or a server did not start.
    """
    if not scenarios:
        return []
    find_wrk()
    rows: list[HttpRow] = []
    with running(peers) as servers:
        for name in scenarios:
            tell(f"{name}: {effort.rounds} rounds of {effort.seconds} s for each of {len(servers)} peers")
            try:
                rows += measure_scenario(servers, SCENARIOS[name], effort.rounds, effort.seconds)
            except BenchError as error:
                _refused(refusals, error)
    return rows


def run_probes(
    peers: Sequence[Peer], probes: Sequence[str], effort: Effort, refusals: list[str]
) -> list[FigureRow]:
    """Return the rows of the chosen probes; refusals are added to the list given."""
    rows: list[FigureRow] = []
    for probe in probes:
        repeats = effort.imports if probe == "imports" else effort.repeats
        tell(f"{probe}: {repeats} fresh processes for each peer")
        try:
            rows += measure_probe(probe, peers, repeats)
        except BenchError as error:
            _refused(refusals, error)
    return rows
