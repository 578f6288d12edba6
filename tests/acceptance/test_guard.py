"""The guard on a real server: what blocks is named, and nobody else is.

Sizes are generous: on a crowded machine a block may be seen later and shorter, but never on another route.
"""

import importlib.util
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bench.apps.blocking import blocking_lines
from bench.probes.guarded import Guarded, blamed, guarded, keep_busy, names_line, names_route

SCENARIOS = list(blocking_lines())
LOOPS = ["asyncio", pytest.param("uvloop", marks=pytest.mark.skipif(
    importlib.util.find_spec("uvloop") is None, reason="uvloop is not installed"
))]  # fmt: skip


@pytest.fixture(scope="module", params=LOOPS)
def server(request: pytest.FixtureRequest) -> Iterator[Guarded]:
    """A Laneway app under uvicorn, on each kind of loop, that reports incidents from 100 ms on."""
    with guarded(request.param) as server:
        yield server


TRIES = 3  # where other programs hold the cores, the watch may come too late for one block


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_blocks_is_named_by_route_and_line(server: Guarded, scenario: str) -> None:
    """One of sixteen ways; uvloop does not tell for whom it runs a plain callback."""
    server.take()
    found: list[dict[str, Any]] = []
    for number in range(TRIES):
        server.get(f"/block/{scenario}/{number}")
        found += [one for one in server.take() if one["place"]]
        if any(names_line(one, scenario) for one in found):
            break
    knows_route = (scenario, server.loop) != ("callback", "uvloop")

    assert any(names_line(one, scenario) for one in found)
    assert all(names_route(one, scenario) or (not knows_route and not one["route"]) for one in found)


def test_blocks_among_many_connections_are_named_and_nobody_else_is(server: Guarded) -> None:
    """A child task's block belongs to the route that started it."""

    def block() -> None:
        for number in range(6):
            server.get(f"/block/{('sleep', 'gather')[number % 2]}/{number}")
            time.sleep(0.1)

    server.take()
    blocking = threading.Thread(target=block)
    blocking.start()
    keep_busy(server, "/ping", 100, 3.0)
    blocking.join()
    found = server.take()

    assert {"GET /block/sleep/{number}", "GET /block/gather/{number}"} == set(blamed(found))


@pytest.mark.parametrize(("connections", "ms"), [(200, 1), (60, 5), (20, 20)])
def test_no_route_is_blamed_for_saturation(server: Guarded, connections: int, ms: int) -> None:
    """Many short steps make the loop late, none of them does."""
    server.take()
    keep_busy(server, f"/work/{ms}", connections, 1.5)

    assert blamed(server.take()) == []


@pytest.mark.parametrize("threads", [2, 8])
def test_no_route_is_blamed_for_threads_that_compute(server: Guarded, threads: int) -> None:
    """Who waits for the interpreter is not at fault."""
    server.take()
    server.get(f"/hogs/{threads}/1.5")
    keep_busy(server, "/ping", 30, 1.5)

    assert blamed(server.take()) == []


def test_a_stopped_process_is_told_as_such(server: Guarded) -> None:
    """SIGSTOP, a paused machine and a CPU quota are nobody's fault."""
    server.take()
    stopper = threading.Thread(target=stop_for_a_second, args=(server.process.pid,))
    stopper.start()
    keep_busy(server, "/ping", 10, 2.0)
    stopper.join()
    found = server.take()

    assert (blamed(found), "process-paused" in [one["kind"] for one in found]) == ([], True)


def stop_for_a_second(pid: int) -> None:
    """Stop a process after a moment, and let it go on."""
    time.sleep(0.5)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(1.0)
    os.kill(pid, signal.SIGCONT)


def test_nothing_is_blamed_while_nothing_happens(server: Guarded) -> None:
    server.take()
    time.sleep(1.5)

    assert [one for one in server.take() if one["place"]] == []
