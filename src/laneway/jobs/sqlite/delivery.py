"""DBOS Transact brings parcels to workers, through a SQLite file of its own beside that of the jobs.

What is done here and why, each measured:

- A SQLAlchemy engine of ours: WAL, immediate transactions, long patience. DBOS's own uses a rollback journal, a quarter
  as fast.
- One name for each worker, unique among the living and stable over restarts (`slots`): with equal names, a second
  process starts all running jobs again; with a new name, the jobs of a dead process are never found.
- One constant application version: DBOS would not touch jobs that were enqueued by another version of the code.
- A clock for SQLite before 3.42 (Debian 12), without which DBOS fails on Python 3.12 and newer.
- JSON, never pickle: a parcel is three plain values.
- No limit on recoveries: attempts are counted in the record, where retries and dead letters are decided.
- A parcel is a workflow without steps. That it ran is all that DBOS remembers, and `tidy` forgets.
"""

import asyncio
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy
from dbos import DBOS, DBOSClient, DBOSConfig
from dbos import Serializer as DbosSerializer
from sqlalchemy import event

from laneway.jobs.engine import Receive
from laneway.jobs.errors import JobsError
from laneway.jobs.records import Parcel
from laneway.jobs.sqlite.calls import CallThreads
from laneway.jobs.sqlite.slots import Slot, Slots

logger = logging.getLogger("laneway.jobs")

WORKFLOW = "laneway.parcel"
SUBSECONDS = (3, 42)
"""SQLite before this gives NULL for `unixepoch('subsec')`, which DBOS takes for granted on Python 3.12 and newer."""
NAME = "laneway"  # of the application, for DBOS
VERSION = "laneway-1"  # of the parcels' form, for DBOS
POLL_SECONDS = 0.1  # between two looks into a queue; each costs a millisecond of processor time
SURVEY_SECONDS = 1.0  # between two looks for dead workers
AHEAD = 5  # parcels taken per place, so that a place need not wait for the next look
SPARE_THREADS = 2  # for what has just ended and is being written down
TIDY_BATCH = 1000
LAST_WRITES_SECONDS = 1.0  # for threads of DBOS at the end
ALIVE = ["ENQUEUED", "PENDING", "DELAYED"]
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


class JsonText(DbosSerializer):
    """Plain JSON; DBOS pickles otherwise."""

    def serialize(self, data: Any) -> str:
        """Data as JSON; errors, which nobody reads, as their text."""
        return json.dumps(data, default=str)

    def deserialize(self, serialized_data: str) -> Any:
        """Data from JSON."""
        return json.loads(serialized_data)

    def name(self) -> str:
        """What the file says of its values."""
        return "laneway_json"


def threads_for(queues: Mapping[str, int]) -> int:
    """How many threads DBOS may have.

    PERF: each thread that wakes up contends for the interpreter with the event loop. With one for each parcel that is taken
    ahead, an enqueue in the same process took twice as long (median 0.8 instead of 0.35 ms, 4 at a time). Of one queue, what
    is taken ahead can wait without a thread. Of several, each parcel has one: a full queue must not hold up the others.
    """
    places = sum(queues.values())
    return (places if len(queues) == 1 else places * AHEAD) + SPARE_THREADS


def workflow_id(parcel: Parcel) -> str:
    """What DBOS knows a parcel by: sending it twice is sending it once."""
    return f"{parcel.job_id}.{parcel.delivery}"


