"""The thread that writes: many pieces of work, few commits, no piece spoils another."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from laneway.jobs import JobsError
from laneway.jobs.sqlite.store import SqliteStore
from laneway.jobs.sqlite.thread import ConnectionThread


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[ConnectionThread]:
    thread = ConnectionThread(tmp_path / "x.db", writes=True, synchronous="NORMAL")
    await thread.do(lambda connection: connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
    yield thread
    await thread.stop()


def insert(number: int, then: Exception | None = None) -> object:
    def work(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        if then is not None:
            raise then
        return number

    return work


async def numbers(writer: ConnectionThread) -> list[int]:
    return await writer.do(
        lambda connection: [n for (n,) in connection.execute("SELECT n FROM t ORDER BY n")]
    )


async def test_work_that_fails_is_taken_back_alone(writer: ConnectionThread) -> None:
    asked = [insert(1), insert(2, ValueError("no")), insert(1), insert(3)]
    results = await asyncio.gather(*(writer.do(work) for work in asked), return_exceptions=True)  # type: ignore[arg-type]

    assert results[0] == 1
    assert isinstance(results[1], ValueError)
    assert isinstance(results[2], sqlite3.IntegrityError)
    assert await numbers(writer) == [1, 3]


async def test_what_was_answered_is_committed(writer: ConnectionThread, tmp_path: Path) -> None:
    await writer.do(insert(7))  # type: ignore[arg-type]
    with closing(sqlite3.connect(tmp_path / "x.db")) as other:
        assert other.execute("SELECT n FROM t").fetchall() == [(7,)]


async def test_who_is_cancelled_does_not_disturb_the_others(writer: ConnectionThread) -> None:
    tasks = [asyncio.ensure_future(writer.do(insert(number))) for number in range(5)]  # type: ignore[arg-type]
    await asyncio.sleep(0)
    tasks[2].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [results[place] for place in (0, 1, 3, 4)] == [0, 1, 3, 4]


async def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").mkdir()

    with pytest.raises(sqlite3.OperationalError):
        await SqliteStore(tmp_path / "jobs.db").open()


async def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "jobs.db")) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(JobsError, match="newer"):
        await SqliteStore(tmp_path / "jobs.db").open()
