"""Where job functions bring their calls: what they need of `Jobs`, without knowing it."""

from typing import Protocol

from laneway.jobs.ledger import Ledger
from laneway.jobs.records import JobRecord


class Desk(Protocol):
    """Takes new jobs.

    Attributes:
        takes_background: Whether calls that were added to `BackgroundTasks` become jobs.
    """

    takes_background: bool

    @property
    def ledger(self) -> Ledger:
        """The jobs there are.

        Raises:
            JobsNotRunningError: The app is not being served.
        """

    async def add(self, record: JobRecord) -> JobRecord:
        """Keep a new job, or give the one that has its key."""
