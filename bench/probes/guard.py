"""What the guard sees, whom it never blames, and what it costs: `python -m bench.probes.guard`.

The table of issue 3: blocking scenarios, blocks under load, saturation, starvation, a stopped process, an idle one,
and the CPU time per request with and without the guard, in alternating pairs beside a null control.
"""

import argparse
import contextvars
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import timeit
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from statistics import median, quantiles

from bench.apps.blocking import blocking_lines
from bench.load import load
from bench.peers import PEERS
from bench.probes.guarded import Guarded, blamed, guarded, keep_busy, kinds, names_line, names_route
from bench.scenarios import Exchange
from bench.server import Server, cores

BUSY_CONNECTIONS = 300
BUSY_BLOCKS = 40
LOOPS = ("asyncio", "uvloop")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    goal: str
    found: str
    met: bool
    figures: tuple[tuple[str, float], ...] = ()  # for the tables of the whole benchmark


def scenarios(server: Guarded, times: int) -> Iterator[Row]:
    """Each way to block, alone."""
    right = 0
    for name in blocking_lines():
        hits, found = 0, []
        for number in range(times):
            server.get(f"/block/{name}/{number}")
            found = server.take()
            hits += any(names_line(one, name) and names_route(one, name) for one in found)
            others = [one for one in found if one["route"] and not names_route(one, name)]
            if others:
                found_wrong = f"blamed {blamed(others)}"
                figures = (("guard_false", len(others)),)
                yield Row(f"  {name}", "no other route", found_wrong, met=False, figures=figures)
        right += hits == times
        yield Row(
            f"  {name}", "route and line", f"{hits} of {times}, last: {kinds(found)}", met=hits == times
        )
    total = len(blocking_lines())
    figures = (("guard_scenarios", right),)
    yield Row("blocking scenarios", f"15 of {total}", f"{right} of {total}", met=right >= 15, figures=figures)


def under_load(server: Guarded, seconds: float) -> Iterator[Row]:
    """Blocks on two routes while many connections are served."""

    def block() -> None:
        for number in range(BUSY_BLOCKS):
            server.get(f"/block/{('sleep', 'gather')[number % 2]}/{number}")
            time.sleep(pause)

    pause = max(seconds / BUSY_BLOCKS - 0.25, 0.05)
    blocking = threading.Thread(target=block)
    blocking.start()
    replies = keep_busy(server, "/ping", BUSY_CONNECTIONS, seconds)
    blocking.join()
    found = [one for one in server.take() if one["route"]]
    right = [
        one
        for one in found
        if any(names_route(one, name) and names_line(one, name) for name in ("sleep", "gather"))
    ]
    yield Row(
        f"{BUSY_CONNECTIONS} busy connections ({replies} replies), {BUSY_BLOCKS} blocks",
        f"{BUSY_BLOCKS} named, 0 false",
        f"{len(right)} named, {len(found) - len(right)} false",
        met=len(right) == BUSY_BLOCKS and len(found) == len(right),
        figures=(("guard_named", len(right)), ("guard_false", len(found) - len(right))),
    )


def saturation(server: Guarded, seconds: float) -> Iterator[Row]:
    """Many connections whose requests each compute for a short while."""
    for connections, ms in ((300, 1), (100, 5), (20, 20), (8, 60)):
        keep_busy(server, f"/work/{ms}", connections, seconds)
        yield _blameless(f"saturation: {connections} connections of {ms} ms", server)


def starvation(server: Guarded, seconds: float) -> Iterator[Row]:
    """Threads that compute beside the loop."""
    for count in (2, 4, 16):
        server.get(f"/hogs/{count}/{seconds}")
        keep_busy(server, "/ping", 50, seconds)
        time.sleep(0.5)
        yield _blameless(f"{count} CPU threads, 50 connections", server)


def stopped(server: Guarded, _: float) -> Iterator[Row]:
    """The process is stopped for half a second while it serves."""

    def stop() -> None:
        for _ in range(3):
            time.sleep(0.5)
            os.kill(server.process.pid, signal.SIGSTOP)
            time.sleep(0.5)
            os.kill(server.process.pid, signal.SIGCONT)

    stopper = threading.Thread(target=stop)
    stopper.start()
    keep_busy(server, "/ping", 20, 3.5)
    stopper.join()
    yield _blameless("SIGSTOP for 0.5 s, three times", server)


def idle(server: Guarded, _: float) -> Iterator[Row]:
    """Nothing happens."""
    time.sleep(2)
    yield _blameless("2 s idle", server)


