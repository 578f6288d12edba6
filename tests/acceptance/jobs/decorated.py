"""A job that computes, declared apart from its app and decorated as all others."""

import os

from laneway.jobs import Jobs

jobs = Jobs("memory:")


@jobs.job(lane="math")
def cube(number: int) -> tuple[int, int]:
    """The third power, and the process that knows it."""
    return number**3, os.getpid()
