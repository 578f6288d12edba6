"""`Job`: one durable call of a function, as its caller has it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter
from starlette.responses import Response
from starlette.routing import NoMatchFound
from starlette.types import Receive, Scope, Send

from laneway.jobs.errors import JobEndedError
from laneway.jobs.ledger import Ledger
from laneway.jobs.records import JobEvent, JobRecord
from laneway.jobs.status import JobStatus

R_co = TypeVar("R_co", covariant=True)

READ_ROUTE = "read_job"
"""Name of the route that shows a job; `Location` points to it."""


class JobReceipt(BaseModel):
    """What an endpoint that returns a job answers.

    Attributes:
        id: The job.
        status: Where it stood when it was enqueued.
    """

    id: str
    status: JobStatus


class Job(Response, Generic[R_co]):
    """One durable call of a function; it survives this process.

    An endpoint that returns it answers 202 with its id, and with `Location` where the app serves jobs.

    Attributes:
        id: 128 random bits, hexadecimal.
    """

    def __init__(self, ledger: Ledger, result: TypeAdapter[Any], record: JobRecord) -> None:
        receipt = JobReceipt(id=record.id, status=record.status)
        super().__init__(receipt.model_dump_json(), 202, media_type="application/json")
        self.id = record.id
        self._ledger = ledger
        self._result = result

    def __repr__(self) -> str:
        return f"Job({self.id!r})"

    def __class_getitem__(cls, item: Any) -> Any:
        return super().__class_getitem__(item)  # type: ignore[misc]  # Generic's; Response hides it from checkers

    async def record(self) -> JobRecord:
        """Everything that is kept of the job, as it is now.

        Raises:
            UnknownJobError: It ended so long ago that it is no longer kept. So raise all methods.
        """
        return await self._ledger.get(self.id)

    async def status(self) -> JobStatus:
        """Where the job stands."""
        return (await self.record()).status

    async def result(self, timeout: float | None = None) -> R_co:  # noqa: ASYNC109  # goes with the message
        """What the function returned, once it has.

        Args:
            timeout: Seconds to wait; None for ever.

        Raises:
            TimeoutError: The job has not ended in that time. It goes on.
            JobEndedError: It ended without a result.
        """
        record = await self._ledger.ended(self.id, timeout)
        if record.status is JobStatus.succeeded and record.result is not None:
            value: R_co = self._result.validate_json(record.result)
            return value
        error = record.error
        raise JobEndedError(
            record.id, record.status.value, error.type if error else "", error.message if error else ""
        )

    async def cancel(self) -> JobStatus:
        """Ask the job to stop; where it stands then.

        One that waits is `cancelled` at once. One that runs is `cancelling` until its function has ended; one that
        has ended stays as it is.
        """
        return (await self._ledger.cancel(self.id)).status

    def events(self, after: int = 0) -> AsyncIterator[JobEvent]:
        """What happened to the job and what happens from now on, up to its final state.

        Args:
            after: Number of the last event that is known already.
        """
        return self._ledger.events(self.id, after)

    # -- as the reply of an endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the receipt."""
        if (location := _location(scope, self.id)) is not None:
            self.headers["Location"] = location
        await super().__call__(scope, receive, send)

    @staticmethod
    def __route_options__() -> Mapping[str, Any]:
        """What a route that returns a job says of itself, read by `laneway.routing.route`."""
        location = {"description": "Where to look for the job.", "schema": {"type": "string"}}
        return {
            "status_code": 202,
            "response_model": JobReceipt,
            "responses": {202: {"description": "Enqueued", "headers": {"Location": location}}},
        }


def _location(scope: Scope, job_id: str) -> str | None:
    app = scope.get("app")
    try:
        path = str(app.url_path_for(READ_ROUTE, job_id=job_id)) if app is not None else None
    except NoMatchFound:  # the app does not serve them
        return None
    return None if path is None else str(scope.get("root_path", "")).rstrip("/") + path
