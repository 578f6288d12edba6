"""`enqueue(..., after="commit")`: the job comes to be when the transaction does."""

import asyncio
import functools
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Annotated, Any, Literal

import pytest
from anyio import from_thread

from laneway import Depends, HTTPException, Laneway, Request, Response, WebSocket
from laneway.jobs import Job, JobArgumentsError, JobsNotRunningError, UnknownJobError
from laneway.responses import StreamingResponse
from laneway.testing import TestClient

from .processes import PATIENCE_SECONDS


class Scene:
    """An app with a transaction and a job, and what happened in which order."""

    def __init__(self, url: str) -> None:
        self.app = Laneway(jobs=url)
        self.said: list[str] = []

        @self.app.job()
        async def mail(to: str) -> None:
            """Nothing needs to be sent."""

        self.mail = mail
        self.commit_fails = False

    async def look(self, where: str) -> None:
        """Say where we are and how many jobs there are."""
        self.said.append(f"{where}: {len(await self.app.jobs.find())}")

    async def look_again(self, where: str) -> None:
        """The same, as soon as there is a job."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self.app.jobs.find():  # noqa: ASYNC110  # a store tells nobody
                await asyncio.sleep(0.01)
        await self.look(where)

    async def transaction(self) -> AsyncIterator[None]:
        """Commits if nothing was raised."""
        try:
            yield
        except Exception:
            await self.look("rolled back")
            raise
        if self.commit_fails:
            raise OSError("disk full")
        await self.look("committed")

    def depends(self, scope: Literal["function", "request"] = "request") -> Any:
        """The dependency of a route."""
        return Depends(self.transaction, scope=scope)

    async def enqueue(self) -> Job[None]:
        """What an endpoint does."""
        job = await self.mail.enqueue("ann", after="commit")
        await self.look("endpoint")
        return job

    def post(self, status: int = 202) -> None:
        """One request, and what there is after it."""

        @self.app.middleware("http")
        async def before_reply(request: Request, call_next: Any) -> Response:
            response: Response = await call_next(request)
            await self.look("reply")
            return response

        with TestClient(self.app, raise_server_exceptions=False) as client:
            assert client.post("/").status_code == status
            client.portal.call(self.look, "after")  # type: ignore[union-attr]


@pytest.fixture
def scene(url: str) -> Scene:
    return Scene(url)


def test_a_job_comes_after_the_transaction_of_its_request(scene: Scene) -> None:
    @scene.app.post("/", dependencies=[scene.depends()])
    async def order() -> Job[None]:
        return await scene.enqueue()

    scene.post()

    assert sorted(scene.said) == ["after: 1", "committed: 0", "endpoint: 0", "reply: 0"]


def test_it_comes_before_the_reply_if_the_transaction_does(scene: Scene) -> None:
    """With `scope="function"`, a reply that was accepted implies a job that was accepted."""

    @scene.app.post("/", dependencies=[scene.depends("function")])
    async def order() -> Job[None]:
        return await scene.enqueue()

    scene.post()

    assert scene.said == ["endpoint: 0", "committed: 0", "reply: 1", "after: 1"]


def test_it_waits_for_the_last_of_several(scene: Scene) -> None:
    @scene.app.post("/", dependencies=[scene.depends("function"), scene.depends("request")])
    async def order() -> Job[None]:
        return await scene.enqueue()

    scene.post()

    assert scene.said.count("committed: 0") == 2
    assert scene.said[-1] == "after: 1"


@pytest.mark.parametrize(("error", "status"), [(HTTPException(409), 409), (OSError("no disk"), 500)])
def test_an_endpoint_that_raises_enqueues_nothing(scene: Scene, error: Exception, status: int) -> None:
    @scene.app.post("/", dependencies=[scene.depends()])
    async def order() -> None:
        await scene.enqueue()
        raise error

    scene.post(status)

    assert {"rolled back: 0", "after: 0"} <= set(scene.said)


@pytest.mark.parametrize(("scope", "status"), [("request", 202), ("function", 500)])
def test_a_commit_that_fails_enqueues_nothing(
    scene: Scene, scope: Literal["function", "request"], status: int
) -> None:
    scene.commit_fails = True

    @scene.app.post("/", dependencies=[scene.depends(scope)])
    async def order() -> Job[None]:
        return await scene.enqueue()

    with TestClient(scene.app, raise_server_exceptions=False) as client:
        assert client.post("/").status_code == status
        client.portal.call(scene.look, "after")  # type: ignore[union-attr]

    assert scene.said == ["endpoint: 0", "after: 0"]


def test_a_dependency_that_swallows_the_error_enqueues_nothing(scene: Scene) -> None:
    async def forgiving() -> AsyncIterator[None]:
        with suppress(OSError):
            yield

    @scene.app.post("/", dependencies=[Depends(forgiving)])
    async def order() -> None:
        await scene.enqueue()
        raise OSError("no disk")

    scene.post(500)

    assert scene.said[-1] == "after: 0"


def test_without_a_transaction_it_comes_at_once(scene: Scene) -> None:
    @scene.app.post("/")
    async def order() -> Job[None]:
        return await scene.enqueue()

    scene.post()

    assert scene.said == ["endpoint: 1", "reply: 1", "after: 1"]


def test_the_job_is_unknown_until_then_and_known_afterwards(scene: Scene) -> None:
    jobs: list[Job[None]] = []

    @scene.app.post("/", dependencies=[scene.depends()])
    async def order() -> str:
        jobs.append(await scene.enqueue())
        with pytest.raises(UnknownJobError):
            await jobs[0].status()
        return "unknown"

    with TestClient(scene.app) as client:
        assert client.post("/").json() == "unknown"
        client.portal.call(functools.partial(jobs[0].result, timeout=10))  # type: ignore[union-attr]


def test_blocking_endpoints_and_dependencies_have_it_too(scene: Scene) -> None:
    def transaction() -> Iterator[None]:
        yield
        from_thread.run(scene.look, "committed")

    @scene.app.post("/", dependencies=[Depends(transaction)])
    def order() -> Job[None]:
        return from_thread.run(scene.enqueue)

    scene.post()

    assert sorted(scene.said) == ["after: 1", "committed: 0", "endpoint: 0", "reply: 0"]


def test_a_stream_is_over_before(scene: Scene) -> None:
    @scene.app.post("/", dependencies=[scene.depends()], status_code=202)
    async def order() -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            await scene.enqueue()
            yield "a"
            await scene.look("streaming")

        return StreamingResponse(parts(), 202)

    scene.post()

    assert {"endpoint: 0", "streaming: 0", "committed: 0", "after: 1"} <= set(scene.said)


def test_the_end_of_a_conversation_is_its_commit(scene: Scene) -> None:
    @scene.app.websocket("/ws")
    async def talk(websocket: WebSocket, opened: Annotated[None, scene.depends()]) -> None:
        await websocket.accept()
        await scene.enqueue()
        await websocket.send_text("enqueued")
        await websocket.receive_text()

    with TestClient(scene.app) as client, client.websocket_connect("/ws") as websocket:
        websocket.receive_text()
        websocket.send_text("bye")
        # Before the test client leaves: it cancels an app that has not ended.
        client.portal.call(scene.look_again, "after")  # type: ignore[union-attr]

    assert scene.said == ["endpoint: 0", "committed: 0", "after: 1"]


def test_what_clean_up_enqueues_waits_for_the_outer_transaction(scene: Scene) -> None:
    async def inner(outer: Annotated[None, scene.depends()]) -> AsyncIterator[None]:
        yield
        await scene.enqueue()

    @scene.app.post("/", dependencies=[Depends(inner)], status_code=202)
    async def order() -> None: ...

    scene.post()

    assert {"endpoint: 0", "committed: 0", "after: 1"} <= set(scene.said)


def test_a_task_that_outlives_its_request_loses_no_job(scene: Scene) -> None:
    """There is no transaction any more that it could wait for."""
    tasks: list[asyncio.Task[object]] = []
    go = asyncio.Event()

    @scene.app.post("/", dependencies=[scene.depends()])
    async def order() -> None:
        async def later() -> None:
            await go.wait()
            await scene.mail.enqueue("ann", after="commit")

        tasks.append(asyncio.create_task(later()))

    async def finish() -> None:
        go.set()
        await tasks[0]
        await scene.look("task")

    with TestClient(scene.app) as client:
        client.post("/")
        client.portal.call(finish)  # type: ignore[union-attr]

    assert scene.said == ["committed: 0", "task: 1"]


def test_a_job_enqueues_after_its_own_transaction(scene: Scene) -> None:
    @scene.app.job()
    async def work(opened: Annotated[None, scene.depends()]) -> None:
        await scene.enqueue()

    async def run() -> None:
        await (await work.enqueue()).result(timeout=10)
        await scene.look("after")

    with TestClient(scene.app) as client:
        client.portal.call(run)  # type: ignore[union-attr]

    assert scene.said == ["endpoint: 1", "committed: 1", "after: 2"]  # one of them is the job itself


async def test_a_key_cannot_be_put_off(url: str) -> None:
    """The id is told before anybody knows whether there is such a job already."""
    scene = Scene(url)
    async with scene.app.jobs.serving(scene.app):
        with pytest.raises(JobArgumentsError, match="leave out the key"):
            await scene.mail.enqueue("ann", key="7", after="commit")


async def test_an_app_that_is_not_served_is_told_at_once() -> None:
    with pytest.raises(JobsNotRunningError):
        await Scene("memory:").mail.enqueue("ann", after="commit")
