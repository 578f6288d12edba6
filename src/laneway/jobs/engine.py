"""What an engine is: a store that keeps jobs, and a delivery that brings them to workers.

All rules of the game are in `laneway.jobs.transitions` and all running of functions in `laneway.jobs.runner`; an engine
has no more to do than to change records in transactions and to hand parcels around. Two promises make the rest true:

- `Store.update` is atomic among all processes: of two that change one record at once, the second sees what the first did.
- `Delivery` brings every parcel at least once. A parcel whose worker died is brought again, to another worker if need be;
  it never is while its worker lives.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from laneway.jobs.records import JobEvent, JobFilter, JobRecord, Parcel
from laneway.jobs.transitions import Transition

Receive = Callable[[Parcel], Awaitable[None]]
"""What a worker does with a parcel; it returns when the delivery may forget it."""


class Store(Protocol):
    """Keeps jobs and their events."""

    async def open(self) -> None:
        """Make ready; called once before all else."""

    async def close(self) -> None:
        """Let go of everything."""

    async def add(self, record: JobRecord) -> JobRecord:
        """Keep a new job; the one that there is already if its function and key are taken."""

    async def get(self, job_id: str) -> JobRecord | None:
        """A job; None if there is none."""

    async def find(self, wanted: JobFilter) -> list[JobRecord]:
        """Jobs, the latest first."""

    async def update(self, job_id: str, transition: Transition) -> JobRecord | None:
        """Change a job and keep what is told of it, in one transaction.

        Returns:
            The job as it is now; None if there is none or the transition refused.
        """

    async def events(self, job_id: str, after: int) -> list[JobEvent]:
        """What happened to a job since the event with this number."""

    async def changed(self, since: int) -> tuple[int, set[str]]:
        """Which jobs, of all processes, had events since a mark, and the next mark. -1 asks for the mark of now."""

    async def unsent(self, due: float, limit: int) -> list[JobRecord]:
        """Jobs that are due and not yet handed to the delivery, the longest due first."""

    async def underway(self, due: float, after: str, limit: int) -> list[JobRecord]:
        """Jobs that were handed to the delivery, due before a time, not ended; ids above `after`, in their order."""

    async def tick(self, schedule: str, tick: float, record: JobRecord | None) -> bool:
        """Keep the job of a tick unless this tick or a later one was there before; whether it was kept.

        The first tick of a schedule, and one without a record, is only remembered.
        """

    async def purge(self, ended_before: float) -> int:
        """Forget jobs whose time to be kept was over at a moment; how many."""


class Delivery(Protocol):
    """Brings parcels to workers."""

    async def start(self, receive: Receive | None, queues: Mapping[str, int]) -> None:
        """Begin.

        Args:
            receive: What gets the parcels; None in a process that only sends.
            queues: The queues it works on, each with the number of jobs that run at once.
        """

    async def rest(self) -> None:
        """Bring no more parcels, as far as that can be told; this worker gives back what comes all the same."""

    async def stop(self) -> None:
        """End. What `receive` is busy with must have ended before."""

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """Take parcels over; they survive from here on if the engine is durable. Twice is once."""

    async def missing(self, parcels: Iterable[Parcel]) -> list[Parcel]:
        """Those which it does not have any more, and no worker either."""

    async def tidy(self) -> None:
        """Forget parcels that were dealt with; called every minute or so."""


@dataclass(frozen=True, slots=True)
class AnswerTime:
    """How long a delivery waits for a worker's answer before it brings a parcel again.

    Attributes:
        seconds: So long.
        setting: What sets it.
        way_out: What to do if a job takes longer.
    """

    seconds: float
    setting: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Engine:
    """A store and a delivery that belong together.

    Attributes:
        name: As in the URL: `memory`, `sqlite`, `celery`.
        store: Where jobs are kept.
        delivery: How they get to workers.
        answer_time: Within which an attempt must have ended; None if the delivery waits for ever.
    """

    name: str
    store: Store
    delivery: Delivery
    answer_time: AnswerTime | None = None
