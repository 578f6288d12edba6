"""`JobFunction`: a function that can be called as it is, and enqueued."""

import functools
import inspect
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Generic, Literal, ParamSpec, TypeVar

from laneway.jobs.arguments import JobSignature, read_signature
from laneway.jobs.desk import Desk
from laneway.jobs.engine import AnswerTime
from laneway.jobs.errors import JobArgumentsError, JobDeclarationError
from laneway.jobs.job import Job
from laneway.jobs.records import JobRecord
from laneway.jobs.retry import NO_RETRY, Retry
from laneway.jobs.status import JobStatus
from laneway.lanes.importable import importable
from laneway.lanes.registry import PROCESS, lanes_of
from laneway.overrides import LiveOverrides
from laneway.plan.app_scope import app_scope_of
from laneway.plan.cleanup import current_cleanup
from laneway.plan.tree import Node, build_tree

P = ParamSpec("P")
R = TypeVar("R")

Seconds = float | timedelta


def seconds_of(value: Seconds) -> float:
    """Seconds, also of a timedelta."""
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


@dataclass(frozen=True, slots=True)
class JobOptions:
    """What a job function says of its jobs.

    Attributes:
        name: What its jobs are kept under; another function of this name is refused.
        queue: Where workers look for them.
        lane: Where a `def` runs: a lane of threads or processes.
        retry: Which failed attempts are followed by another one.
        timeout: Seconds that an attempt may take.
        max_crashes: Attempts whose process died, after which there is no other.
        keep: Seconds that a job is kept after its end.
    """

    name: str
    queue: str = "default"
    lane: str | None = None
    retry: Retry = NO_RETRY
    timeout: float | None = None
    max_crashes: int = 3
    keep: float = 7 * 86400.0

    def __post_init__(self) -> None:
        if self.timeout is not None and not self.timeout > 0:
            raise ValueError(f"{self.name}: a timeout is more than 0 seconds, not {self.timeout:g}")
        if self.max_crashes < 1:
            raise ValueError(f"{self.name}: max_crashes is 1 or more, not {self.max_crashes}")
        if self.keep < 0:
            raise ValueError(f"{self.name}: a job is kept 0 seconds or more, not {self.keep:g}")


