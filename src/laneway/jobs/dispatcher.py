"""What every process with jobs does in the background: send what is due, listen for news, tidy up."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from laneway.jobs import transitions
from laneway.jobs.engine import Engine
from laneway.jobs.function import JobFunction
from laneway.jobs.ledger import Ledger
from laneway.jobs.records import JobRecord, Parcel
from laneway.jobs.runner import Runner
from laneway.jobs.schedules import Schedule, keep_ticks
from laneway.jobs.status import JobStatus

logger = logging.getLogger("laneway.jobs")

DUE_SECONDS = 0.25  # between two looks for jobs whose time has come
NEWS_SECONDS = 0.1  # between two looks for what other processes did
TICK_SECONDS = 0.5  # between two looks at the schedules
AUDIT_SECONDS = 5.0  # between two searches for jobs that the delivery lost
AUDIT_AFTER_SECONDS = 10.0  # how long a job may wait before it is searched for
PURGE_SECONDS = 60.0  # between two clean-ups
TROUBLE_SECONDS = 1.0  # after an error, before the next look
BATCH = 100


def parcel_of(record: JobRecord) -> Parcel:
    """What is sent for a job."""
    return Parcel(record.id, record.queue, record.delivery)


class Dispatcher:
    """The background work of one process.

    Args:
        engine: Store and delivery.
        ledger: The store with its bell.
        functions: The job functions there are.
        schedules: Jobs that come by themselves.
        runner: Who runs jobs here; None in a process that only sends.
    """

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        functions: Mapping[str, JobFunction[..., Any]],
        schedules: list[Schedule],
        runner: Runner | None,
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        self._functions = functions
        self._schedules = schedules
        self._runner = runner
        self._new = asyncio.Event()
        self._mark = -1
        self._audited = ""
        self._tasks: list[asyncio.Task[None]] = []

    def hurry(self) -> None:
        """There is a new job."""
        self._new.set()

    def start(self) -> None:
        """Begin."""
        loops: list[tuple[Callable[[], Awaitable[object]], Callable[[], Awaitable[object]]]] = [
            (self.send_due, self._wait_for_new),
            (self._hear, _sleep(NEWS_SECONDS)),
            (self._audit, _sleep(AUDIT_SECONDS)),
            (self._purge, _sleep(PURGE_SECONDS)),
        ]
        if self._schedules:
            loops.append((self._tick, _sleep(TICK_SECONDS)))
        if self._runner is not None:
            loops.append((self._check_running, _sleep(2.0)))
        self._tasks = [asyncio.create_task(_repeat(work, pause)) for work, pause in loops]

    async def stop(self) -> None:
        """End; what is not sent stays in the store."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- sending

    async def _wait_for_new(self) -> None:
        try:
            async with asyncio.timeout(DUE_SECONDS):
                await self._new.wait()
        except TimeoutError:
            return

    async def send_due(self) -> None:
        """Hand everything to the delivery that is due."""
        self._new.clear()
        while due := await self._ledger.store.unsent(time.time(), BATCH):
            await self._engine.delivery.send([parcel_of(record) for record in due])
            await asyncio.gather(
                *(self._ledger.update(record.id, transitions.sent(record.delivery)) for record in due)
            )
            if len(due) < BATCH:
                return

    # -- hearing

    async def _hear(self) -> None:
        """Ring for what other processes did, and stop what somebody cancelled there."""
        if not self._ledger.bell and not self._running:
            self._mark = -1  # nobody asks; begin with the news of then
            return
        if self._mark < 0:
            self._mark, _ = await self._ledger.store.changed(-1)
            self._ledger.bell.ring_all()  # for what happened between their look and the mark
            await self._check_running()
            return
        self._mark, changed = await self._ledger.store.changed(self._mark)
        self._ledger.bell.ring(changed)
        for job_id in changed & self._running:
            await self._stop_if_cancelled(job_id)

    @property
    def _running(self) -> set[str]:
        return set() if self._runner is None else set(self._runner.running)

    async def _check_running(self) -> None:
        for job_id in self._running:
            await self._stop_if_cancelled(job_id)

    async def _stop_if_cancelled(self, job_id: str) -> None:
        record = await self._ledger.store.get(job_id)
        if self._runner is not None and record is not None and record.status is JobStatus.cancelling:
            self._runner.cancel(job_id)

    # -- tidying

    async def _tick(self) -> None:
        if await keep_ticks(self._schedules, self._ledger.store):
            self.hurry()

    async def _audit(self) -> None:
        """Send again what the delivery was given and does not have: it lost its data, or was interrupted."""
        due = time.time() - AUDIT_AFTER_SECONDS
        records = await self._ledger.store.underway(due, self._audited, BATCH)
        self._audited = records[-1].id if len(records) == BATCH else ""
        known = {parcel_of(record): record for record in records if record.id not in self._running}
        for parcel in await self._engine.delivery.missing(known):
            record = known[parcel]
            function = self._functions.get(record.function)
            limit = 3 if function is None else function.options.max_crashes
            lost = transitions.lost(parcel, record.attempt, time.time(), limit)
            if await self._ledger.update(record.id, lost) is not None:
                logger.warning("job %s was lost on its way to a worker and is sent again", record.id)

    async def _purge(self) -> None:
        await self._ledger.store.purge(time.time())
        await self._engine.delivery.tidy()


def _sleep(seconds: float) -> Callable[[], Awaitable[None]]:
    return lambda: asyncio.sleep(seconds)


async def _repeat(work: Callable[[], Awaitable[object]], pause: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await work()
        except Exception:
            logger.exception("the background work of jobs failed; it is tried again")
            await asyncio.sleep(TROUBLE_SECONDS)
        await pause()
