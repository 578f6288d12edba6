"""Every way in which a job may change, as functions from record to change; None where the change is not allowed.

Engines run them in a transaction of theirs, so two processes cannot both be the one that ends a job. Whoever is late
(an attempt believed dead, a parcel delivered twice) is told by `attempt` and `delivery`, and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from laneway.jobs.records import Change, JobError, JobProgress, JobRecord, Parcel, Told
from laneway.jobs.status import JobStatus

Transition = Callable[[JobRecord], Change | None]


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended.

    Attributes:
        status: A final state.
        result: The result as JSON, of a success.
        error: What was raised.
        progress: What was last said and not yet kept.
    """

    status: JobStatus
    result: str | None = None
    error: JobError | None = None
    progress: JobProgress | None = None


def told_of(record: JobRecord) -> Told:
    """The event that tells where a job stands."""
    data: dict[str, object] = {"status": record.status.value, "attempt": record.attempt}
    if record.error is not None and record.status not in (JobStatus.running, JobStatus.succeeded):
        data["error"] = {"type": record.error.type, "message": record.error.message}
    return Told("status", data)


def progress_told(progress: JobProgress) -> Told:
    """The event that tells how far a job is."""
    return Told("progress", {"done": progress.done, "total": progress.total, "note": progress.note})


def _to(record: JobRecord, *before: Told) -> Change:
    return Change(record, (*before, told_of(record)))


def _ended(record: JobRecord, status: JobStatus, now: float, error: JobError | None = None) -> Change:
    return _to(replace(record, status=status, ended=now, error=error))


def _has(record: JobRecord, attempt: int) -> bool:
    """Whether an attempt is the one that runs."""
    return record.attempt == attempt and record.status in (JobStatus.running, JobStatus.cancelling)


def sent(delivery: int) -> Transition:
    """The job was handed to the delivery."""

    def change(record: JobRecord) -> Change | None:
        if record.delivery != delivery or record.sent or not record.status.is_waiting:
            return None
        moved = replace(record, sent=True)
        if record.status is JobStatus.scheduled:
            return _to(replace(moved, status=JobStatus.queued))
        return Change(moved)

    return change


def begin(parcel: Parcel, worker: str, now: float, max_crashes: int) -> Transition:
    """A worker begins with a job, or finds that it crashed too often."""

    def change(record: JobRecord) -> Change | None:
        if record.status.is_final or record.delivery != parcel.delivery:
            return None
        if not record.status.is_waiting:  # delivered again: the worker that had it is dead
            return _after_crash(record, partial(_begun, worker=worker, now=now), now, max_crashes)
        return _begun(record, worker, now)

    return change


def _begun(record: JobRecord, worker: str, now: float) -> Change:
    return _to(
        replace(
            record,
            status=JobStatus.running,
            sent=True,
            attempt=record.attempt + 1,
            worker=worker,
            started=now,
            progress=None,
        )
    )


def _after_crash(
    record: JobRecord, again: Callable[[JobRecord], Change], now: float, max_crashes: int
) -> Change:
    crashed = replace(record, crashes=record.crashes + 1)
    if record.status is JobStatus.cancelling:
        return _ended(crashed, JobStatus.cancelled, now)
    if crashed.crashes >= max_crashes:
        error = JobError("WorkerCrashed", f"the worker died {crashed.crashes} times while it ran this job")
        return _ended(crashed, JobStatus.crashed, now, error)
    return again(crashed)


def end(attempt: int, ending: Ending, now: float) -> Transition:
    """An attempt ended, and with it the job."""

    def change(record: JobRecord) -> Change | None:
        if not _has(record, attempt):
            return None
        progress = ending.progress or record.progress
        ended = replace(
            record,
            status=ending.status,
            ended=now,
            result=ending.result,
            error=ending.error,
            progress=progress,
        )
        before = () if ending.progress is None else (progress_told(ending.progress),)
        return _to(ended, *before)

    return change


def retry(attempt: int, error: JobError, due: float, now: float) -> Transition:
    """An attempt failed and another one follows, unless somebody asked the job to stop meanwhile."""

    def change(record: JobRecord) -> Change | None:
        if not _has(record, attempt):
            return None
        if record.status is JobStatus.cancelling:
            return _ended(record, JobStatus.cancelled, now, error)
        waiting = replace(record, status=JobStatus.retrying, failures=record.failures + 1, error=error)
        return _to(_to_be_sent(waiting, due))

    return change


def _to_be_sent(record: JobRecord, due: float) -> JobRecord:
    return replace(record, delivery=record.delivery + 1, sent=False, due=due)


def release(attempt: int, now: float) -> Transition:
    """The worker stops and gives the job back; the attempt does not count as failed."""

    def change(record: JobRecord) -> Change | None:
        if not _has(record, attempt):
            return None
        if record.status is JobStatus.cancelling:
            return _ended(record, JobStatus.cancelled, now)
        return _to(_to_be_sent(replace(record, status=JobStatus.queued), now))

    return change


def give_back(delivery: int, due: float) -> Transition:
    """A worker got a parcel that it cannot open now; it is delivered again."""

    def change(record: JobRecord) -> Change | None:
        if record.delivery != delivery or not record.status.is_waiting:
            return None
        return Change(_to_be_sent(record, due))

    return change


def lost(parcel: Parcel, attempt: int, now: float, max_crashes: int) -> Transition:
    """The delivery knows nothing of a job that it was given."""

    def change(record: JobRecord) -> Change | None:
        same = record.delivery == parcel.delivery and record.attempt == attempt
        if not same or record.status.is_final or not record.sent:
            return None
        if record.status.is_waiting:
            return Change(_to_be_sent(record, now))
        return _after_crash(record, partial(_queued_again, now=now), now, max_crashes)

    return change


def _queued_again(record: JobRecord, now: float) -> Change:
    return _to(_to_be_sent(replace(record, status=JobStatus.queued), now))


def cancel(now: float) -> Transition:
    """Somebody wants the job to stop."""

    def change(record: JobRecord) -> Change | None:
        if record.status.is_waiting:
            return _ended(record, JobStatus.cancelled, now)
        if record.status is JobStatus.running:
            return _to(replace(record, status=JobStatus.cancelling))
        return None

    return change


def report(attempt: int, progress: JobProgress) -> Transition:
    """A running attempt says how far it is."""

    def change(record: JobRecord) -> Change | None:
        if not _has(record, attempt):
            return None
        return Change(replace(record, progress=progress), (progress_told(progress),))

    return change
