"""`Jobs`: the job functions of an app and where their calls are kept."""

import os
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypedDict, TypeVar, Unpack, cast, overload

from laneway.jobs.dispatcher import Dispatcher
from laneway.jobs.engine import Engine
from laneway.jobs.engines import make_engine
from laneway.jobs.errors import JobDeclarationError, JobsNotRunningError, UnknownJobError
from laneway.jobs.function import (
    AsyncJobFunction,
    BlockingJobFunction,
    JobFunction,
    JobOptions,
    Seconds,
    make_job_function,
    seconds_of,
)
from laneway.jobs.job import Job
from laneway.jobs.ledger import Ledger
from laneway.jobs.records import JobFilter, JobRecord
from laneway.jobs.retry import NO_RETRY, Retry
from laneway.jobs.runner import Runner
from laneway.jobs.schedules import Schedule, remember
from laneway.jobs.timetable import Timetable
from laneway.plan.app_scope import app_scope_of

P = ParamSpec("P")
R = TypeVar("R")

DEFAULT_QUEUE = "default"
DEFAULT_PLACES = 10  # jobs of a queue that a process runs at once


class JobKeywords(TypedDict, total=False):
    """Options of `job`, all by keyword."""

    name: str  # what its jobs are kept under; the function's name when absent
    retry: Retry  # which failed attempts are followed by another one; none when absent
    timeout: Seconds | None  # that an attempt may take
    max_crashes: int  # attempts whose process died, after which there is no other; 3 when absent
    lane: str | None  # where a `def` runs: a lane of threads or processes
    queue: str  # where workers look for its jobs; `default` when absent
    keep: Seconds  # that a job is kept after its end; 7 days when absent


class Register(Protocol):
    """What makes a job function of a function."""

    @overload
    def __call__(  # type: ignore[overload-overlap]  # what returns a coroutine is `async def`, first match wins
        self, call: Callable[P, Coroutine[Any, Any, R]], /
    ) -> AsyncJobFunction[P, R]: ...
    @overload
    def __call__(self, call: Callable[P, R], /) -> BlockingJobFunction[P, R]: ...


@dataclass(frozen=True, slots=True)
class _Open:
    """What there is while the app is served."""

    engine: Engine
    ledger: Ledger
    dispatcher: Dispatcher
    runner: Runner | None


