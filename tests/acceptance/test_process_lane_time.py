"""What becomes of calls whose time is up, and of a start that takes longer than those who wait for it."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from laneway import Laneway
from laneway.lanes import processes, run
from laneway.lanes.errors import LaneClosedError, LaneFullError, LaneStartError, LaneTimeoutError
from laneway.lanes.process_lane import ProcessLane
from laneway.lanes.stats import ProcessStats
from tests.unit.lanes import process_jobs as jobs

from .over_sockets import ask, serving
from .running_lane import JOBS, PATIENCE, running, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")

SLOW_MODULE = "import time\ntime.sleep({seconds})\ndef answer():\n    return 42\n"


async def late(lane: ProcessLane, calls: int, folder: Path) -> list[LaneTimeoutError]:
    """The errors of so many calls, made at once, none of which ends in its time."""

    async def one(number: int) -> LaneTimeoutError:
        with pytest.raises(LaneTimeoutError) as caught:
            await lane.call(jobs.announce_and_sleep, (str(folder / f"{number}"),), timeout=0.5)
        return caught.value

    return await asyncio.gather(*map(one, range(calls)))


@pytest.mark.parametrize("started", [True, False])
async def test_calls_that_run_out_of_time_together_are_all_killed(tmp_path: Path, started: bool) -> None:
    """In a fresh lane, too, whose processes may not even be there."""
    lane = ProcessLane("test", 2, preload=[JOBS])
    if started:
        await lane.start()
    errors = await late(lane, 2, tmp_path)
    stats = lane.stats()
    await lane.stop()

    assert (stats.killed, stats.timed_out, stats.cancelled, stats.busy) == (2, 2, 0, 0)
    assert all("running" in error.place for error in errors)


async def test_a_call_that_waited_until_its_time_was_up_is_not_begun_in_its_last_moment(
    tmp_path: Path,
) -> None:
    """The one before it is killed at about that moment, which makes room; its process would be killed at once."""
    async with running(1) as lane:
        first, *others = await late(lane, 4, tmp_path)
        stats = lane.stats()

    assert "running" in first.place
    assert ["waiting in the queue" in error.place for error in others] == [True] * 3
    assert (stats.killed, stats.timed_out, stats.queued) == (1, 4, 0)
    assert not any((tmp_path / f"{number}").exists() for number in (1, 2, 3))


# --- requests


@pytest.mark.parametrize("lane_timeout", [None, 0.5])
@pytest.mark.parametrize("path", ["/declared", "/by-hand"])
async def test_a_request_whose_time_is_up_is_counted_once(path: str, lane_timeout: float | None) -> None:
    """Whichever clock is first: that of the request or that of the lane."""
    app = Laneway(lanes={"math": processes(2, timeout=lane_timeout, preload=[JOBS])}, timeout=0.5)
    app.get("/declared", lane="math")(spin)

    @app.get("/by-hand")
    async def by_hand() -> None:
        await run("math", spin)

    async with serving(app) as address:
        replies = await asyncio.gather(ask(address, path), ask(address, path))
        lane = app.lanes["math"]
        await until(lambda: not lane.stats().admitted)
        stats = lane.stats()

    assert [reply.status for reply in replies] == [504, 504]
    assert isinstance(stats, ProcessStats)
    assert (stats.timed_out, stats.cancelled, stats.killed) == (2, 0, 2)


def spin() -> None:
    jobs.sleep(60)


# --- the start


@pytest.fixture
def slow_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that takes a while to import."""
    (tmp_path / "slow_to_import.py").write_text(SLOW_MODULE.format(seconds=1.0))
    monkeypatch.syspath_prepend(tmp_path)
    return "slow_to_import"


async def test_a_start_goes_on_when_who_asked_for_it_is_out_of_time(slow_module: str) -> None:
    """Otherwise a lane that starts more slowly than its callers wait would never be there."""
    lane = ProcessLane("test", 1, preload=[slow_module])
    with pytest.raises(LaneTimeoutError, match="starting the processes for"):
        await lane.call(jobs.pid, timeout=0.2)
    asked = lane.stats()
    result = await lane.call(jobs.add, (1, 2), timeout=PATIENCE)
    await lane.stop()

    assert (result, asked.timed_out, asked.queued, asked.killed) == (3, 1, 0, 0)


async def test_a_start_goes_on_when_who_asked_for_it_is_cancelled(slow_module: str) -> None:
    lane = ProcessLane("test", 1, preload=[slow_module])
    first = asyncio.create_task(lane.call(jobs.pid))
    second = asyncio.create_task(lane.call(jobs.add, (1, 2)))
    await until(lambda: lane.stats().queued == 2)
    first.cancel()
    result = await second
    await lane.stop()

    assert (result, first.cancelled(), lane.stats().cancelled) == (3, True, 1)


async def test_calls_that_wait_for_the_start_fill_the_queue(slow_module: str) -> None:
    lane = ProcessLane("test", 1, queue=1, preload=[slow_module])
    calls = [asyncio.create_task(lane.call(jobs.add, (1, 2))) for _ in range(2)]
    await until(lambda: lane.stats().queued == 2)
    with pytest.raises(LaneFullError):
        await lane.call(jobs.pid)
    results = await asyncio.gather(*calls)
    await lane.stop()

    assert results == [3, 3]


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
async def test_a_stop_during_the_start_leaves_nothing(slow_module: str) -> None:
    lane = ProcessLane("test", 1, preload=[slow_module])
    call = asyncio.create_task(lane.call(jobs.pid))
    await until(fork_servers)
    await lane.stop()

    with pytest.raises(LaneClosedError):
        await call
    assert fork_servers() == []


def fork_servers() -> list[int]:
    """The children of this process that are one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may just have ended
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"process_worker.py" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


async def test_a_start_that_fails_is_tried_again_by_the_next_call(tmp_path: Path) -> None:
    lane = ProcessLane("test", 1, preload=["no_such_module_yet"])
    for _ in range(2):
        with pytest.raises(LaneStartError):
            await lane.call(jobs.pid)
    await lane.stop()


async def test_a_request_that_waits_for_the_start_is_told_so(slow_module: str) -> None:
    app = Laneway(lanes={"math": processes(1, preload=[slow_module])})

    @app.get("/", timeout=0.2)
    async def ask_lane() -> int:
        return await run("math", jobs.add, 1, 2)

    # Without a lifespan, which would have started it.
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        reply = await client.get("/")
    await app.lanes.stop()

    assert reply.status_code == 504
    assert "starting the processes for" in reply.json()["detail"]


async def test_a_lane_that_is_declared_is_there_when_the_app_has_started() -> None:
    """Also if no route names it: the first `lanes.run` does not wait for it."""
    app = Laneway(lanes={"math": processes(1)})
    async with app.router.whole_lifespan(app):
        pids = app.lanes["math"].pids()  # type: ignore[union-attr]

    assert pids
