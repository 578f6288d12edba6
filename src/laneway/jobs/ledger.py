"""A store with a bell: whoever changes a job tells those who wait for it."""

import time
from collections.abc import AsyncIterator
from time import monotonic

from laneway.jobs.bell import Bell
from laneway.jobs.engine import Store
from laneway.jobs.errors import UnknownJobError
from laneway.jobs.records import JobEvent, JobRecord
from laneway.jobs.transitions import Transition, cancel

LOOK_SECONDS = 1.0  # who waits looks this often even if no bell rings


class Ledger:
    """The jobs, as everybody in this process sees and changes them.

    Attributes:
        store: Where they are kept.
        bell: Rung whenever one changes.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.bell = Bell()

    async def add(self, record: JobRecord) -> JobRecord:
        """Keep a new job; see `Store.add`."""
        return await self.store.add(record)

    async def get(self, job_id: str) -> JobRecord:
        """A job.

        Raises:
            UnknownJobError: There is none.
        """
        record = await self.store.get(job_id)
        if record is None:
            raise UnknownJobError(job_id)
        return record

    async def update(self, job_id: str, transition: Transition) -> JobRecord | None:
        """Change a job; see `Store.update`."""
        record = await self.store.update(job_id, transition)
        if record is not None:
            self.bell.ring((job_id,))
        return record

    async def cancel(self, job_id: str) -> JobRecord:
        """Ask a job to stop; what it is now.

        Raises:
            UnknownJobError: There is none.
        """
        changed = await self.update(job_id, cancel(time.time()))
        return changed or await self.get(job_id)

    async def events(self, job_id: str, after: int) -> AsyncIterator[JobEvent]:
        """What happened to a job since an event and what happens from now on, up to its final state.

        Raises:
            UnknownJobError: There is no such job, or it was forgotten meanwhile.
        """
        with self.bell.listening(job_id) as ear:
            while True:
                for event in await self.store.events(job_id, after):
                    after = event.id
                    yield event
                    if event.is_last:
                        return
                record = await self.get(job_id)
                if record.status.is_final and record.events <= after:
                    return  # the client has seen the end before
                if record.events <= after:
                    await ear.wait(LOOK_SECONDS)

    async def ended(self, job_id: str, timeout: float | None) -> JobRecord:  # noqa: ASYNC109  # goes with the message
        """A job once it has ended.

        Raises:
            TimeoutError: It has not within `timeout` seconds.
            UnknownJobError: There is no such job.
        """
        until = float("inf") if timeout is None else monotonic() + timeout
        with self.bell.listening(job_id) as ear:
            while not (record := await self.get(job_id)).status.is_final:
                left = until - monotonic()
                if left <= 0:
                    raise TimeoutError(f"job {job_id} is {record.status} after {timeout:g} seconds")
                await ear.wait(min(left, LOOK_SECONDS))
        return record