class Jobs:
    """The job functions of an app, and where their calls are kept.

    Args:
        url: `sqlite:///var/jobs.db`, `celery+amqp://host/vhost?results=redis://host/0`, `celery+redis://host/0`, or
            `memory:` for tests.
        queues: Queues that workers look into, each with the jobs that one process runs at once; `default` with 10
            when absent.
        worker: Whether the server's own processes run jobs. If not, `laneway worker` does.
        patience: Seconds that running jobs have to end when their worker stops, before they are given back.

    Attributes:
        takes_background: Whether calls that were added to `BackgroundTasks` become jobs; set by the app.

    Example:
        jobs = Jobs("sqlite:///var/jobs.db", queues={"default": 10, "mail": 2})
        app = Laneway(jobs=jobs)
    """

    def __init__(
        self,
        url: str,
        *,
        queues: Mapping[str, int] | None = None,
        worker: bool = True,
        patience: float = 2.0,
    ) -> None:
        self.url = url
        self.queues = dict(queues or {DEFAULT_QUEUE: DEFAULT_PLACES})
        self.worker = worker
        self.patience = patience
        self.takes_background = False
        self.functions: dict[str, JobFunction[..., Any]] = {}
        self.schedules: list[Schedule] = []
        self._open: _Open | None = None
        make_engine(url)  # a wrong URL is told where it stands

    # -- declaring

    def job(self, **options: Unpack[JobKeywords]) -> Register:
        """Make a job function of a `def` or `async def`.

        Args:
            **options: See `JobKeywords`.

        Raises:
            JobDeclarationError: The function cannot be a job as it is.
        """

        def register(call: Callable[..., Any]) -> JobFunction[..., Any]:
            function = make_job_function(call, _options(call, options), self)
            self._check(function)
            self.functions[function.options.name] = function
            return function

        return cast(Register, register)

    def _check(self, function: JobFunction[..., Any]) -> None:
        name, queue = function.options.name, function.options.queue
        if name in self.functions:
            raise JobDeclarationError(
                f"there is a job {name!r} already; give one of them another: job(name=...)"
            )
        if queue not in self.queues:
            known = ", ".join(self.queues)
            raise JobDeclarationError(
                f"job {name!r} is for the queue {queue!r}, and there are only: {known}; "
                f"declare it with Jobs(queues={{{queue!r}: 10}})"
            )

    def schedule(
        self,
        function: JobFunction[..., Any],
        timetable: Timetable,
        *args: Any,
        schedule_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Enqueue a job by itself, each time once, however many processes there are.

        Of times that were missed while no process ran, the last one is made up for.

        Args:
            function: The job function.
            timetable: `cron("0 6 * * *", tz="Europe/Berlin")` or `every(60)`.
            *args: Its arguments.
            schedule_name: What all processes call it; function and timetable when absent.
            **kwargs: Its further arguments.

        Raises:
            JobArgumentsError: The function does not take these arguments.
        """
        name = schedule_name or f"{function.options.name} {timetable.spec}"
        if any(schedule.name == name for schedule in self.schedules):
            raise JobDeclarationError(f"there is a schedule {name!r} already; give it a schedule_name")
        schedule = Schedule(name, function, timetable, args, kwargs)
        schedule.record(0.0)  # wrong arguments are told where they stand
        self.schedules.append(schedule)

    # -- using

    @property
    def is_open(self) -> bool:
        """Whether jobs can be enqueued now."""
        return self._open is not None

    def _here(self) -> _Open:
        if self._open is None:
            raise JobsNotRunningError(
                "jobs are there while the app is served: in endpoints, in tests within `with TestClient(app)`, "
                "elsewhere within `async with app.jobs.serving(app, worker=False)`"
            )
        return self._open

    @property
    def ledger(self) -> Ledger:
        """The jobs there are.

        Raises:
            JobsNotRunningError: The app is not being served.
        """
        return self._here().ledger

    async def add(self, record: JobRecord) -> JobRecord:
        """Keep a new job, or give the one that has its key."""
        here = self._here()
        kept = await here.ledger.add(record)
        here.dispatcher.hurry()
        return kept

    async def get(self, function: JobFunction[P, R], job_id: str) -> Job[R]:
        """A job of a function.

        Raises:
            UnknownJobError: There is none, or it is another function's.
        """
        return function.handle(await self.record(job_id, function.options.name))

    async def record(self, job_id: str, function: str | None = None) -> JobRecord:
        """Everything that is kept of a job.

        Raises:
            UnknownJobError: There is none, or it is another function's.
        """
        record = await self.ledger.get(job_id)
        if function is not None and record.function != function:
            raise UnknownJobError(job_id)
        return record

    async def find(self, wanted: JobFilter | None = None) -> list[JobRecord]:
        """Jobs, the latest first."""
        return await self.ledger.store.find(wanted or JobFilter())

    async def cancel(self, job_id: str) -> JobRecord:
        """Ask a job to stop; see `Job.cancel`."""
        return await self.ledger.cancel(job_id)

    # -- serving

    @asynccontextmanager
    async def serving(self, app: Any, *, worker: bool | None = None) -> AsyncIterator[None]:
        """Jobs can be enqueued, and run if this process is a worker; the app's lifespan does this.

        Args:
            app: The app whose lanes and dependencies hold.
            worker: Whether this process runs jobs; as declared when None.
        """
        works = self.worker if worker is None else worker
        engine = make_engine(self.url)
        trees = [function.tree(app) for function in self.functions.values()]
        for function in self.functions.values():
            function.check_timeout(engine.answer_time)
        if works:  # who only enqueues needs nothing of what jobs need
            places = [node.place for tree in trees for node in tree.walk() if node.place is not None]
            await app_scope_of(app).fill(places)
        await engine.store.open()
        try:
            self._open = await self._start(engine, app, works)
            try:
                yield
            finally:
                await self._stop(self._open)
        finally:
            await engine.store.close()

    async def _start(self, engine: Engine, app: Any, worker: bool) -> _Open:
        ledger = Ledger(engine.store)
        token = f"{os.getpid()}-{secrets.token_hex(4)}"
        runner = Runner(ledger, self.functions, app, self.queues, token) if worker else None
        dispatcher = Dispatcher(engine, ledger, self.functions, self.schedules, runner)
        await remember(self.schedules, engine.store)
        await engine.delivery.start(None if runner is None else runner.receive, self.queues)
        dispatcher.start()
        return _Open(engine, ledger, dispatcher, runner)

    async def _stop(self, here: _Open) -> None:
        self._open = None
        await here.dispatcher.stop()
        if here.runner is not None:
            await here.engine.delivery.rest()
            await here.runner.stop(self.patience)
        await here.engine.delivery.stop()
        here.ledger.bell.ring_all()


def _options(call: Callable[..., Any], given: JobKeywords) -> JobOptions:
    chosen: dict[str, Any] = {"name": getattr(call, "__name__", repr(call)), "retry": NO_RETRY, **given}
    for name in ("timeout", "keep"):
        if chosen.get(name) is not None:
            chosen[name] = seconds_of(chosen[name])
    return JobOptions(**chosen)