class JobFunction(Generic[P, R]):
    """A function whose calls can be made durable; `@app.job()` makes it.

    Called, it runs here and now, as in a unit test. Enqueued, it runs in a worker.

    Attributes:
        call: The function itself.
        options: What was declared.
        signature: Its parameters, taken apart.
    """

    def __init__(self, call: Callable[P, Any], options: JobOptions, desk: Desk) -> None:
        functools.update_wrapper(self, call)
        self.call = call
        self.options = options
        self.signature: JobSignature = read_signature(call, options.lane)
        self._desk = desk

    def __repr__(self) -> str:
        return f"<job {self.options.name}>"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Call the function here and now; no job is made."""
        return self.call(*args, **kwargs)

    def tree(self, app: object) -> Node:
        """The function and its dependencies as an app runs them: in its lanes, with its overrides.

        Raises:
            UnknownLaneError: The app has no such lane.
            JobDeclarationError: The function reports progress, which it cannot from another process.
            FastAPIError: The function or a dependency cannot run in the lane that it names.
        """
        lanes, dependant = lanes_of(app), self.signature.dependant
        if dependant.lane is not None and lanes.kind(dependant.lane) == PROCESS:
            dependant = replace(dependant, call=importable(self.call))  # its name stands for this object
        node = build_tree(dependant, LiveOverrides(app), lanes, app=app_scope_of(app))
        if node.lane_kind == PROCESS and self.signature.progress:
            raise JobDeclarationError(
                f"{self.signature.name}: a function in another process cannot report progress; "
                f"take out its Progress, or run it in a thread"
            )
        return node

    def check_timeout(self, answer_time: AnswerTime | None) -> None:
        """Refuse a timeout that the delivery does not wait for.

        Raises:
            JobDeclarationError: A parcel would be brought again while its job runs.
        """
        timeout = self.options.timeout
        if answer_time is not None and timeout is not None and timeout >= answer_time.seconds:
            raise JobDeclarationError(
                f"job {self.options.name!r} may take {timeout:g} seconds (timeout=), and {answer_time.setting} is "
                f"{answer_time.seconds:g}: {answer_time.way_out}"
            )

    async def enqueue(
        self,
        *args: Any,
        key: str | None = None,
        delay: Seconds | None = None,
        owner: str | None = None,
        after: Literal["commit"] | None = None,
        **kwargs: Any,
    ) -> Job[R]:
        """Make a call durable: once this returns, it will happen.

        With `after="commit"` it is made durable later: as soon as the `yield` dependencies have been closed without an
        error that the request (or the job) has open now, as a transaction is committed then. If they end with an
        error, there is no job. If none is open, it is enqueued at once.

        Args:
            *args: Arguments of the function, without its `Progress` and its dependencies.
            key: What makes a second enqueue the same job, as long as the first one is kept.
            delay: Seconds before it may begin.
            owner: Who may see it through the routes.
            after: `commit` to enqueue after the transaction of the request.
            **kwargs: Further arguments.

        Raises:
            JobArgumentsError: The function does not take these arguments.
            JobsNotRunningError: The app is not being served.
        """
        record = self.record(args, kwargs, key=key, delay=delay, owner=owner)
        if after is None or not self._is_put_off(record):
            record = await self._desk.add(record)
        return self.handle(record)

    def _is_put_off(self, record: JobRecord) -> bool:
        """Whether a job will be added when the transaction has ended."""
        if record.key is not None:
            raise JobArgumentsError(
                f"{self.options.name}: a job with a key is known when it is enqueued, as there may be one already; "
                f'leave out the key, or after="commit"'
            )
        _ = self._desk.ledger  # told now if the app is not being served
        cleanup = current_cleanup.get()
        return cleanup is not None and cleanup.after(functools.partial(self._desk.add, record))

    def taken_over(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Callable[[], Awaitable[object]] | None:
        """What enqueues a call that was added to `BackgroundTasks`; None where it is to run in the process.

        Raises:
            JobArgumentsError: The function does not take these arguments.
        """
        if not self._desk.takes_background:
            return None
        return functools.partial(self._desk.add, self.record(args, kwargs))

    def record(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        key: str | None = None,
        delay: Seconds | None = None,
        owner: str | None = None,
    ) -> JobRecord:
        """A new job of this function.

        Raises:
            JobArgumentsError: The function does not take these arguments.
        """
        now, later = time.time(), 0.0 if delay is None else seconds_of(delay)
        if later < 0:
            raise JobArgumentsError(f"a delay is 0 seconds or more, not {later:g}")
        return JobRecord(
            id=secrets.token_hex(16),
            function=self.options.name,
            queue=self.options.queue,
            arguments=self.signature.dump(args, kwargs),
            created=now,
            due=now + later,
            keep=self.options.keep,
            key=key,
            owner=owner,
            status=JobStatus.scheduled if later else JobStatus.queued,
        )

    def handle(self, record: JobRecord) -> Job[R]:
        """The job of a record."""
        return Job(self._desk.ledger, self.signature.result, record)


class AsyncJobFunction(JobFunction[P, R]):
    """A job function that is `async def`."""

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function here and now; no job is made."""
        value: R = await self.call(*args, **kwargs)
        return value


class BlockingJobFunction(JobFunction[P, R]):
    """A job function that is `def`."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function here and now; no job is made."""
        value: R = self.call(*args, **kwargs)
        return value


def make_job_function(call: Callable[..., Any], options: JobOptions, desk: Desk) -> JobFunction[..., Any]:
    """The job function of a function of either colour.

    Raises:
        JobDeclarationError: It cannot be a job as it is.
    """
    kind = AsyncJobFunction if inspect.iscoroutinefunction(call) else BlockingJobFunction
    return kind(call, options, desk)
