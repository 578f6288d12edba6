"""A job as it is kept, and what happened to it: plain values, the same in every engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from laneway.jobs.status import JobStatus

KEPT_PROGRESS = 1000  # events of a job; of progress before those, only what was said last matters
TRIM_EVERY = 200  # events, so that a job does not pay for it each time

EventKind = Literal["status", "progress"]


@dataclass(frozen=True, slots=True)
class JobError:
    """What an attempt raised, as far as clients may know; the traceback is in the log.

    Attributes:
        type: Class name of the exception.
        message: What it said.
    """

    type: str
    message: str


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is.

    Attributes:
        done: What is done, in whatever unit the job counts.
        total: What there is to do; None when nobody knows.
        note: What it does at the moment.
    """

    done: float | None = None
    total: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job at one moment.

    Times are seconds since the epoch, as all processes must agree on them.

    Attributes:
        id: 128 random bits, hexadecimal.
        function: Name of the job function.
        queue: Where workers look for it.
        arguments: Its arguments as a JSON object.
        created: When it was enqueued.
        due: When it may begin, or begin again.
        keep: Seconds that it is kept after its end.
        key: What makes a second enqueue the same job.
        owner: Who may see it.
        status: Where it stands.
        delivery: How often it was handed to the delivery; what an older parcel says is ignored.
        sent: Whether this delivery was handed over.
        attempt: How often a worker began with it; what an older attempt says is ignored.
        failures: Attempts that raised or took too long.
        crashes: Attempts whose process died.
        worker: The process that runs it or ran it last.
        started: When the last attempt began.
        ended: When it reached its final state.
        progress: What it last said.
        result: Its result as JSON text.
        error: What its last failed attempt raised.
        events: How many events it has had.
    """

    id: str
    function: str
    queue: str
    arguments: str
    created: float
    due: float
    keep: float
    key: str | None = None
    owner: str | None = None
    status: JobStatus = JobStatus.queued
    delivery: int = 1
    sent: bool = False
    attempt: int = 0
    failures: int = 0
    crashes: int = 0
    worker: str | None = None
    started: float | None = None
    ended: float | None = None
    progress: JobProgress | None = None
    result: str | None = None
    error: JobError | None = None
    events: int = 0


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something that happened to a job.

    Attributes:
        id: 1, 2, 3... within the job; what a client sends back as `Last-Event-ID`.
        kind: `status` or `progress`.
        data: What it says, as JSON values.
    """

    id: int
    kind: EventKind
    data: Mapping[str, object]

    @property
    def is_last(self) -> bool:
        """Whether it tells the final state."""
        return self.kind == "status" and JobStatus(str(self.data["status"])).is_final


@dataclass(frozen=True, slots=True)
class Told:
    """An event before it has its number."""

    kind: EventKind
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a job, and what is told of it, in one transaction."""

    record: JobRecord
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a worker gets: which job, and the how manieth delivery of it this is."""

    job_id: str
    queue: str
    delivery: int


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; None stands for any.

    Attributes:
        before: Only jobs enqueued before the one with this id.
        limit: As many at most, the latest first.
    """

    status: JobStatus | None = None
    function: str | None = None
    queue: str | None = None
    owner: str | None = None
    before: str | None = None
    limit: int = 50

    def takes(self, record: JobRecord) -> bool:
        """Whether a job is what is asked for, wherever it stands in the list."""
        pairs = (
            (self.status, record.status),
            (self.function, record.function),
            (self.queue, record.queue),
            (self.owner, record.owner),
        )
        return all(asked is None or asked == has for asked, has in pairs)


RECORD = TypeAdapter(JobRecord)
"""Records as JSON and back."""
