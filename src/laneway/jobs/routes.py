"""Routes that show an app's jobs, follow them and stop them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel
from pydantic_core import from_json

from laneway.exceptions import HTTPException
from laneway.jobs.desk import Desk
from laneway.jobs.errors import UnknownJobError
from laneway.jobs.job import READ_ROUTE
from laneway.jobs.records import JobEvent, JobFilter, JobRecord
from laneway.jobs.status import JobStatus
from laneway.param_functions import Depends, Header, Query
from laneway.routing.router import APIRouter
from laneway.sse import EventSourceResponse, ServerSentEvent

MOST_LISTED = 500


class ErrorView(BaseModel):
    """What a job's last attempt raised; the traceback is in the log."""

    type: str
    message: str


class ProgressView(BaseModel):
    """How far a job is."""

    done: float | None
    total: float | None
    note: str | None


class JobView(BaseModel):
    """A job as its routes show it; never its arguments, its key or its owner."""

    id: str
    function: str
    queue: str
    status: JobStatus
    attempt: int
    created: datetime
    started: datetime | None
    ended: datetime | None
    progress: ProgressView | None
    result: Any
    error: ErrorView | None


def view(record: JobRecord) -> JobView:
    """A job as its routes show it."""
    progress, error = record.progress, record.error
    return JobView(
        id=record.id,
        function=record.function,
        queue=record.queue,
        status=record.status,
        attempt=record.attempt,
        created=datetime.fromtimestamp(record.created, UTC),
        started=_moment(record.started),
        ended=_moment(record.ended),
        progress=None if progress is None else ProgressView(**asdict(progress)),
        result=None if record.result is None else from_json(record.result),
        error=None if error is None else ErrorView(**asdict(error)),
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


async def _everybody() -> None:
    """No owner: every job is shown to everybody who may call the route."""


def _finder(desk: Desk, caller: Any) -> Callable[..., Awaitable[JobRecord]]:
    """A dependency: the job that is asked for, if whoever asks may see it."""

    async def job_of_caller(job_id: str, who: Annotated[str | None, caller]) -> JobRecord:
        try:
            record = await desk.ledger.get(job_id)
        except UnknownJobError as error:
            raise HTTPException(404, "There is no such job") from error
        if who is not None and record.owner != who:
            raise HTTPException(404, "There is no such job")
        return record

    return job_of_caller


def jobs_router(desk: Desk, owner: Callable[..., Any] | None = None) -> APIRouter:
    """The routes of an app's jobs: list, one, its events, cancel.

    Args:
        desk: The app's `Jobs`.
        owner: A dependency that gives the caller's name as `enqueue(..., owner=)` had it. The caller then sees the
            jobs of this owner, and of all others not even that they are there. If it gives None, all are shown.
    """
    router = APIRouter(tags=["jobs"])
    caller = Depends(owner or _everybody)

    found = Annotated[JobRecord, Depends(_finder(desk, caller))]

    async def after_event(record: found, last_event_id: Annotated[str | None, Header()] = None) -> int:
        return _after(record, last_event_id)

    @router.get("")
    async def list_jobs(  # noqa: PLR0917  # FastAPI's way to name query parameters
        who: Annotated[str | None, caller],
        status: JobStatus | None = None,
        function: str | None = None,
        queue: str | None = None,
        before: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
    ) -> list[JobView]:
        """Jobs, the latest first; the id of the last one as `before` gives the next page."""
        wanted = JobFilter(status, function, queue, who, before, limit)
        return [view(record) for record in await desk.ledger.store.find(wanted)]

    @router.get("/{job_id}", name=READ_ROUTE)
    async def read_job(record: found) -> JobView:
        """A job as it is now."""
        return view(record)

    @router.get("/{job_id}/events", response_class=EventSourceResponse)
    async def follow_job(
        record: found, after: Annotated[int, Depends(after_event)]
    ) -> AsyncIterator[ServerSentEvent]:
        """What happens to a job, up to its final state; a client that comes back gets what it missed.

        One that has seen the final state gets 204, after which browsers stop asking.
        """
        async for event in desk.ledger.events(record.id, after):
            yield _sent(event)

    @router.post("/{job_id}/cancel", status_code=202)
    async def cancel_job(record: found) -> JobView:
        """Ask a job to stop."""
        return view(await desk.ledger.cancel(record.id))

    return router


def _after(record: JobRecord, last_event_id: str | None) -> int:
    """The number of the event that a client has seen last, of a job from which more is to come."""
    number = _number(last_event_id)
    if record.status.is_final and number >= record.events:
        # Browsers connect again when a stream has ended, unless told so (HTML standard, section 9.2.3).
        raise HTTPException(204)
    return number


def _number(last_event_id: str | None) -> int:
    """The number that a client sends back; from the beginning if it is none of ours."""
    text = last_event_id or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _sent(event: JobEvent) -> ServerSentEvent:
    return ServerSentEvent(id=str(event.id), event=event.kind, data=dict(event.data))
