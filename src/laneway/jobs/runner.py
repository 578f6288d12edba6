"""What a worker does with a parcel: begin, run, and say how it ended."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from laneway.jobs import transitions
from laneway.jobs.attempt import run_attempt
from laneway.jobs.errors import JobCancelledError, JobTimeoutError
from laneway.jobs.function import JobFunction
from laneway.jobs.ledger import Ledger
from laneway.jobs.progress import Progress
from laneway.jobs.records import JobError, JobRecord, Parcel
from laneway.jobs.status import JobStatus
from laneway.jobs.transitions import Ending, Transition
from laneway.lanes.deadline import due_in
from laneway.lanes.errors import LaneTimeoutError

logger = logging.getLogger("laneway.jobs")

PROGRESS_SECONDS = 0.2  # between two writes of progress
GRACE_SECONDS = 1.0  # for a function that was told to stop; then it is left behind
UNKNOWN_SECONDS = 30.0  # before a job of a function that this worker does not have is delivered again
MESSAGE_LENGTH = 2000  # of an error's message, in characters

TIMEOUT, CANCELLED, SHUTDOWN = "timeout", "cancelled", "shutdown"

Functions = Mapping[str, JobFunction[..., Any]]


def job_error(error: BaseException) -> JobError:
    """What clients get to know of an exception."""
    return JobError(type(error).__name__, str(error)[:MESSAGE_LENGTH])


class Run:
    """One attempt at a job, from its beginning to the transition that ends it."""

    def __init__(self, ledger: Ledger, function: JobFunction[..., Any], app: Any, record: JobRecord) -> None:
        self.record = record
        self._ledger = ledger
        self._function = function
        self._app = app
        self._loop = asyncio.get_running_loop()
        self._said = asyncio.Event()
        self._telling = asyncio.Lock()
        self._told: object = None
        self._why: str | None = None
        self.progress = Progress(record.id, record.attempt, self._tell)
        self.task: asyncio.Task[str] | None = None

    # -- progress

    def _tell(self) -> None:
        with suppress(RuntimeError):  # a thread that was left behind, and a loop that is gone
            self._loop.call_soon_threadsafe(self._said.set)

    async def _pump(self) -> None:
        """Keep what the function says, not more often than anybody can read."""
        while True:
            await self._said.wait()
            self._said.clear()
            async with self._telling:
                latest = self.progress.latest
                if latest is not None and latest is not self._told:
                    await self._ledger.update(self.record.id, transitions.report(self.record.attempt, latest))
                    self._told = latest
            await asyncio.sleep(PROGRESS_SECONDS)

    # -- running

    def stop(self, why: str) -> None:
        """Let the function stop, as far as it can be: `async def` is cancelled, `def` may ask `progress.check()`."""
        if self._why is None and self.task is not None and not self.task.done():
            self._why = why
            self.progress.stop(why)
            self.task.cancel()

    def abandon(self) -> None:
        """Wait no longer for a function that does not stop."""
        if self.task is not None:
            self.task.cancel()

    async def go(self) -> Transition:
        """Run the function; what becomes of the job."""
        pump = asyncio.create_task(self._pump())
        with due_in(self._function.options.timeout or float("inf")):
            self.task = asyncio.create_task(self._attempt())
        ended = await self._wait(self.task)
        async with self._telling:  # so that no write is cut off in the middle and told twice
            pump.cancel()
        return self._outcome(self.task) if ended else self._left_behind()

    async def _attempt(self) -> str:
        return await run_attempt(self._function, self._app, self.record.arguments, self.progress)

    async def _wait(self, task: "asyncio.Task[str]") -> bool:
        """Whether the function ended in its time, or soon after it was told that its time is over."""
        await asyncio.wait((task,), timeout=self._function.options.timeout)
        self.stop(TIMEOUT)
        if not task.done():
            await asyncio.wait((task,), timeout=GRACE_SECONDS)
        return task.done()

    # -- what comes of it

    def _end(self, status: JobStatus, result: str | None = None, error: JobError | None = None) -> Transition:
        unsaid = self.progress.latest if self.progress.latest is not self._told else None
        return transitions.end(self.record.attempt, Ending(status, result, error, unsaid), time.time())

    def _left_behind(self) -> Transition:
        """The function does not stop. It goes on unheard, and there is no other attempt beside it."""
        logger.error(
            "job %s (%s) did not stop when it was told to (%s); its function goes on and nobody hears it. "
            "Call progress.check() in it now and then",
            self.record.id,
            self.record.function,
            self._why,
        )
        if self._why == SHUTDOWN:
            return transitions.release(self.record.attempt, time.time())
        if self._why == CANCELLED:
            return self._end(JobStatus.cancelled)
        return self._end(JobStatus.timed_out, error=job_error(self._timeout_error()))

    def _timeout_error(self) -> JobTimeoutError:
        return JobTimeoutError(f"the attempt took longer than {self._function.options.timeout:g} seconds")

    def _outcome(self, task: "asyncio.Task[str]") -> Transition:
        error: BaseException | None
        try:
            error = task.exception()
        except asyncio.CancelledError as cancelled:
            error = cancelled
        if error is None:
            return self._end(JobStatus.succeeded, task.result())
        stopped = isinstance(error, asyncio.CancelledError | JobCancelledError | JobTimeoutError)
        if stopped and self._why == CANCELLED:
            return self._end(JobStatus.cancelled)
        if stopped and self._why == SHUTDOWN:
            return transitions.release(self.record.attempt, time.time())
        if stopped and self._why == TIMEOUT:
            error = self._timeout_error()
        return self._failed(error)

    def _failed(self, error: BaseException) -> Transition:
        failures, retry = self.record.failures + 1, self._function.options.retry
        told = job_error(error)
        # Arguments or results of the wrong type stay wrong.
        again = retry.helps(error, failures) and not isinstance(error, ValidationError)
        logger.log(
            logging.WARNING if again else logging.ERROR,
            "job %s (%s) failed in attempt %d%s",
            self.record.id,
            self.record.function,
            self.record.attempt,
            ", will be tried again" if again else "",
            exc_info=error,
        )
        if again:
            now = time.time()
            return transitions.retry(self.record.attempt, told, now + retry.wait(failures), now)
        too_slow = isinstance(error, JobTimeoutError | LaneTimeoutError)
        status = JobStatus.timed_out if too_slow else JobStatus.failed
        return self._end(status, error=told)


class Runner:
    """Runs the jobs of this process, so many of each queue at once.

    Attributes:
        worker: Name of this process in the records.
        running: Attempts of now, by job.
    """

    def __init__(
        self, ledger: Ledger, functions: Functions, app: Any, queues: Mapping[str, int], worker: str
    ) -> None:
        self.worker = worker
        self.running: dict[str, Run] = {}
        self._ledger = ledger
        self._functions = functions
        self._app = app
        self._places = {name: asyncio.Semaphore(size) for name, size in queues.items()}
        self._stopping = False
        self._busy: set[asyncio.Task[Any]] = set()
        self._waiting: set[Parcel] = set()

    async def receive(self, parcel: Parcel) -> None:
        """Deal with a parcel; it may be forgotten afterwards."""
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        self._waiting.add(parcel)
        try:
            async with self._places[parcel.queue]:
                self._waiting.discard(parcel)
                if self._stopping:
                    await self._give_back(parcel, time.time())
                elif parcel.job_id not in self.running:  # else delivered twice, to the same process
                    await self._open(parcel)
        finally:
            self._waiting.discard(parcel)
            self._busy.discard(task)

    async def _give_back(self, parcel: Parcel, due: float) -> None:
        await self._ledger.update(parcel.job_id, transitions.give_back(parcel.delivery, due))

    async def _open(self, parcel: Parcel) -> None:
        record = await self._ledger.store.get(parcel.job_id)
        if record is None or record.status.is_final:
            return
        function = self._functions.get(record.function)
        now = time.time()
        if function is None:
            logger.error(
                "job %s waits for a function %r that this worker does not have", record.id, record.function
            )
            await self._give_back(parcel, now + UNKNOWN_SECONDS)
            return
        begin = transitions.begin(parcel, self.worker, now, function.options.max_crashes)
        begun = await self._ledger.update(record.id, begin)
        if begun is not None and begun.status is JobStatus.running:
            await self._run(Run(self._ledger, function, self._app, begun))

    async def _run(self, run: Run) -> None:
        self.running[run.record.id] = run
        try:
            transition = await run.go()
        finally:
            del self.running[run.record.id]
        await self._ledger.update(run.record.id, transition)

    def cancel(self, job_id: str) -> None:
        """Let a running job stop."""
        if (run := self.running.get(job_id)) is not None:
            run.stop(CANCELLED)

    async def stop(self, patience: float) -> None:
        """Begin nothing more, give running jobs some seconds to end, and give back the others."""
        self._stopping = True
        for parcel in list(self._waiting):
            await self._give_back(parcel, time.time())
        if self._busy:
            await asyncio.wait(self._busy, timeout=patience)
        for run in list(self.running.values()):
            run.stop(SHUTDOWN)
        if self._busy:
            await asyncio.wait(self._busy, timeout=GRACE_SECONDS)
        for run in list(self.running.values()):  # whatever these still say will be too late to be heard
            now = time.time()
            await self._ledger.update(run.record.id, transitions.release(run.record.attempt, now))
            run.abandon()
