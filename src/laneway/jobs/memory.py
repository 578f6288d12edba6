"""The engine for tests: everything in this process, gone with it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from laneway.jobs.engine import Engine, Receive
from laneway.jobs.records import (
    KEPT_PROGRESS,
    TRIM_EVERY,
    Change,
    JobEvent,
    JobFilter,
    JobRecord,
    Parcel,
    Told,
)
from laneway.jobs.transitions import Transition, told_of


class MemoryStore:
    """Keeps jobs in dictionaries; nothing awaits within a change, so each is atomic."""

    def __init__(self) -> None:
        self._records: dict[str, JobRecord] = {}
        self._events: dict[str, list[JobEvent]] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._ticks: dict[str, float] = {}
        self._news: list[str] = []

    async def open(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""

    async def add(self, record: JobRecord) -> JobRecord:
        """See `Store.add`."""
        if record.key is not None:
            taken = self._keys.setdefault((record.function, record.key), record.id)
            if taken != record.id:
                return self._records[taken]
        return self._write(Change(record, (told_of(record),)))

    def _write(self, change: Change) -> JobRecord:
        record = replace(change.record, events=change.record.events + len(change.told))
        for number, told in enumerate(change.told, change.record.events + 1):
            self._append(record.id, number, told)
        self._records[record.id] = record
        return record

    def _append(self, job_id: str, number: int, told: Told) -> None:
        events = self._events.setdefault(job_id, [])
        events.append(JobEvent(number, told.kind, told.data))
        if number % TRIM_EVERY == 0:
            oldest = number - KEPT_PROGRESS
            events[:] = [event for event in events if event.kind == "status" or event.id > oldest]
        self._news.append(job_id)

    async def get(self, job_id: str) -> JobRecord | None:
        """See `Store.get`."""
        return self._records.get(job_id)

    async def find(self, wanted: JobFilter) -> list[JobRecord]:
        """See `Store.find`."""
        found = sorted(self._records.values(), key=_age, reverse=True)
        if wanted.before is not None:
            pivot = self._records.get(wanted.before)
            found = [record for record in found if pivot is not None and _age(record) < _age(pivot)]
        return [record for record in found if wanted.takes(record)][: wanted.limit]

    async def update(self, job_id: str, transition: Transition) -> JobRecord | None:
        """See `Store.update`."""
        record = self._records.get(job_id)
        change = None if record is None else transition(record)
        return None if change is None else self._write(change)

    async def events(self, job_id: str, after: int) -> list[JobEvent]:
        """See `Store.events`."""
        return [event for event in self._events.get(job_id, ()) if event.id > after]

    async def changed(self, since: int) -> tuple[int, set[str]]:
        """See `Store.changed`."""
        mark = len(self._news)
        return mark, set(self._news[since:]) if since >= 0 else set()

    async def unsent(self, due: float, limit: int) -> list[JobRecord]:
        """See `Store.unsent`."""
        waiting = [
            record
            for record in self._records.values()
            if record.status.is_waiting and not record.sent and record.due <= due
        ]
        return sorted(waiting, key=lambda record: record.due)[:limit]

    async def underway(self, due: float, after: str, limit: int) -> list[JobRecord]:
        """See `Store.underway`."""
        found = [
            record
            for record in self._records.values()
            if record.sent and not record.status.is_final and record.due <= due and record.id > after
        ]
        return sorted(found, key=lambda record: record.id)[:limit]

    async def tick(self, schedule: str, tick: float, record: JobRecord | None) -> bool:
        """See `Store.tick`."""
        last = self._ticks.get(schedule)
        if last is None or (record is not None and last < tick):
            self._ticks[schedule] = tick
        if last is None or record is None or last >= tick:
            return False
        await self.add(record)
        return True

    async def purge(self, ended_before: float) -> int:
        """See `Store.purge`."""
        old = [
            record
            for record in self._records.values()
            if record.ended is not None and record.ended + record.keep <= ended_before
        ]
        for record in old:
            del self._records[record.id], self._events[record.id]
            if record.key is not None:
                del self._keys[record.function, record.key]
        return len(old)


def _age(record: JobRecord) -> tuple[float, str]:
    return record.created, record.id


class MemoryDelivery:
    """Hands parcels to this process's worker, each in a task of its own."""

    def __init__(self) -> None:
        self._receive: Receive | None = None
        self._queues: Mapping[str, int] = {}
        self._carried: dict[Parcel, asyncio.Task[None]] = {}

    async def start(self, receive: Receive | None, queues: Mapping[str, int]) -> None:
        """See `Delivery.start`."""
        self._receive, self._queues = receive, queues

    async def rest(self) -> None:
        """See `Delivery.rest`."""
        self._receive = None

    async def stop(self) -> None:
        """See `Delivery.stop`."""
        for task in self._carried.values():
            task.cancel()
        await asyncio.gather(*self._carried.values(), return_exceptions=True)

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """See `Delivery.send`."""
        for parcel in parcels:
            if self._receive is not None and parcel.queue in self._queues and parcel not in self._carried:
                self._carried[parcel] = asyncio.create_task(self._carry(parcel, self._receive))

    async def _carry(self, parcel: Parcel, receive: Receive) -> None:
        try:
            await receive(parcel)
        finally:
            del self._carried[parcel]

    async def missing(self, parcels: Iterable[Parcel]) -> list[Parcel]:
        """See `Delivery.missing`."""
        return [parcel for parcel in parcels if parcel not in self._carried and parcel.queue in self._queues]

    async def tidy(self) -> None:
        """Nothing to do."""


def memory_engine() -> Engine:
    """An engine that forgets everything when its process ends."""
    return Engine("memory", MemoryStore(), MemoryDelivery())
