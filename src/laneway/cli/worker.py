"""The command `worker`."""

import asyncio

from laneway.discovery import FoundApp
from laneway.jobs.worker import prepare_worker, work


def run_worker(found: FoundApp, queues: list[str]) -> None:
    """Run an app's jobs until a signal ends it."""
    jobs = prepare_worker(found.app, queues)
    shown = ", ".join(f"{name} ({places} at once)" for name, places in jobs.queues.items())
    asyncio.run(
        work(found.app, lambda: print(f"Laneway runs the jobs of {found.import_string}: {shown}", flush=True))
    )
