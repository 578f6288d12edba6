"""What can go wrong with jobs."""

from laneway.exceptions import LanewayError


class JobsError(LanewayError):
    """Base of the errors of jobs."""


class JobDeclarationError(JobsError):
    """A function cannot be a job as it is declared; the message says what to change."""


class JobArgumentsError(JobsError, ValueError):
    """A job was asked for with arguments that its function does not take; nothing was enqueued."""


class JobsNotRunningError(JobsError):
    """Jobs were used outside of the app's lifespan."""


class UnknownJobError(JobsError, LookupError):
    """There is no job with this id, or none any more."""

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id

    def __str__(self) -> str:
        return f"there is no job {self.job_id!r}, or it ended so long ago that it is no longer kept"


class JobEndedError(JobsError):
    """A job ended without a result.

    Attributes:
        job_id: The job.
        status: The state it ended in.
        type: Class name of what its last attempt raised; empty if it raised nothing.
        message: What that said.
    """

    def __init__(self, job_id: str, status: str, type: str = "", message: str = "") -> None:  # noqa: A002
        super().__init__(job_id, status, type, message)
        self.job_id = job_id
        self.status = status
        self.type = type
        self.message = message

    def __str__(self) -> str:
        told = f": {self.type}: {self.message}" if self.type else ""
        return f"job {self.job_id} is {self.status}{told}"


class JobCancelledError(JobsError):
    """Raised by `progress.check()`: somebody asked the job to stop."""


class JobTimeoutError(JobsError, TimeoutError):
    """An attempt took longer than its job's `timeout`."""
