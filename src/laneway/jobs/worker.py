"""`laneway worker`: a process that runs an app's jobs and serves no requests."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from laneway.jobs.errors import JobsError
from laneway.jobs.manager import Jobs


class NoJobsError(JobsError):
    """The app has no jobs that a process of their own could run; the message says why."""


def prepare_worker(app: Any, queues: Sequence[str] = ()) -> Jobs:
    """Let an app's lifespan run jobs in this process.

    Args:
        app: The app.
        queues: The queues to look into; all when empty.

    Raises:
        NoJobsError: It has no jobs, keeps them in memory, or has no such queue.
    """
    jobs: Jobs | None = getattr(app, "_jobs", None)
    if jobs is None:
        raise NoJobsError(
            "the app has no jobs; Laneway(jobs='sqlite:///var/jobs.db') says where they are kept"
        )
    if jobs.url.startswith("memory:"):
        raise NoJobsError(
            "the app keeps its jobs in the memory of its server, where no other process can run them"
        )
    if unknown := [name for name in queues if name not in jobs.queues]:
        raise NoJobsError(f"there is no queue {', '.join(unknown)}; there are {', '.join(jobs.queues)}")
    jobs.worker = True
    jobs.queues = {name: places for name, places in jobs.queues.items() if not queues or name in queues}
    return jobs


async def work(app: Any, on_ready: Callable[[], object]) -> None:
    """Run an app's jobs, within its lifespan, until SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows, where Ctrl+C cancels
            loop.add_signal_handler(number, told.set)
    async with app.router.whole_lifespan(app):
        on_ready()
        await told.wait()
