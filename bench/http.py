"""The HTTP part: every scenario, peers in turn A B C A B C, medians of the rounds."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from bench.errors import BenchError, Refuse
from bench.load import Load, load
from bench.peers import BASE
from bench.replies import check_replies
from bench.scenarios import Exchange, Goal, Scenario
from bench.server import Server, ask
from bench.stats import Spread, paired_ratio, spread

WARM_UP_REQUESTS = 200
WARM_UP_SECONDS = 0.5  # where requests wait


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal and the ratio that was found."""

    goal: Goal
    found: Spread

    @property
    def met(self) -> bool:
        """Whether the median reaches the goal."""
        return self.found.median >= self.goal.at_least


@dataclass(frozen=True, slots=True)
class HttpRow:
    """One peer in one scenario. A ratio above 1 means better than the base peer."""

    scenario: str
    peer: str
    per_second: Spread
    cpu_us: Spread
    p99_ms: Spread
    times_cpu: Spread | None  # CPU of the base / CPU of this peer; None where the base did not run
    times_per_second: Spread | None  # requests per second of this peer / of the base
    verdicts: tuple[Verdict, ...] = ()
    lanes: str = ""  # of the direct protocol


Loads = Mapping[str, Sequence[Load]]


def _warm_up(server: Server, exchange: Exchange) -> None:
    deadline = time.monotonic() + WARM_UP_SECONDS
    with server.running(), closing(server.connect()) as connection:
        for _ in range(WARM_UP_REQUESTS):
            ask(connection, exchange)
            if time.monotonic() > deadline:
                break


def _times(mine: Sequence[Load], others: Sequence[Load], by_rate: bool) -> Spread:
    """Return how much better one is than the other."""
    if by_rate:
        return paired_ratio([one.per_second for one in mine], [one.per_second for one in others])
    return paired_ratio([one.cpu_us for one in others], [one.cpu_us for one in mine])


def _verdicts(scenario: Scenario, peer: str, loads: Loads) -> tuple[Verdict, ...]:
    goals = [goal for goal in scenario.goals if goal.of == peer and goal.against in loads]
    return tuple(Verdict(goal, _times(loads[peer], loads[goal.against], goal.by_rate)) for goal in goals)


def _row(scenario: Scenario, peer: str, loads: Loads) -> HttpRow:
    mine, base = loads[peer], loads.get(BASE.name)
    return HttpRow(
        scenario.name,
        peer,
        spread([one.per_second for one in mine]),
        spread([one.cpu_us for one in mine]),
        spread([one.p99_ms for one in mine]),
        _times(mine, base, by_rate=False) if base else None,
        _times(mine, base, by_rate=True) if base else None,
        _verdicts(scenario, peer, loads),
    )


def measure_scenario(
    servers: Sequence[Server], scenario: Scenario, rounds: int, seconds: int, refuse: Refuse
) -> list[HttpRow]:
    """Return a row for each server; those that differ or fail get none, and the reason is told to `refuse`.

    Raises:
        BenchError: There is nothing to compare with.
    """
    failed = check_replies(servers, scenario)
    loads: dict[str, list[Load]] = {server.peer.name: [] for server in servers}
    for server in servers:
        if server.peer.name not in failed:
            _warm_up(server, scenario.load)
    for _ in range(rounds):
        for server in servers:
            name = server.peer.name
            if name in failed:
                continue
            try:
                loads[name].append(load(server, scenario.load, seconds, scenario.shape))
            except BenchError as error:
                failed[name] = error
    for name, reason in failed.items():
        refuse(name, reason)
    whole = {name: ones for name, ones in loads.items() if name not in failed}
    return [_row(scenario, name, whole) for name in whole]
