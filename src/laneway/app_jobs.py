"""The jobs of an app: `Laneway(jobs=...)`, `@app.job()`, `app.schedule(...)`."""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Unpack, get_args

from laneway.app_options import Background
from laneway.exceptions import FastAPIError

if TYPE_CHECKING:
    from laneway.jobs.function import JobFunction
    from laneway.jobs.manager import JobKeywords, Jobs, Register
    from laneway.jobs.timetable import Timetable


class DurableJobs:
    """An app's jobs. What they need is imported by apps that have some."""

    def _take_jobs(self, given: "Jobs | str | None", background: Background) -> None:
        if isinstance(given, str):
            from laneway.jobs.manager import Jobs

            given = Jobs(given)
        # Declared here: who asks for the types of the class's attributes would not find this one.
        self._jobs: Jobs | None = given
        self.background = background

    @property
    def jobs(self) -> "Jobs":
        """The app's jobs.

        Raises:
            FastAPIError: The app does not say where they are kept.
        """
        if self._jobs is None:
            raise FastAPIError(
                "the app does not say where its jobs are kept: Laneway(jobs='sqlite:///var/jobs.db'), "
                "or Laneway(jobs='memory:') in tests"
            )
        return self._jobs

    @property
    def background(self) -> Background:
        """What becomes of calls of job functions that are added to `BackgroundTasks`.

        `process`: they run in the server's process after the reply, as all others. `durable`: they are enqueued before
        it.

        Raises:
            FastAPIError: `durable` is set, and the app does not say where its jobs are kept.
            ValueError: Another value is set.
        """
        return "durable" if self._jobs is not None and self._jobs.takes_background else "process"

    @background.setter
    def background(self, value: Background) -> None:
        if value not in get_args(Background):
            raise ValueError(f"background is 'process' or 'durable', not {value!r}")
        if value == "durable" or self._jobs is not None:
            self.jobs.takes_background = value == "durable"

    def job(self, **options: "Unpack[JobKeywords]") -> "Register":
        """Make a job of a `def` or `async def`: a function whose calls can be made durable.

        Example:
            @app.job(retry=Retry(attempts=5, on=(OSError,)), timeout=600)
            async def build(order: Order, progress: Progress) -> Report: ...

            job = await build.enqueue(order)

        Args:
            **options: See `laneway.jobs.manager.JobKeywords`.
        """
        return self.jobs.job(**options)

    def schedule(
        self,
        function: "JobFunction[..., Any]",
        timetable: "Timetable",
        *args: Any,
        schedule_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Enqueue a job by itself, each time once, however many processes there are.

        Example:
            app.schedule(clean_up, cron("0 6 * * *", tz="Europe/Berlin"))

        Args:
            function: The job.
            timetable: `cron(...)` or `every(...)`.
            *args: Its arguments.
            schedule_name: What all processes call it; job and timetable when absent.
            **kwargs: Its further arguments.
        """
        self.jobs.schedule(function, timetable, *args, schedule_name=schedule_name, **kwargs)

    def serving_jobs(self) -> AbstractAsyncContextManager[None]:
        """What the lifespan enters while the app is served."""
        return nullcontext() if self._jobs is None else self._jobs.serving(self)