def make_sql_engine(path: Path, synchronous: str) -> sqlalchemy.Engine:
    """Connections to the file, as several processes need them."""
    engine = sqlalchemy.create_engine(
        sqlalchemy.URL.create("sqlite", database=str(path)), pool_size=20, max_overflow=0
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute("PRAGMA busy_timeout = 30000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        if sqlite3.sqlite_version_info < SUBSECONDS:
            connection.create_function("unixepoch", -1, _now)

    return engine


def _dispose(engine: sqlalchemy.Engine) -> None:
    """Close all connections; threads of DBOS that write how a parcel ended get a moment to give theirs back."""
    deadline = time.monotonic() + LAST_WRITES_SECONDS
    assert isinstance(engine.pool, sqlalchemy.QueuePool)
    while engine.pool.checkedout() and time.monotonic() < deadline:
        time.sleep(0.005)
    engine.dispose()


def _now(*_arguments: str) -> float:
    """`unixepoch('subsec')`, the only form that DBOS uses."""
    return time.time()


class DbosDelivery:
    """See `Delivery`.

    DBOS is one per process, so an app that works off a file cannot share its process with another one that does.

    Args:
        path: The file of the queue.
        synchronous: As for the store.
    """

    _in_use = threading.Lock()

    def __init__(self, path: Path, synchronous: str) -> None:
        self._path = path
        self._synchronous = synchronous
        self._slots = Slots(path)
        self._slot: Slot | None = None
        self._receive: Receive | None = None
        self._survey: asyncio.Task[None] | None = None
        self._carried: set[Future[None]] = set()
        self._closing = ExitStack()

    async def start(self, receive: Receive | None, queues: Mapping[str, int]) -> None:
        """See `Delivery.start`.

        Raises:
            JobsError: Another app in this process works off a file.
        """
        self._loop = asyncio.get_running_loop()
        self._receive = receive
        self._threads = CallThreads("laneway-jobs-queue", 2)
        try:
            await self._threads.call(partial(self._open, queues))
        except BaseException:
            await self.stop()
            raise
        if receive is not None:
            self._survey = asyncio.create_task(self._look_for_dead_workers())

    def _open(self, queues: Mapping[str, int]) -> None:
        logging.getLogger("dbos").setLevel(logging.CRITICAL)  # what it has to tell is told by us
        self._engine = make_sql_engine(self._path, self._synchronous)
        self._closing.callback(_dispose, self._engine)
        with self._engine.connect():
            pass  # makes the file, with a log of its own for ever
        DBOS.migrate(f"sqlite:///{self._path}")
        self._client = DBOSClient(
            system_database_engine=self._engine, serializer=JsonText(), application_name=NAME
        )
        self._closing.callback(self._client.destroy)
        if self._receive is not None:
            for name, places in queues.items():  # before the start, which looks for them once a second
                self._client.register_queue(
                    name, worker_concurrency=places * AHEAD, polling_interval_sec=POLL_SECONDS
                )
            self._launch(queues)

    def _launch(self, queues: Mapping[str, int]) -> None:
        if not self._in_use.acquire(blocking=False):
            raise JobsError(
                "another app in this process runs jobs from SQLite; let one of them only enqueue: Jobs(..., worker=False)"
            )
        self._closing.callback(self._in_use.release)
        self._slot = self._closing.enter_context(self._slots.take())
        self._deliver_again(self._slot)  # before DBOS does, which would put them into a queue of its own
        self._closing.callback(self._put_back, self._slot)  # what was taken ahead and had no turn
        DBOS(config=self._config(self._slot.name, threads_for(queues)))
        self._closing.callback(DBOS.destroy, workflow_completion_timeout_sec=0, destroy_registry=True)

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
        def carry(job_id: str, queue: str, delivery: int) -> None:
            self._carry(Parcel(job_id, queue, delivery))

        DBOS.listen_queues(list(queues))
        DBOS.launch()

    def _config(self, executor: str, threads: int) -> DBOSConfig:
        return {
            "name": NAME,
            "system_database_url": f"sqlite:///{self._path}",
            "system_database_engine": self._engine,
            "application_version": VERSION,
            "executor_id": executor,
            "max_executor_threads": threads,
            "serializer": JsonText(),
            "log_level": "CRITICAL",
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 0.2,
            "scheduler_polling_interval_sec": 3600.0,
        }

    def _carry(self, parcel: Parcel) -> None:
        """Hand the parcel to the event loop and wait until it may be forgotten."""
        assert self._receive is not None
        carried = asyncio.run_coroutine_threadsafe(_received(self._receive, parcel), self._loop)
        self._carried.add(carried)
        try:
            carried.result()
        finally:
            self._carried.discard(carried)

    async def rest(self) -> None:
        """Nothing that DBOS could be told short of ending it."""

    async def stop(self) -> None:
        """See `Delivery.stop`."""
        if self._survey is not None:
            self._survey.cancel()
            with suppress(asyncio.CancelledError):
                await self._survey
        for carried in list(
            self._carried
        ):  # of functions that were left behind: their threads would stay for ever
            carried.cancel()
        await self._threads.call(self._closing.close)
        self._threads.stop()

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """See `Delivery.send`."""
        await self._threads.call(lambda: self._send(parcels))

    def _send(self, parcels: Sequence[Parcel]) -> None:
        with self._engine.begin() as connection:
            for parcel in parcels:
                self._client.enqueue_in_transaction(
                    connection,
                    {
                        "workflow_name": WORKFLOW,
                        "queue_name": parcel.queue,
                        "workflow_id": workflow_id(parcel),
                        "app_version": VERSION,
                        "application_name": NAME,
                    },
                    parcel.job_id,
                    parcel.queue,
                    parcel.delivery,
                )

    async def missing(self, parcels: Iterable[Parcel]) -> list[Parcel]:
        """See `Delivery.missing`."""
        asked = {workflow_id(parcel): parcel for parcel in parcels}
        if not asked:
            return []
        listed = partial(
            self._client.list_workflows,
            workflow_ids=list(asked),
            status=ALIVE,
            load_input=False,
            load_output=False,
        )
        alive = {status.workflow_id for status in await self._threads.call(listed)}
        return [parcel for known, parcel in asked.items() if known not in alive]

    async def tidy(self) -> None:
        """See `Delivery.tidy`."""
        while await self._threads.call(self._forget_some) == TIDY_BATCH:  # noqa: ASYNC110  # nothing to be told of
            await asyncio.sleep(0.1)  # let others write in between

    def _forget_some(self) -> int:
        ended = self._client.list_workflows(
            status=ENDED, limit=TIDY_BATCH, load_input=False, load_output=False
        )
        if ended:
            self._client.delete_workflows([status.workflow_id for status in ended])
        return len(ended)

    async def _look_for_dead_workers(self) -> None:
        while True:
            await asyncio.sleep(SURVEY_SECONDS)  # nobody tells us that a process died
            try:
                await self._threads.call(self._take_over)
            except Exception:
                logger.exception("the jobs of dead workers could not be looked for; it is tried again")

    def _take_over(self) -> None:
        """Let parcels of dead workers be delivered again."""
        for number in self._slots.others(self._slot):
            slot = self._slots.try_one(number)
            if slot is None:
                continue
            with slot:  # nobody can take its name while we look
                self._deliver_again(slot)

    def _deliver_again(self, slot: Slot) -> None:
        """Put back what the dead worker of a slot had."""
        if count := self._put_back(slot):
            logger.warning("a worker died (%s); its %d jobs are delivered again", slot.name, count)

    def _put_back(self, slot: Slot) -> int:
        """Put back what the worker of a slot has, each parcel into its queue; how many there were."""
        left = self._client.list_workflows(
            status="PENDING", executor_id=slot.name, load_input=False, load_output=False
        )
        for queue in {status.queue_name for status in left if status.queue_name}:
            ids = [status.workflow_id for status in left if status.queue_name == queue]
            self._client.resume_workflows(ids, queue_name=queue)
        return len(left)


async def _received(receive: Receive, parcel: Parcel) -> None:
    try:
        await receive(parcel)
    except Exception:
        logger.exception("job %s could not be worked on; it will be delivered again", parcel.job_id)
