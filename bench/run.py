"""One whole run: every chosen scenario and probe; what is refused is reported and the rest goes on."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from bench.errors import BenchError, Refusal
from bench.footprint import FootprintRow, measure_footprint
from bench.http import HttpRow, measure_scenario
from bench.inprocess import FigureRow, measure_probe
from bench.lanes import lanes_of
from bench.launch import Variant
from bench.load import find_wrk
from bench.peers import Peer
from bench.scenarios import LOADS, Scenario
from bench.server import running


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is repeated."""

    rounds: int  # loads of each peer in each scenario
    seconds: int  # of one load
    repeats: int  # fresh processes of each probe and peer
    imports: int  # the same for imports, which are short


EVERY_ROW = "every row"
FOOTPRINT = "footprint"  # the row of start-up time and memory
FULL = Effort(rounds=5, seconds=2, repeats=3, imports=7)
QUICK = Effort(rounds=2, seconds=1, repeats=1, imports=3)


def tell(line: str) -> None:
    """Show progress beside the tables, which go to standard output."""
    print(line, file=sys.stderr, flush=True)


def _refuse(refusals: list[Refusal], row: str, peer: str, error: BenchError) -> None:
    tell(f"bench: {error}")
    refusals.append(Refusal(row, peer, str(error)))


def _taking_part(peers: Sequence[Peer], scenario: Scenario) -> list[Peer]:
    return [peer for peer in peers if not scenario.peers or peer.name in scenario.peers]


def _with_lanes(rows: Sequence[HttpRow], peers: Sequence[Peer], scenario: Scenario) -> Iterator[HttpRow]:
    direct = {peer.name: peer for peer in peers if peer.direct}
    for row in rows:
        yield replace(row, lanes=lanes_of(direct[row.peer], scenario)) if row.peer in direct else row


def _measure_group(
    peers: Sequence[Peer],
    variant: Variant,
    group: Sequence[Scenario],
    effort: Effort,
    refusals: list[Refusal],
) -> list[HttpRow]:
    """Return the rows of scenarios that the same servers serve."""
    needed = [peer for peer in peers if any(peer in _taking_part(peers, one) for one in group)]
    rows: list[HttpRow] = []
    with running(needed, variant, partial(_refuse, refusals, EVERY_ROW)) as servers:
        for scenario in group:
            part = [server for server in servers if server.peer in _taking_part(peers, scenario)]
            refuse = partial(_refuse, refusals, scenario.name)
            tell(f"{scenario.name}: {effort.rounds} rounds of {effort.seconds} s for {len(part)} peers")
            try:
                found = measure_scenario(part, scenario, effort.rounds, effort.seconds, refuse)
                rows += _with_lanes(found, peers, scenario)
            except BenchError as error:
                refuse("", error)
    return rows


def run_http(
    peers: Sequence[Peer], scenarios: Sequence[str], effort: Effort, refusals: list[Refusal]
) -> list[HttpRow]:
    """Return the rows of the chosen scenarios; refusals are added to the list given.

    Raises:
        BenchError: wrk or openssl is absent.
    """
    if not scenarios:
        return []
    find_wrk()
    rows: list[HttpRow] = []
    for variant, group in groupby([LOADS[name] for name in scenarios], key=lambda one: one.variant):
        rows += _measure_group(peers, variant, list(group), effort, refusals)
    return rows


def run_footprints(peers: Sequence[Peer], effort: Effort, refusals: list[Refusal]) -> list[FootprintRow]:
    """Return what each peer's server costs before it does anything; refusals are added to the list given."""
    tell(f"footprint: {effort.repeats} starts of each of {len(peers)} servers")
    rows = []
    for peer in peers:
        try:
            rows.append(measure_footprint(peer, effort.repeats))
        except BenchError as error:
            _refuse(refusals, FOOTPRINT, peer.name, error)
    return rows


def run_probes(
    peers: Sequence[Peer], probes: Sequence[str], effort: Effort, refusals: list[Refusal]
) -> list[FigureRow]:
    """Return the rows of the chosen probes; refusals are added to the list given."""
    taking_part = [peer for peer in peers if peer.probed]
    rows: list[FigureRow] = []
    for probe in probes if taking_part else ():
        repeats = {"imports": effort.imports, "guard": 1}.get(
            probe, effort.repeats
        )  # the guard's takes minutes
        tell(f"{probe}: {repeats} fresh processes for each peer")
        try:
            rows += measure_probe(probe, taking_part, repeats)
        except BenchError as error:
            _refuse(refusals, probe, "", error)
    return rows
