"""`Depends(scope="app")` in jobs: made once in each process, shared with the routes, closed after the last job."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import pytest

from laneway import Depends, Laneway
from laneway.exceptions import FastAPIError
from laneway.jobs import Jobs
from laneway.testing import TestClient

from .processes import post, site


@pytest.fixture
def said() -> list[str]:
    """What happened, in order."""
    return []


@pytest.fixture
def app(url: str, said: list[str]) -> Laneway:
    """An app whose only route enqueues a job that needs a model."""
    app = Laneway(jobs=Jobs(url))

    async def model() -> AsyncIterator[str]:
        said.append("model loaded")
        yield "model"
        said.append("model closed")

    async def session(model: Annotated[str, Depends(model, scope="app")]) -> AsyncIterator[str]:
        yield f"session with {model}"

    @app.job()
    async def embed(text: str, session: Annotated[str, Depends(session)]) -> str:
        said.append(text)
        return f"{text} by {session}"

    @app.post("/embed/{text}")
    async def create(text: str) -> str:
        return await (await embed.enqueue(text)).result(timeout=10)

    @app.get("/model")
    async def read(model: Annotated[str, Depends(model, scope="app")]) -> str:
        return model

    app.state.model = model
    return app


def test_it_is_made_before_the_first_job_and_closed_after_the_last(app: Laneway, said: list[str]) -> None:
    with TestClient(app) as client:
        replies = [client.post(f"/embed/{text}").json() for text in ("a", "b")]

    assert replies == ["a by session with model", "b by session with model"]
    assert said == ["model loaded", "a", "b", "model closed"]


def test_a_route_shares_it(app: Laneway, said: list[str]) -> None:
    with TestClient(app) as client:
        client.post("/embed/a")

        assert client.get("/model").json() == "model"

    assert said.count("model loaded") == 1


def test_an_override_stands_in_for_it(app: Laneway, said: list[str]) -> None:
    with TestClient(app) as client:
        with app.override({app.state.model: lambda: "fake"}):
            replaced = client.post("/embed/a").json()

        assert (replaced, client.post("/embed/b").json()) == (
            "a by session with fake",
            "b by session with model",
        )


def test_who_only_enqueues_does_not_make_it(said: list[str]) -> None:
    async def model() -> str:
        said.append("model loaded")
        return "model"

    app = Laneway(jobs=Jobs("memory:", worker=False))

    @app.job()
    async def embed(model: Annotated[str, Depends(model, scope="app")]) -> None: ...

    with TestClient(app):
        pass

    assert said == []


def test_one_that_cannot_be_made_stops_the_start(url: str) -> None:
    async def model() -> str:
        raise OSError("no weights")

    app = Laneway(jobs=Jobs(url))

    @app.job()
    async def embed(model: Annotated[str, Depends(model, scope="app")]) -> None: ...

    with (
        pytest.raises(FastAPIError, match=r'"test_.*model" failed at start-up: OSError: no weights'),
        TestClient(app),
    ):
        pass


def test_a_worker_has_its_own(tmp_path: Path) -> None:
    """`laneway worker` makes it once, and the jobs that it runs share it."""
    pytest.importorskip("dbos", reason="needs the extra `jobs`")
    with site(tmp_path, f"sqlite:///{tmp_path / 'jobs.db'}") as place:
        server = place.server(worker=False)
        jobs = [post(f"{server.url}/loaded") for _ in range(3)]
        worker = place.worker()
        results = {place.ended(job).result for job in jobs}
        worker.stop()

        assert results == {str(worker.process.pid)}
        assert (place.traces()["loaded"], place.traces()["unloaded"]) == (1, 1)
