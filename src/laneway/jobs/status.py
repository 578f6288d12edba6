"""Where a job stands."""

from enum import StrEnum


class JobStatus(StrEnum):
    """The states of a job; it ends in exactly one of the last five."""

    queued = "queued"  # waits for a worker
    scheduled = "scheduled"  # waits for its time
    running = "running"  # a worker has it
    retrying = "retrying"  # an attempt failed, waits for the next one
    cancelling = "cancelling"  # somebody asked it to stop, it still runs
    succeeded = "succeeded"  # its function returned; there is a result
    failed = "failed"  # its last attempt raised
    cancelled = "cancelled"  # it was stopped, or never began
    timed_out = "timed_out"  # its last attempt took too long
    crashed = "crashed"  # its process died under it too often; no further attempt

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more."""
        return self in FINAL

    @property
    def is_waiting(self) -> bool:
        """Whether no worker has begun with it, or not yet begun again."""
        return self in WAITING


FINAL = frozenset(
    {
        JobStatus.succeeded,
        JobStatus.failed,
        JobStatus.cancelled,
        JobStatus.timed_out,
        JobStatus.crashed,
    }
)
WAITING = frozenset({JobStatus.queued, JobStatus.scheduled, JobStatus.retrying})
