"""Jobs that run in a lane of processes."""

import os

import pytest

from laneway import Laneway, lanes
from laneway.exceptions import FastAPIError
from laneway.jobs import JobDeclarationError, Jobs, Progress

from . import decorated
from .scene import app_lifespan


async def test_a_decorated_function_runs_in_a_process() -> None:
    """Its name stands for the job there as well, and it is the function that runs."""
    app = Laneway(jobs=decorated.jobs, lanes={"math": lanes.processes(1)})
    async with app_lifespan(app, worker=True):
        result, process = await (await decorated.cube.enqueue(3)).result(timeout=20)

    assert result == 27
    assert process != os.getpid()


async def test_async_functions_are_refused_at_the_start() -> None:
    app = Laneway(jobs=Jobs("memory:"), lanes={"math": lanes.processes(1)})

    @app.job(lane="math")
    async def wait() -> None: ...

    with pytest.raises(FastAPIError, match="is `async def` and cannot run in lane 'math'"):
        async with app_lifespan(app, worker=True):
            pass


async def test_progress_is_refused_at_the_start() -> None:
    app = Laneway(jobs=Jobs("memory:"), lanes={"math": lanes.processes(1)})
    app.job(lane="math")(tell)

    with pytest.raises(JobDeclarationError, match="cannot report progress"):
        async with app_lifespan(app, worker=True):
            pass


def tell(progress: Progress) -> None:
    """Would have to tell another process."""
