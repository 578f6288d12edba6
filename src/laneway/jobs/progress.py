"""What a job's function says of itself while it runs."""

import asyncio
from collections.abc import Callable, Generator

from laneway.jobs.errors import JobCancelledError, JobTimeoutError
from laneway.jobs.records import JobProgress


class Said:
    """What `progress(...)` returns: in `async def` to be awaited, in `def` to be left alone."""

    __slots__ = ()

    def __await__(self) -> Generator[object, object, None]:
        return asyncio.sleep(0).__await__()


_SAID = Said()


class Progress:
    """Says how far a job is; a parameter of this type gets it.

    Of what is said within 0.2 seconds the last is told, and what was said last of all is told before the end.

    Attributes:
        job_id: The job, the same in all its attempts: the key for whatever must not be done twice.
        attempt: 1 in the first run, counted up with every one that follows, whatever ended the one before.

    Example:
        @app.job()
        async def build(parts: list[str], progress: Progress) -> None:
            for number, part in enumerate(parts, 1):
                await render(part)
                await progress(done=number, total=len(parts), note=part)
    """

    def __init__(self, job_id: str = "", attempt: int = 1, tell: Callable[[], object] | None = None) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self.latest: JobProgress | None = None
        self._tell = tell
        self._stop: str | None = None

    def __call__(
        self, done: float | None = None, total: float | None = None, note: str | None = None
    ) -> Said:
        """Say how far the job is.

        Args:
            done: What is done, in whatever unit the job counts.
            total: What there is to do, if that is known.
            note: What it does at the moment.
        """
        self.latest = JobProgress(done, total, note)
        if self._tell is not None:
            self._tell()
        return _SAID

    def check(self) -> None:
        """Stop here if the job is to stop: what a `def` in a thread calls now and then, as nobody can stop it.

        Raises:
            JobCancelledError: Somebody cancelled the job, or its worker shuts down.
            JobTimeoutError: The attempt took longer than it may.
        """
        if self._stop == "timeout":
            raise JobTimeoutError("the job takes longer than its timeout")
        if self._stop is not None:
            raise JobCancelledError(f"the job was asked to stop: {self._stop}")

    def stop(self, why: str) -> None:
        """Let the next `check` raise."""
        self._stop = why
