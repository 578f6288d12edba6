"""The command `worker`."""

import asyncio

from laneway.discovery import FoundApp
from laneway.jobs.worker import prepare_worker, work
from laneway.server.loading import set_aside_what_stays


def run_worker(found: FoundApp, queues: list[str]) -> None:
    """Run an app's jobs until a signal ends it."""
    jobs = prepare_worker(found.app, queues)
    shown = ", ".join(f"{name} ({places} at once)" for name, places in jobs.queues.items())

    def is_ready() -> None:
        set_aside_what_stays()
        print(f"Laneway runs the jobs of {found.import_string}: {shown}", flush=True)

    asyncio.run(work(found.app, is_ready))
