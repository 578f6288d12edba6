"""A thread that has a SQLite connection, and the way to it from the event loop."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from laneway.jobs.errors import JobsNotRunningError

T = TypeVar("T")

Work = Callable[[sqlite3.Connection], T]

BUSY_MILLISECONDS = 30_000  # to wait for other processes that write
BATCH = 200  # pieces of work that share a transaction at most


class _Asked(NamedTuple):
    work: Work[Any]
    answer: "asyncio.Future[Any]"


class ConnectionThread:
    """Does work with a connection, one piece after the other.

    A writer puts all that waits into one transaction: a commit costs more than what is in it. Each piece has a
    savepoint, so that one that fails takes nothing back of the others.

    Args:
        path: The file.
        writes: Whether it writes; if not, each piece sees what is committed when it begins.
        synchronous: `NORMAL` survives any crash of processes, `FULL` also that of the machine.
    """

    def __init__(self, path: Path, *, writes: bool, synchronous: str) -> None:
        self._path = path
        self._writes = writes
        self._synchronous = synchronous
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._stopped = False
        name = f"laneway-jobs-{'writer' if writes else 'reader'}"
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)
        self._thread.start()

    async def do(self, work: Work[T]) -> T:
        """The result of a piece of work; once it is there, it is committed.

        Raises:
            Exception: Whatever the work raises; then nothing of it was done.
            JobsNotRunningError: The thread was told to end.
        """
        if self._stopped:
            raise JobsNotRunningError("the app that has these jobs is no longer served")
        answer: asyncio.Future[T] = self._loop.create_future()
        self._asked.put(_Asked(work, answer))
        return await answer

    async def stop(self) -> None:
        """Do what was asked for, and end."""
        self._stopped = True
        self._asked.put(None)
        await asyncio.to_thread(self._thread.join)

    # -- in the thread

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        return connection

    def _main(self) -> None:
        connection: sqlite3.Connection | None = None
        try:
            going = True
            while going:
                batch, going = self._next()
                try:
                    connection = connection or self._connect()
                    outcomes = (
                        self._transaction(connection, batch) if self._writes else _each(connection, batch)
                    )
                except sqlite3.Error as error:  # the file cannot be opened, written or committed
                    outcomes = [error] * len(batch)
                self._answer(batch, outcomes)
        finally:
            if connection is not None:
                connection.close()

    def _next(self) -> tuple[list[_Asked], bool]:
        """Work that waits, at least one piece; whether more may come."""
        batch: list[_Asked] = []
        item = self._asked.get()
        while item is not None:
            batch.append(item)
            if len(batch) == BATCH:
                break
            try:
                item = self._asked.get_nowait()
            except queue.Empty:
                break
        return batch, item is not None

    def _transaction(self, connection: sqlite3.Connection, batch: list[_Asked]) -> list[object]:
        if not batch:
            return []
        connection.execute("BEGIN IMMEDIATE")
        try:
            outcomes = [_saved(connection, asked.work) for asked in batch]
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return outcomes

    def _answer(self, batch: list[_Asked], outcomes: list[object]) -> None:
        def tell() -> None:
            for asked, outcome in zip(batch, outcomes, strict=True):
                if asked.answer.done():  # who asked was cancelled
                    continue
                if isinstance(outcome, Exception):
                    asked.answer.set_exception(outcome)
                else:
                    asked.answer.set_result(outcome)

        if batch and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(tell)


def _saved(connection: sqlite3.Connection, work: Work[Any]) -> object:
    """The result of a piece of work, or its error, taken back."""
    connection.execute("SAVEPOINT piece")
    try:
        outcome: object = work(connection)
    except Exception as error:  # belongs to who asked
        if not connection.in_transaction:  # SQLite took back everything: disk full, I/O error
            raise
        connection.execute("ROLLBACK TO piece")
        outcome = error
    connection.execute("RELEASE piece")
    return outcome


def _each(connection: sqlite3.Connection, batch: list[_Asked]) -> list[object]:
    outcomes: list[object] = []
    for asked in batch:
        try:
            outcomes.append(asked.work(connection))
        except Exception as error:  # noqa: BLE001  # belongs to who asked
            outcomes.append(error)
    return outcomes