def _blameless(what: str, server: Guarded) -> Row:
    found = server.take()
    routes = blamed(found)
    figures = (("guard_false", len(routes)),)
    words = f"{len(routes)} blamed ({kinds(found)})"
    return Row(what, "no route blamed", words, met=not routes, figures=figures)


def _cpu_ratio(one: Guarded, other: Guarded, pairs: int) -> list[float]:
    """CPU per request of `one` over that of `other`, neighbours in time."""
    exchange = Exchange("GET", "/ping")
    servers = [Server(PEERS["laneway"], guard.process, guard.port) for guard in (one, other)]
    ratios = []
    for number in range(pairs):
        turn = servers if number % 2 else servers[::-1]
        costs = {server.port: load(server, exchange, 1).cpu_us for server in turn}
        ratios.append(costs[one.port] / costs[other.port])
    return ratios


def overhead(pairs: int) -> Iterator[Row]:
    """CPU per request with the guard over without, and of two servers without one."""
    with guarded("uvloop") as on, guarded("uvloop", "off") as off, guarded("uvloop", "off") as control:
        if pair := cores():
            for server in (on, off, control):
                subprocess.run(
                    ["taskset", "-a", "-c", "-p", str(pair[0]), str(server.process.pid)],
                    check=True,
                    capture_output=True,
                )
        for server in (on, off, control):
            load(Server(PEERS["laneway"], server.process, server.port), Exchange("GET", "/ping"), 1)
        null, cost = _cpu_ratio(control, off, pairs), _cpu_ratio(on, off, pairs)
    yield Row("CPU per request, null control", "", _spread(null), met=True)
    met, figures = median(cost) <= 1.02, (("guard_cost", median(cost)),)
    yield Row("CPU per request, guard on / off", "<= 1.02", _spread(cost), met=met, figures=figures)
    variable: contextvars.ContextVar[object] = contextvars.ContextVar("variable")
    best = min(timeit.repeat(lambda: variable.set(None), number=100_000, repeat=5)) / 100_000
    yield Row("ContextVar.set, once per request", "", f"{best * 1e6:.2f} us", met=True)


def _spread(ratios: list[float]) -> str:
    low, _, high = quantiles(ratios, n=4)
    return f"{median(ratios):.3f} (quartiles {low:.3f}-{high:.3f}, {len(ratios)} pairs)"


def _measured(options: argparse.Namespace) -> Iterator[Row]:
    seconds = 1.5 if options.quick else 3.0
    experiments: tuple[Callable[[Guarded, float], Iterator[Row]], ...] = (
        saturation,
        starvation,
        stopped,
        idle,
    )
    for loop in options.loop:
        with guarded(loop) as server:
            yield Row(f"on {loop}, Python {sys.version.split()[0]}", "", "", met=True)
            yield from scenarios(server, 1 if options.quick else 3)
            yield from under_load(server, 15.0)
            for experiment in experiments:
                yield from experiment(server, seconds)
    if not options.no_load:
        yield from overhead(4 if options.quick else 16)


def _show(row: Row, *, as_json: bool) -> None:
    verdict = "" if not row.goal else "met" if row.met else "MISSED"
    text = f"{row.what:52} {row.goal:22} {row.found:52} {verdict}"
    print(json.dumps(asdict(row)) if as_json else text.rstrip(), flush=True)


def _print_figures() -> None:
    """The numbers of a run on the loop that `laneway run` takes, in one line."""
    no_load = shutil.which("wrk") is None
    found: dict[str, float] = {"guard_false": 0}
    for row in _measured(argparse.Namespace(quick=False, loop=["uvloop"], no_load=no_load)):
        for name, value in row.figures:
            found[name] = found.get(name, 0) + value
    print(json.dumps(found))


def main() -> int:
    """Print the table; the exit status is 1 if a goal was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.probes.guard", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="each scenario once, shorter loads, fewer pairs")
    parser.add_argument("--loop", nargs="+", choices=LOOPS, default=list(LOOPS), help="only on these loops")
    parser.add_argument("--no-load", action="store_true", help="without the cost, which needs wrk")
    parser.add_argument("--json", action="store_true", help="print lines of JSON instead of a table")
    parser.add_argument("--figures", action="store_true", help="print the sums of a run on uvloop as JSON")
    options = parser.parse_args()
    if options.figures:
        _print_figures()
        return 0
    missed = 0
    for row in _measured(options):
        missed += not row.met
        _show(row, as_json=options.json)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
