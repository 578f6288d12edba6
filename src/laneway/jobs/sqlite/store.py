"""Jobs in a SQLite file that several processes use."""

import json
import sqlite3
from dataclasses import asdict, replace
from pathlib import Path

from laneway.jobs.errors import JobsError
from laneway.jobs.records import (
    KEPT_PROGRESS,
    RECORD,
    TRIM_EVERY,
    Change,
    JobEvent,
    JobFilter,
    JobRecord,
)
from laneway.jobs.sqlite import statements
from laneway.jobs.sqlite.thread import ConnectionThread
from laneway.jobs.transitions import Transition, told_of


class SqliteStore:
    """Keeps jobs in a file; see `Store`.

    Args:
        path: The file; its folder is made if need be.
        synchronous: `NORMAL`, or `FULL` to survive a power cut with nothing lost.
    """

    def __init__(self, path: Path, synchronous: str = "NORMAL") -> None:
        self._path = path
        self._synchronous = synchronous
        self._writer: ConnectionThread
        self._reader: ConnectionThread

    async def open(self) -> None:
        """See `Store.open`.

        Raises:
            JobsError: The file was written by a newer version.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = ConnectionThread(self._path, writes=True, synchronous=self._synchronous)
        try:
            await self._writer.do(_migrate)
        except BaseException:
            await self._writer.stop()
            raise
        self._reader = ConnectionThread(self._path, writes=False, synchronous=self._synchronous)

    async def close(self) -> None:
        """See `Store.close`."""
        await self._reader.stop()
        await self._writer.stop()

    async def add(self, record: JobRecord) -> JobRecord:
        """See `Store.add`."""
        return await self._writer.do(lambda connection: _add(connection, record))

    async def get(self, job_id: str) -> JobRecord | None:
        """See `Store.get`."""
        return await self._reader.do(lambda connection: _get(connection, job_id))

    async def find(self, wanted: JobFilter) -> list[JobRecord]:
        """See `Store.find`."""
        return await self._reader.do(lambda connection: _records(connection, statements.FIND, asdict(wanted)))

    async def update(self, job_id: str, transition: Transition) -> JobRecord | None:
        """See `Store.update`."""
        return await self._writer.do(lambda connection: _update(connection, job_id, transition))

    async def events(self, job_id: str, after: int) -> list[JobEvent]:
        """See `Store.events`."""

        def read(connection: sqlite3.Connection) -> list[JobEvent]:
            rows = connection.execute(statements.EVENTS, (job_id, after))
            return [JobEvent(number, kind, json.loads(data)) for number, kind, data in rows]

        return await self._reader.do(read)

    async def changed(self, since: int) -> tuple[int, set[str]]:
        """See `Store.changed`."""
        return await self._reader.do(lambda connection: _changed(connection, since))

    async def unsent(self, due: float, limit: int) -> list[JobRecord]:
        """See `Store.unsent`."""
        return await self._reader.do(lambda connection: _records(connection, statements.UNSENT, (due, limit)))

    async def underway(self, due: float, after: str, limit: int) -> list[JobRecord]:
        """See `Store.underway`."""
        asked = (after, due, limit)
        return await self._reader.do(lambda connection: _records(connection, statements.UNDERWAY, asked))

    async def tick(self, schedule: str, tick: float, record: JobRecord | None) -> bool:
        """See `Store.tick`."""
        return await self._writer.do(lambda connection: _tick(connection, schedule, tick, record))

    async def purge(self, ended_before: float) -> int:
        """See `Store.purge`."""
        purged = count = await self._writer.do(lambda connection: _purge(connection, ended_before))
        while count:  # in pieces, so that others may write in between
            count = await self._writer.do(lambda connection: _purge(connection, ended_before))
            purged += count
        return purged


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > statements.VERSION:
        raise JobsError(
            f"the file of jobs has version {version}, written by a newer Laneway; this one knows {statements.VERSION}"
        )
    for statement in statements.SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {statements.VERSION}")


def _json(record: JobRecord) -> str:
    return RECORD.dump_json(record, exclude_none=True).decode()


def _stage(record: JobRecord) -> int:
    if record.status.is_final:
        return 2
    return 1 if record.sent else 0


def _expires(record: JobRecord) -> float | None:
    return None if record.ended is None else record.ended + record.keep


def _records(connection: sqlite3.Connection, statement: str, asked: object) -> list[JobRecord]:
    return [RECORD.validate_json(text) for (text,) in connection.execute(statement, asked)]  # type: ignore[arg-type]


def _get(connection: sqlite3.Connection, job_id: str) -> JobRecord | None:
    return next(iter(_records(connection, statements.BY_ID, (job_id,))), None)


def _add(connection: sqlite3.Connection, record: JobRecord) -> JobRecord:
    if record.key is not None:
        taken = _records(connection, statements.BY_KEY, (record.function, record.key))
        if taken:
            return taken[0]
    change = Change(record, (told_of(record),))
    kept = _tell(connection, change)
    row = (
        kept.id,
        kept.function,
        kept.key,
        kept.owner,
        kept.queue,
        kept.status.value,
        _stage(kept),
        kept.created,
        kept.due,
        _expires(kept),
        _json(kept),
    )
    connection.execute(statements.INSERT, row)
    return kept


def _update(connection: sqlite3.Connection, job_id: str, transition: Transition) -> JobRecord | None:
    record = _get(connection, job_id)
    change = None if record is None else transition(record)
    if change is None:
        return None
    kept = _tell(connection, change)
    row = (kept.status.value, _stage(kept), kept.due, _expires(kept), _json(kept), job_id)
    connection.execute(statements.UPDATE, row)
    return kept


def _tell(connection: sqlite3.Connection, change: Change) -> JobRecord:
    """Keep the events of a change; the record with their number."""
    record = change.record
    for number, told in enumerate(change.told, record.events + 1):
        connection.execute(statements.ADD_EVENT, (record.id, number, told.kind, json.dumps(told.data)))
        if number % TRIM_EVERY == 0:
            connection.execute(statements.TRIM_EVENTS, (record.id, number - KEPT_PROGRESS))
    return replace(record, events=record.events + len(change.told))


def _changed(connection: sqlite3.Connection, since: int) -> tuple[int, set[str]]:
    if since < 0:
        (mark,) = connection.execute(statements.LAST_NEWS).fetchone()
        return mark, set()
    rows = connection.execute(statements.NEWS, (since,)).fetchall()
    return (rows[-1][0] if rows else since), {job for _, job in rows}


def _tick(connection: sqlite3.Connection, schedule: str, tick: float, record: JobRecord | None) -> bool:
    row = connection.execute(statements.LAST_TICK, (schedule,)).fetchone()
    last: float | None = None if row is None else row[0]
    if last is None or (record is not None and last < tick):
        connection.execute(statements.KEEP_TICK, (schedule, tick))
    if last is None or record is None or last >= tick:
        return False
    _add(connection, record)
    return True


def _purge(connection: sqlite3.Connection, ended_before: float) -> int:
    old = connection.execute(statements.EXPIRED, (ended_before,)).fetchall()
    connection.executemany(statements.FORGET_EVENTS, old)
    connection.executemany(statements.FORGET, old)
    return len(old)
