"""The HTTP part: every scenario, peers in turn A B C A B C, medians of the rounds."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from bench.load import Load, load
from bench.peers import BASE
from bench.replies import check_replies
from bench.scenarios import Exchange, Scenario
from bench.server import Server, ask
from bench.stats import Spread, paired_ratio, spread

WARM_UP_REQUESTS = 200


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


def _warm_up(server: Server, exchange: Exchange) -> None:
    with closing(server.connect()) as connection:
        for _ in range(WARM_UP_REQUESTS):
            ask(connection, exchange)


def _row(scenario: Scenario, peer: str, mine: Sequence[Load], base: Sequence[Load]) -> HttpRow:
    cpu, rate = [one.cpu_us for one in mine], [one.per_second for one in mine]
    times_cpu = paired_ratio([one.cpu_us for one in base], cpu) if base else None
    times_rate = paired_ratio(rate, [one.per_second for one in base]) if base else None
    p99 = spread([one.p99_ms for one in mine])
    return HttpRow(scenario.name, peer, spread(rate), spread(cpu), p99, times_cpu, times_rate)


def measure_scenario(
    servers: Sequence[Server], scenario: Scenario, rounds: int, seconds: int
) -> list[HttpRow]:
    """Return a row for each server.

    Raises:
        BenchError: Replies differ, or a server failed under load.
    """
    check_replies(servers, scenario)
    for server in servers:
        _warm_up(server, scenario.load)
    loads: dict[str, list[Load]] = {server.peer.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            loads[server.peer.name].append(load(server, scenario.load, seconds))
    base = loads.get(BASE.name, [])
    return [_row(scenario, name, mine, base) for name, mine in loads.items()]
