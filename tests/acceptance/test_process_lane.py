"""The process lane with real processes: what it promises when calls are late, cancelled, or take their process down."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from laneway.lanes.errors import (
    LaneClosedError,
    LaneFullError,
    LaneStartError,
    LaneTimeoutError,
    WorkerCrashedError,
)
from laneway.lanes.process_lane import ProcessLane
from laneway.lanes.process_wire import LARGE_BYTES
from tests.unit.lanes import process_jobs as jobs

from .running_lane import JOBS, PATIENCE, alive, occupied, pid_in, running, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")


# --- Calls --------------------------------------------------------------------------------------------------------


async def test_a_call_returns_the_result() -> None:
    async with running() as lane:
        assert await lane.call(jobs.add, (1,), {"right": 2}) == 3


async def test_a_call_runs_in_another_process() -> None:
    async with running() as lane:
        assert await lane.call(jobs.pid) != os.getpid()


async def test_calls_run_at_once() -> None:
    """Each of two calls waits for the other."""
    async with running(2) as lane:
        pids = await asyncio.gather(lane.call(jobs.sleep, (0.2,)), lane.call(jobs.sleep, (0.2,)))

    assert len(set(pids)) == 2


async def test_what_a_function_raises_is_raised_here() -> None:
    async with running() as lane:
        with pytest.raises(jobs.PlainError) as caught:
            await lane.call(jobs.raise_plain, (7,))

    assert caught.value.code == 7


async def test_an_idle_process_that_worked_last_works_next() -> None:
    """Its caches are warm."""
    async with running(4) as lane:
        pids = {await lane.call(jobs.pid) for _ in range(20)}

    assert len(pids) == 1


async def test_calls_that_wait_are_served_in_their_order() -> None:
    ended: list[int] = []
    async with running(1) as lane:

        async def one(number: int) -> None:
            ended.append(await lane.call(jobs.add, (number,)))

        await asyncio.gather(*map(one, range(30)))

    assert ended == list(range(30))


@pytest.mark.parametrize("size", [LARGE_BYTES - 1000, LARGE_BYTES + 1000, 20_000_000])
async def test_large_values_arrive_whole(size: int) -> None:
    value = random.Random(size).randbytes(size)
    async with running() as lane:
        assert await lane.call(jobs.echo, (value,)) == value


async def test_large_arguments_are_pickled_off_the_loop() -> None:
    jobs.Marker.threads.clear()
    async with running() as lane:
        await lane.call(jobs.echo, ((b"x" * 4 * LARGE_BYTES, jobs.Marker()),))

    assert jobs.Marker.threads
    assert threading.get_ident() not in jobs.Marker.threads


async def test_large_results_are_rebuilt_off_the_loop() -> None:
    jobs.Marker.threads.clear()
    async with running() as lane:
        await lane.call(jobs.large_with_marker, (4 * LARGE_BYTES,))

    assert jobs.Marker.threads
    assert threading.get_ident() not in jobs.Marker.threads


async def test_interrupts_do_not_reach_the_processes() -> None:
    """Ctrl-C and a stop of the whole service reach every process; the server decides."""
    async with running() as lane:
        assert await lane.call(jobs.interrupt_self) == "alive"


def test_calls_work_on_uvloop() -> None:
    """Large values, too, and a kill."""
    uvloop = pytest.importorskip("uvloop")

    async def scenario() -> None:
        async with running() as lane:
            value = bytes(5_000_000)
            assert await lane.call(jobs.echo, (value,)) == value
            with pytest.raises(LaneTimeoutError):
                await lane.call(jobs.sleep, (60,), timeout=0.05)
            assert await asyncio.gather(*[lane.call(jobs.add, (n,)) for n in range(50)]) == list(range(50))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(scenario())


# --- Start and stop -----------------------------------------------------------------------------------------------


async def test_modules_are_imported_once_by_the_fork_server() -> None:
    async with running(2) as lane:
        calls = [lane.call(jobs.sleep, (0.2,)), lane.call(jobs.importer), lane.call(jobs.importer)]
        worker, *importers = await asyncio.gather(*calls)

    assert len(set(importers)) == 1
    assert worker not in importers


async def test_the_home_of_an_expected_function_is_preloaded() -> None:
    lane = ProcessLane("test", 1)
    lane.expect(jobs.pid)
    await lane.start()
    importer, worker = await lane.call(jobs.importer), await lane.call(jobs.pid)
    await lane.stop()

    assert importer != worker


async def test_the_main_file_of_the_program_is_not_run_again() -> None:
    async with running() as lane:
        _, main = await lane.call(jobs.ids_and_main)

    assert Path(main).name == "process_worker.py"


async def test_a_module_that_cannot_be_imported_is_told_at_start() -> None:
    lane = ProcessLane("math", 1, preload=["no_such_module"])

    with pytest.raises(
        LaneStartError, match=r"(?s)lane 'math' cannot start: importing no_such_module failed"
    ):
        await lane.start()


async def test_the_main_file_cannot_be_preloaded() -> None:
    with pytest.raises(LaneStartError, match="it would run again"):
        await ProcessLane("math", 1, preload=["__main__"]).start()


async def test_the_first_call_starts_a_lane_that_nobody_started() -> None:
    lane = ProcessLane("test", 1)
    try:
        assert await lane.call(jobs.add, (1, 2)) == 3
    finally:
        await lane.stop()


async def test_a_stopped_lane_refuses_calls() -> None:
    async with running() as lane:
        await lane.stop()
        with pytest.raises(LaneClosedError, match="not running"):
            await lane.call(jobs.pid)


async def test_a_stopped_lane_can_be_started_again() -> None:
    async with running() as lane:
        await lane.stop()
        await lane.start()
        assert await lane.call(jobs.add, (1, 2)) == 3


async def test_a_stop_waits_for_calls_that_run_and_wait(tmp_path: Path) -> None:
    async with running(1) as lane:
        calls = [asyncio.create_task(lane.call(jobs.wait_for, (str(tmp_path / "go"),))) for _ in range(3)]
        await until(lambda: lane.stats().queued == 2)
        stop = asyncio.create_task(lane.stop(grace=PATIENCE))
        (tmp_path / "go").touch()
        await stop

    assert [call.result() for call in calls] == [True, True, True]


async def test_a_stop_ends_calls_when_its_patience_is_over(tmp_path: Path) -> None:
    async with running(1) as lane:
        file = tmp_path / "pid"
        calls = [asyncio.create_task(lane.call(jobs.announce_and_spin, (str(file),))) for _ in range(2)]
        pid = await pid_in(file)
        await lane.stop(grace=0.01)
        results = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(result) for result in results] == [LaneClosedError, LaneClosedError]
    assert not alive(pid)


async def test_a_stop_leaves_no_process() -> None:
    async with running(3) as lane:
        await lane.call(jobs.pid)
        await until(lambda: len(lane.pids()) == 5)  # three, one that stands by, the fork server
        pids = lane.pids()

        await lane.stop()

    assert [pid for pid in pids if alive(pid)] == []


# --- Overload -----------------------------------------------------------------------------------------------------


async def test_a_full_lane_refuses_at_once(tmp_path: Path) -> None:
    async with running(1, queue=2) as lane, occupied(lane, tmp_path, 3):
        with pytest.raises(LaneFullError) as caught:
            await lane.call(jobs.pid)

        assert (caught.value.lane, caught.value.queued, caught.value.retry_after) == ("test", 2, 1)
        assert lane.stats().refused == 1


async def test_a_refusal_tells_when_to_come_back(tmp_path: Path) -> None:
    """Those who wait have had their turn by then, by what calls took so far."""
    async with running(1, queue=2) as lane:
        await lane.call(jobs.sleep, (0.7,))
        async with occupied(lane, tmp_path, 3):
            with pytest.raises(LaneFullError) as caught:
                await lane.call(jobs.pid)

    assert 3 <= caught.value.retry_after <= 10


async def test_a_lane_without_limit_refuses_nobody(tmp_path: Path) -> None:
    async with running(1, queue=None) as lane, occupied(lane, tmp_path, 300):
        assert lane.stats().queued == 299


# --- Deadlines and cancellation -----------------------------------------------------------------------------------


async def test_a_call_past_its_deadline_fails_and_its_process_is_killed(tmp_path: Path) -> None:
    """Even one that never gives the interpreter away."""
    file = tmp_path / "pid"
    async with running(deadline=1.0) as lane:
        with pytest.raises(
            LaneTimeoutError, match=r"lane 'test': the deadline of 1 s passed while running .*spin"
        ):
            await lane.call(jobs.announce_and_spin, (str(file),))
        pid = await pid_in(file)
        await until(lambda: not alive(pid))

        assert (lane.stats().timed_out, lane.stats().killed) == (1, 1)


async def test_a_call_whose_time_is_up_already_does_not_run(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    async with running() as lane:
        with pytest.raises(LaneTimeoutError):
            await lane.call(jobs.announce_and_sleep, (str(file), 0), timeout=0)
        await lane.call(jobs.pid)

        assert (lane.stats().killed, file.exists()) == (0, False)


async def test_the_shorter_of_two_deadlines_holds() -> None:
    async with running(deadline=60) as lane:
        with pytest.raises(LaneTimeoutError) as caught:
            await lane.call(jobs.sleep, (60,), timeout=0.05)

    assert caught.value.seconds == 0.05


async def test_a_cancelled_call_has_its_process_killed(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    async with running() as lane:
        call = asyncio.create_task(lane.call(jobs.announce_and_sleep, (str(file),)))
        pid = await pid_in(file)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await until(lambda: not alive(pid))

        assert (lane.stats().cancelled, lane.stats().killed, lane.stats().busy) == (1, 1, 0)


async def test_what_a_killed_call_started_is_killed_with_it(tmp_path: Path) -> None:
    """A program that the function runs does not go on alone."""
    file = tmp_path / "pid"
    async with running() as lane:
        call = asyncio.create_task(lane.call(jobs.start_child_and_sleep, (str(file),)))
        child = await pid_in(file)
        call.cancel()
        await asyncio.wait([call])
        await until(lambda: not alive(child))


async def test_the_next_call_after_a_kill_finds_a_process_that_runs_already(tmp_path: Path) -> None:
    async with running(1) as lane:
        await until(lambda: len(lane.pids()) == 3)  # one, one that stands by, the fork server
        before = lane.pids()
        with pytest.raises(LaneTimeoutError):
            await lane.call(jobs.sleep, (60,), timeout=0.05)

        assert await lane.call(jobs.pid) in before


async def test_a_waiting_call_past_its_deadline_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    async with running(1) as lane:
        async with occupied(lane, tmp_path, 1):
            with pytest.raises(LaneTimeoutError, match="waiting in the queue"):
                await lane.call(jobs.announce_and_sleep, (str(file), 0), timeout=0.05)
        await lane.call(jobs.pid)

        assert not file.exists()
        assert lane.stats().killed == 0


async def test_a_waiting_call_that_is_cancelled_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    async with running(1) as lane:
        async with occupied(lane, tmp_path, 1):
            call = asyncio.create_task(lane.call(jobs.announce_and_sleep, (str(file), 0)))
            await until(lambda: lane.stats().queued == 1)
            call.cancel()
            await asyncio.wait([call])
        await lane.call(jobs.pid)

        assert not file.exists()
        assert (lane.stats().killed, lane.stats().cancelled) == (0, 1)


async def test_calls_cancelled_about_when_they_end_neither_hang_nor_get_lost() -> None:
    """400 calls, 40 % of them cancelled close to their end; every one ends, and the counts say how."""
    chance = random.Random(3)
    async with running(2, queue=None) as lane:

        async def one(cancelled: bool) -> object:
            call = asyncio.create_task(lane.call(jobs.sleep, (0.004,)))
            if cancelled:
                await asyncio.sleep(chance.uniform(0.002, 0.012))
                call.cancel()
            with suppress(asyncio.CancelledError):
                return await call
            return None

        async def many() -> list[object]:
            return [await one(chance.random() < 0.4) for _ in range(50)]

        async with asyncio.timeout(45):
            results = await asyncio.gather(*[many() for _ in range(8)])
        stats = lane.stats()

    answered = sum(result is not None for part in results for result in part)
    assert stats.served + stats.cancelled == 400
    assert 400 * 0.5 < answered <= stats.served
    assert (stats.busy, stats.queued, stats.crashed) == (0, 0, 0)


# --- Crashes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "args", "exitcode"),
    [
        (jobs.exit_hard, (3,), 3),
        (jobs.kill_self, (), -signal.SIGKILL),
        (jobs.segfault, (), -signal.SIGSEGV),
    ],
    ids=["exit", "kill", "segfault"],
)
async def test_a_crash_fails_its_call_and_no_other(
    function: Callable[..., object], args: tuple[object, ...], exitcode: int, tmp_path: Path
) -> None:
    async with running(2) as lane, occupied(lane, tmp_path, 1):
        with pytest.raises(WorkerCrashedError) as caught:
            await lane.call(function, args)

        assert (caught.value.lane, caught.value.exitcode) == ("test", exitcode)
        assert caught.value.function == f"{JOBS}.{function.__name__}"
        assert [await lane.call(jobs.add, (n,)) for n in range(5)] == list(range(5))
        assert lane.stats().crashed == 1


async def test_a_process_killed_from_outside_fails_its_call(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    async with running() as lane:
        call = asyncio.create_task(lane.call(jobs.announce_and_sleep, (str(file),)))
        os.kill(await pid_in(file), signal.SIGKILL)

        with pytest.raises(WorkerCrashedError, match="was ended by SIGKILL"):
            await call


async def test_an_idle_process_that_is_killed_costs_no_call() -> None:
    """Neither a call that comes before anybody has noticed."""
    async with running(1) as lane:
        pid = await lane.call(jobs.pid)
        os.kill(pid, signal.SIGKILL)
        while alive(pid):
            time.sleep(0.001)  # noqa: ASYNC251 - the loop must not notice

        assert await lane.call(jobs.pid) != pid
        assert lane.stats().crashed == 0


async def test_a_fork_server_that_is_killed_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    async with running(1) as lane:
        call = asyncio.create_task(lane.call(jobs.announce_and_sleep, (str(file),)))
        worker = await pid_in(file)
        server = lane._pool._server
        assert server is not None
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)

        with pytest.raises(WorkerCrashedError, match="together with the lane's fork server"):
            await call
        assert await lane.call(jobs.add, (1, 2)) == 3
        await until(lambda: not alive(worker))


async def test_processes_that_end_at_once_are_not_replaced_without_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(1) as lane:
        await lane.call(jobs.pid)
        await until(lambda: len(lane.pids()) == 3)
        end = time.monotonic() + 0.5
        killed = 0
        while time.monotonic() < end:
            server = lane._pool._server
            assert server is not None
            for pid in lane.pids():
                if pid != server.pid and alive(pid):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
            await asyncio.sleep(0.001)

        assert 2 <= killed < 40
        assert await lane.call(jobs.add, (1, 2)) == 3


# --- Recycling ----------------------------------------------------------------------------------------------------


async def test_a_process_is_replaced_after_its_calls() -> None:
    async with running(1, recycle=3) as lane:
        pids = [await lane.call(jobs.pid) for _ in range(9)]

        assert [len(set(pids[start : start + 3])) for start in (0, 3, 6)] == [1, 1, 1]
        assert len(set(pids)) == 3
        assert (lane.stats().recycled, lane.stats().crashed) == (3, 0)


async def test_a_process_that_holds_too_much_memory_is_replaced_after_its_call() -> None:
    limit = 200 * 1024 * 1024
    async with running(1, max_rss=limit) as lane:
        small = [await lane.call(jobs.hold, (1,)) for _ in range(3)]
        large = await lane.call(jobs.hold, (220,))
        after = await lane.call(jobs.pid)

        assert set(small) == {large}
        assert after != large
        await until(lambda: not alive(large))
        assert lane.stats().recycled == 1


# --- What is left behind ------------------------------------------------------------------------------------------


def open_sockets() -> int:
    """How many this process has: a lane opens nothing else, and others (the guard) may open files meanwhile."""
    found = 0
    for file in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one by which they are listed
            found += str(file.readlink()).startswith("socket:")
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
async def test_no_socket_is_left_by_200_calls() -> None:
    """Well ended, failed, killed, crashed, large and recycled ones."""
    async with running(2, recycle=20) as lane:
        await lane.call(jobs.echo, (bytes(LARGE_BYTES * 2),))  # starts threads, which stay
        before = open_sockets()
        for number in range(200):
            kind = number % 10
            with suppress(jobs.PlainError, WorkerCrashedError, LaneTimeoutError):
                if kind == 0:
                    await lane.call(jobs.raise_plain, (1,))
                elif kind == 1:
                    await lane.call(jobs.exit_hard, (1,))
                elif kind == 2:
                    await lane.call(jobs.sleep, (60,), timeout=0.01)
                elif kind == 3:
                    await lane.call(jobs.echo, (bytes(LARGE_BYTES * 2),))
                else:
                    await lane.call(jobs.pid)
        await until(lambda: open_sockets() <= before)


SERVER = """
import asyncio, sys
sys.path.insert(0, {root!r})
from laneway.lanes.process_lane import ProcessLane
from tests.unit.lanes import process_jobs as jobs

