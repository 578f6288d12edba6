"""A process lane with real processes, and what tests ask about them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from laneway.lanes.process_lane import ProcessLane
from tests.unit.lanes import process_jobs as jobs

JOBS = jobs.__name__
PATIENCE = 10.0  # seconds for what happens at once on a quiet machine


@asynccontextmanager
async def running(size: int = 2, **options: object) -> AsyncIterator[ProcessLane]:
    """A lane that has preloaded the jobs."""
    lane = ProcessLane("test", size, **{"preload": [JOBS], **options})  # type: ignore[arg-type]
    await lane.start()
    try:
        yield lane
    finally:
        await lane.stop(grace=0)


async def until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Wait until something holds."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.002)


async def pid_in(file: Path) -> int:
    """The process id that a job writes to a file."""
    await until(file.exists)
    return int(file.read_text())  # noqa: ASYNC240 - a few bytes


def alive(pid: int) -> bool:
    """Whether a process runs, zombies excluded."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


@asynccontextmanager
async def occupied(lane: ProcessLane, folder: Path, calls: int) -> AsyncIterator[None]:
    """So many calls run or wait in a lane."""
    go = folder / "go"
    tasks = [asyncio.create_task(lane.call(jobs.wait_for, (str(go),))) for _ in range(calls)]
    await until(lambda: lane.stats().busy + lane.stats().queued == calls)
    try:
        yield
    finally:
        go.touch()
        await asyncio.gather(*tasks)
