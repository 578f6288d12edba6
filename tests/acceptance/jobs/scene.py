"""An app with jobs of every kind, the same for all engines."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from anyio import from_thread
from pydantic import BaseModel

from laneway import Depends, Laneway, lanes
from laneway.jobs import Job, JobFunction, Jobs, Progress, Retry, jobs_router
from laneway.lanes import Deadline


class Order(BaseModel):
    """What a job is asked for."""

    title: str
    due: datetime
    parts: list[int] = []


class Report(BaseModel):
    """What a job gives."""

    title: str
    total: int


@dataclass
class Scene:
    """The app and what its jobs left behind.

    Attributes:
        said: What happened, in order.
        gate: Opened by a test for the job that waits for it.
    """

    app: Laneway
    said: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def function(self, name: str) -> "JobFunction[..., object]":
        """A job function."""
        return self.app.jobs.functions[name]

    async def enqueue(self, name: str, *args: object, **options: object) -> "Job[object]":
        """A job of a function."""
        return await self.function(name).enqueue(*args, **options)  # type: ignore[arg-type]

    def count(self, word: str) -> int:
        """How often something was said."""
        return self.said.count(word)


def build_square(number: int) -> int:
    """Computed in another process."""
    return number * number


def make_scene(url: str) -> Scene:  # noqa: PLR0915  # as many functions as there are ways
    """An app whose jobs are kept at a URL."""
    app = Laneway(
        jobs=Jobs(url, queues={"default": 10, "narrow": 1}, patience=0.1), lanes={"math": lanes.processes(1)}
    )
    scene = Scene(app)
    say = scene.said.append

    async def connection() -> AsyncIterator[str]:
        say("opened")
        try:
            yield "connection"
        finally:
            say("closed")

    def settings() -> Iterator[str]:
        say("settings")
        yield "settings"
        say("settings closed")

    @app.job()
    async def build(order: Order, factor: int = 2) -> Report:
        return Report(title=order.title, total=factor * sum(order.parts))

    @app.job()
    def build_in_thread(order: Order) -> Report:
        say(threading.current_thread().name)
        return Report(title=order.title, total=sum(order.parts))

    app.job(lane="math")(build_square)

    @app.job()
    async def with_dependencies(
        number: int, db: str = Depends(connection), config: str = Depends(settings)
    ) -> str:
        say("running")
        return f"{number} {db} {config}"

    @app.job()
    async def fail_with_dependency(db: str = Depends(connection)) -> None:
        raise OSError("no disk")

    @app.job(retry=Retry(attempts=3, first=0.05, on=(OSError,)))
    async def fail_twice(progress: Progress) -> int:
        say("attempt")
        if progress.attempt < 3:
            raise OSError("not yet")
        return progress.attempt

    @app.job(retry=Retry(attempts=3, first=0.05, on=(OSError,)))
    async def fail_wrongly() -> None:
        say("attempt")
        raise ValueError("never")

    @app.job()
    async def wrong_result() -> int:
        return "no number"  # type: ignore[return-value]

    @app.job(timeout=0.2)
    async def slow() -> None:
        await asyncio.sleep(30)

    @app.job(timeout=0.2, retry=Retry(attempts=2, first=0.05, on=(TimeoutError,)))
    def slow_in_thread(progress: Progress) -> None:
        say("attempt")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            progress.check()
            time.sleep(0.01)

    @app.job()
    async def wait(db: str = Depends(connection)) -> str:
        say("waiting")
        await scene.gate.wait()
        return "done"

    @app.job()
    def wait_in_thread(progress: Progress) -> str:
        say("waiting")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            progress.check()
            time.sleep(0.01)
        return "never"

    @app.job(timeout=0.2, retry=Retry(attempts=3, first=0.05))
    def deaf(db: str = Depends(connection)) -> None:
        say("attempt")
        time.sleep(4)

    @app.job(timeout=5)
    async def remaining(deadline: Deadline) -> float:
        return deadline.remaining()

    @app.job()
    async def enqueue_another(order: Order) -> Report | None:
        job = await build.enqueue(order)
        return await job.result(timeout=5)

    @app.job(queue="narrow")
    async def one_at_a_time() -> None:
        say("in")
        await asyncio.sleep(0.05)
        say("out")

    @app.job()
    async def report_quickly(steps: int, progress: Progress) -> None:
        for step in range(1, steps + 1):
            await progress(done=step, total=steps, note=f"step {step}")

    @app.job()
    async def report_slowly(steps: int, progress: Progress) -> None:
        for step in range(1, steps + 1):
            await progress(done=step, total=steps)
            await asyncio.sleep(0.25)

    @app.job(keep=0)
    async def forget() -> None:
        pass

    @app.job(name="other name")
    async def named() -> None:
        pass

    @app.post("/reports")
    async def create(order: Order, key: str | None = None, owner: str | None = None) -> Job[Report]:
        return await build.enqueue(order, key=key, owner=owner)

    @app.post("/reports-from-thread")
    def create_in_thread(order: Order) -> Job[Report]:
        return from_thread.run(build.enqueue, order)

    app.include_router(jobs_router(app.jobs), prefix="/jobs")
    return scene


@asynccontextmanager
async def served(scene: Scene, *, worker: bool = True) -> AsyncIterator[Scene]:
    """The scene while its app is served, without a server."""
    async with app_lifespan(scene.app, worker=worker):
        yield scene


@asynccontextmanager
async def app_lifespan(app: Laneway, *, worker: bool) -> AsyncIterator[None]:
    """The jobs and lanes of an app."""
    try:
        async with app.jobs.serving(app, worker=worker):
            yield
    finally:
        await app.lanes.stop()


async def until(true: "object", seconds: float = 5.0) -> None:
    """Return once a function gives something true."""
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it never came to be"
        await asyncio.sleep(0.01)
