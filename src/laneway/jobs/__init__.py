"""Jobs that survive: a call of a function that will have happened, whatever becomes of this process.

    from laneway import Laneway
    from laneway.jobs import Job, Progress, Retry

    app = Laneway(jobs="sqlite:///var/jobs.db")

    @app.job(retry=Retry(attempts=5, on=(OSError,)), timeout=600)
    async def build(order: Order, progress: Progress) -> Report: ...

    @app.post("/reports")
    async def create(order: Order) -> Job[Report]:  # answers 202
        return await build.enqueue(order)

**What is guaranteed.** Once `enqueue` has returned, the job runs at least once and ends in exactly one final state:
`succeeded`, `failed`, `cancelled`, `timed_out` or `crashed`. It may run more than once: a process that dies takes the
knowledge with it how far the function had come. `progress.job_id` is the same in all attempts, and what must not be
done twice is done under that key.

**How it is made.** A job is a record in a `Store`, the only thing that counts. A `Delivery` brings parcels (a job's id
and a number) to workers; what it loses is sent again, what it doubles is ignored, because every change of a record is a
transition that names the delivery or the attempt it speaks for (`transitions`, all rules in one file). An engine is a
store and a delivery (`engine`); the `Runner` that opens parcels, the `Dispatcher` that sends what is due, schedules,
retries, crash counts, progress and routes are the same for all of them, and so is the suite of tests.

| engine | store | delivery |
|---|---|---|
| `memory:` | dictionaries, for tests | tasks |
| `sqlite:///file` | a file in WAL mode, one writer thread with group commit | DBOS Transact, extra `jobs` |
| `celery+amqp://...`, `celery+redis://...` | Redis, each change a script | Celery, extra `celery` |

Engines are imported by apps that name them.
"""

from laneway.jobs.errors import JobArgumentsError as JobArgumentsError
from laneway.jobs.errors import JobCancelledError as JobCancelledError
from laneway.jobs.errors import JobDeclarationError as JobDeclarationError
from laneway.jobs.errors import JobEndedError as JobEndedError
from laneway.jobs.errors import JobsError as JobsError
from laneway.jobs.errors import JobsNotRunningError as JobsNotRunningError
from laneway.jobs.errors import JobTimeoutError as JobTimeoutError
from laneway.jobs.errors import UnknownJobError as UnknownJobError
from laneway.jobs.function import JobFunction as JobFunction
from laneway.jobs.job import Job as Job
from laneway.jobs.job import JobReceipt as JobReceipt
from laneway.jobs.manager import Jobs as Jobs
from laneway.jobs.progress import Progress as Progress
from laneway.jobs.records import JobError as JobError
from laneway.jobs.records import JobEvent as JobEvent
from laneway.jobs.records import JobFilter as JobFilter
from laneway.jobs.records import JobProgress as JobProgress
from laneway.jobs.records import JobRecord as JobRecord
from laneway.jobs.retry import Retry as Retry
from laneway.jobs.routes import JobView as JobView
from laneway.jobs.routes import jobs_router as jobs_router
from laneway.jobs.status import JobStatus as JobStatus
from laneway.jobs.timetable import cron as cron
from laneway.jobs.timetable import every as every