async def main():
    lane = ProcessLane("test", 2, preload=[jobs.__name__])
    await lane.start()
    spinning = asyncio.create_task(lane.call(jobs.announce_and_spin, ({file!r},)))
    while len(lane.pids()) < 4:
        await asyncio.sleep(0.005)
    print(*lane.pids(), flush=True)
    await spinning

asyncio.run(main())
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
async def test_no_process_outlives_a_server_that_is_killed(tmp_path: Path) -> None:
    """Two seconds after kill -9, idle and busy workers and the fork server are gone."""
    file = tmp_path / "pid"
    program = SERVER.format(root=str(Path(__file__).parents[2]), file=str(file))
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as server:  # noqa: ASYNC220
        assert server.stdout is not None
        pids = [int(word) for word in (await asyncio.to_thread(server.stdout.readline)).split()]
        busy = await pid_in(file)
        assert busy in pids
        assert all(map(alive, pids))
        server.kill()

        await until(lambda: not any(map(alive, pids)), patience=2.0)


QUIET = """
import asyncio, operator
from laneway.lanes.process_lane import ProcessLane

async def main():
    lane = ProcessLane("test", 2, recycle=1)
    await lane.start()
    assert await lane.call(operator.add, (1, 2)) == 3
    await lane.stop()

asyncio.run(main())
"""


def test_processes_say_nothing_in_development_mode() -> None:
    """No warning about something left open, in the server or in its processes, which inherit the mode."""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", QUIET]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
