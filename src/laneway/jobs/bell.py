"""Wakes who waits for news of a job."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Ear:
    """One who waits for news of one job."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There is news."""
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Return when there was news since the last call, or when the time is over."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()


class Bell:
    """All who wait, by job."""

    def __init__(self) -> None:
        self._ears: dict[str, set[Ear]] = {}

    def __bool__(self) -> bool:
        """Whether anybody waits."""
        return bool(self._ears)

    @contextmanager
    def listening(self, job_id: str) -> Iterator[Ear]:
        """An ear for news of a job, from here on."""
        ear = Ear()
        ears = self._ears.setdefault(job_id, set())
        ears.add(ear)
        try:
            yield ear
        finally:
            ears.discard(ear)
            if not ears and self._ears.get(job_id) is ears:
                del self._ears[job_id]

    def ring(self, job_ids: Iterable[str]) -> None:
        """Tell that there is news of these."""
        for job_id in job_ids:
            for ear in self._ears.get(job_id, ()):
                ear.ring()

    def ring_all(self) -> None:
        """Let everybody look."""
        self.ring(self._ears)
