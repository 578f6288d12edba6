"""`BackgroundTasks` and jobs: what is taken over by the engine, and when."""

import threading
from typing import Any

import httpx2
import pytest

from laneway import BackgroundTasks, Depends, Form, Laneway, Request, Response
from laneway.exceptions import FastAPIError
from laneway.jobs import JobArgumentsError, JobFilter
from laneway.responses import JSONResponse, StreamingResponse
from laneway.testing import TestClient


class Scene:
    """An app with jobs and other functions, and what became of them."""

    def __init__(self, url: str, **options: Any) -> None:
        self.app = Laneway(jobs=url, **options)
        self.said: list[str] = []
        self.done = threading.Event()

        @self.app.job()
        async def mail(to: str) -> None:
            self.said.append(f"mail to {to}")
            self.done.set()

        @self.app.job()
        def print_label(to: str) -> None:
            self.said.append(f"label for {to}")
            self.done.set()

        self.mail, self.print_label = mail, print_label

        async def log(to: str) -> None:
            self.said.append(f"log {to}")

        self.log = log

    async def functions(self) -> list[str]:
        """The functions of all jobs there are, the first first."""
        return [record.function for record in reversed(await self.app.jobs.find(JobFilter()))]


@pytest.fixture
def durable(url: str) -> Scene:
    return Scene(url, background="durable")


@pytest.mark.parametrize("name", ["mail", "print_label"])
def test_a_job_is_enqueued_and_run_by_the_engine(durable: Scene, name: str) -> None:
    @durable.app.post("/")
    async def order(tasks: BackgroundTasks) -> list[str]:
        tasks.add_task(getattr(durable, name), "ann")
        return await durable.functions()  # none yet: the endpoint could still fail

    with TestClient(durable.app) as client:
        before = client.post("/").json()
        assert durable.done.wait(10)
        after = client.portal.call(durable.functions)  # type: ignore[union-attr]

    assert (before, after) == ([], [name])


def test_other_functions_run_in_the_process_as_before(durable: Scene) -> None:
    @durable.app.post("/")
    async def order(tasks: BackgroundTasks) -> None:
        tasks.add_task(durable.log, "ann")

    with TestClient(durable.app) as client:
        client.post("/")

        assert client.portal.call(durable.functions) == []  # type: ignore[union-attr]

    assert durable.said == ["log ann"]


@pytest.mark.parametrize(
    "way", ["loop", "thread", "yield dependency", "dependency", "stream", "response", "form"]
)
def test_the_job_is_there_before_the_reply(url: str, way: str) -> None:
    """A reply that is accepted implies a job that is accepted, on each way that a request may take."""
    scene = Scene(url, background="durable")
    scene.app.jobs.worker = False
    seen: list[list[str]] = []

    @scene.app.middleware("http")
    async def look(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        seen.append(await scene.functions())
        return response

    def add(tasks: BackgroundTasks) -> None:
        tasks.add_task(scene.mail, "ann")

    async def opened():  # type: ignore[no-untyped-def]
        yield

    add_route(scene.app, way, add, opened)
    with TestClient(scene.app) as client:
        reply = client.post("/", data={"name": "ann"} if way == "form" else None)

    assert reply.status_code == 200
    assert seen == [["mail"]]


def add_route(app: Laneway, way: str, add: Any, opened: Any) -> None:
    """A route that adds a task, served in some way."""
    if way == "thread":

        @app.post("/")
        def in_thread(tasks: BackgroundTasks) -> None:
            threading.get_ident()
            add(tasks)

    elif way == "yield dependency":

        @app.post("/", dependencies=[Depends(opened)])
        async def with_cleanup(tasks: BackgroundTasks) -> None:
            add(tasks)

    elif way == "dependency":

        @app.post("/", dependencies=[Depends(add)])
        async def nothing() -> None: ...

    elif way == "stream":

        @app.post("/")
        async def stream(tasks: BackgroundTasks) -> StreamingResponse:
            add(tasks)
            return StreamingResponse(iter([b"a"]))

    elif way == "response":

        @app.post("/")
        async def own(tasks: BackgroundTasks) -> JSONResponse:
            add(tasks)
            return JSONResponse({})

    elif way == "form":

        @app.post("/")
        async def form(tasks: BackgroundTasks, name: str = Form()) -> None:
            add(tasks)

    else:

        @app.post("/")
        async def plain(tasks: BackgroundTasks) -> None:
            add(tasks)


def test_an_endpoint_that_fails_enqueues_nothing(durable: Scene) -> None:
    @durable.app.post("/")
    async def order(tasks: BackgroundTasks) -> None:
        tasks.add_task(durable.mail, "ann")
        raise OSError("no disk")

    with TestClient(durable.app, raise_server_exceptions=False) as client:
        assert client.post("/").status_code == 500
        assert client.portal.call(durable.functions) == []  # type: ignore[union-attr]


def test_wrong_arguments_are_told_where_the_task_is_added(durable: Scene) -> None:
    @durable.app.post("/")
    async def order(tasks: BackgroundTasks) -> str:
        with pytest.raises(JobArgumentsError, match="mail cannot be enqueued"):
            tasks.add_task(durable.mail, nobody="ann")  # type: ignore[call-arg]
        return "told"

    with TestClient(durable.app) as client:
        assert client.post("/").json() == "told"


def test_tasks_made_by_hand_are_enqueued_at_the_latest_after_the_reply(durable: Scene) -> None:
    @durable.app.post("/")
    async def order() -> JSONResponse:
        tasks = BackgroundTasks()
        tasks.add_task(durable.mail, "ann")
        return JSONResponse({}, background=tasks)

    with TestClient(durable.app) as client:
        client.post("/")

        assert durable.done.wait(10)
        assert client.portal.call(durable.functions) == ["mail"]  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["mail", "print_label"])
def test_without_being_asked_jobs_run_in_the_process_too(name: str) -> None:
    """As in FastAPI: a function is a function."""
    scene = Scene("memory:")

    @scene.app.post("/")
    async def order(tasks: BackgroundTasks) -> None:
        tasks.add_task(getattr(scene, name), "ann")

    with TestClient(scene.app) as client:
        client.post("/")

        assert client.portal.call(scene.functions) == []  # type: ignore[union-attr]

    assert scene.said == [f"{'mail to' if name == 'mail' else 'label for'} ann"]


def test_it_can_be_changed_later() -> None:
    app = Laneway(jobs="memory:")
    before = app.background
    app.background = "durable"

    assert (before, app.background) == ("process", "durable")


def test_an_app_without_jobs_is_told_what_it_needs() -> None:
    with pytest.raises(FastAPIError, match="does not say where its jobs are kept"):
        Laneway(background="durable")


def test_another_value_is_named() -> None:
    with pytest.raises(ValueError, match="background is 'process' or 'durable', not 'celery'"):
        Laneway(jobs="memory:", background="celery")  # type: ignore[arg-type]


def test_a_reply_is_not_sent_if_the_job_is_refused(durable: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 instead of a promise that nobody keeps."""

    async def fail(record: object) -> None:
        raise OSError("disk full")

    @durable.app.post("/")
    async def order(tasks: BackgroundTasks) -> None:
        tasks.add_task(durable.mail, "ann")

    with TestClient(durable.app, raise_server_exceptions=False) as client:
        monkeypatch.setattr(durable.app.jobs.ledger.store, "add", fail)
        reply: httpx2.Response = client.post("/")

    assert reply.status_code == 500
