"""The routes of jobs, and endpoints that return one."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

import httpx2
import pytest

from laneway import Depends, Header, HTTPException, Laneway
from laneway.jobs import Job, jobs_router
from laneway.testclient import TestClient

from .scene import make_scene

ORDER = {"title": "Sum", "due": "2026-01-02T00:00:00Z", "parts": [1, 2]}


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(make_scene("memory:").app) as client:
        yield client


def ended(client: TestClient, job_id: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """A job once it has ended."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        job: dict[str, Any] = client.get(f"/jobs/{job_id}", headers=headers).json()
        if job["ended"]:
            return job
        time.sleep(0.02)
    raise AssertionError("it never ended")


def test_an_endpoint_that_returns_a_job_answers_202(client: TestClient) -> None:
    reply = client.post("/reports", json=ORDER)

    assert reply.status_code == 202
    assert reply.json() == {"id": reply.json()["id"], "status": "queued"}
    assert len(reply.json()["id"]) == 32


def test_a_blocking_endpoint_enqueues_by_way_of_the_loop(client: TestClient) -> None:
    reply = client.post("/reports-from-thread", json=ORDER)

    assert (reply.status_code, ended(client, reply.json()["id"])["status"]) == (202, "succeeded")


def test_location_says_where_to_look(client: TestClient) -> None:
    reply = client.post("/reports", json=ORDER)

    assert reply.headers["location"] == f"/jobs/{reply.json()['id']}"
    assert client.get(reply.headers["location"]).status_code == 200


def test_location_knows_where_the_app_is_mounted() -> None:
    outer, inner = Laneway(), make_scene("memory:").app
    outer.mount("/inner", inner)
    with TestClient(outer) as client:
        reply = client.post("/inner/reports", json=ORDER)

        assert client.get(reply.headers["location"]).json()["function"] == "build"


def test_without_routes_there_is_no_location() -> None:
    app = Laneway(jobs="memory:")

    @app.job()
    async def work() -> None: ...

    @app.post("/work")
    async def create() -> Job[None]:
        return await work.enqueue()

    with TestClient(app) as client:
        reply = client.post("/work")

    assert (reply.status_code, "location" in reply.headers) == (202, False)


def test_the_documentation_knows_the_receipt(client: TestClient) -> None:
    responses = client.get("/openapi.json").json()["paths"]["/reports"]["post"]["responses"]

    assert set(responses) == {"202", "422"}
    schema = responses["202"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/JobReceipt"}
    assert "Location" in responses["202"]["headers"]


def test_a_status_of_ones_own_is_kept() -> None:
    app = Laneway(jobs="memory:")

    @app.post("/work", status_code=201)
    async def create() -> Job[None]:
        raise HTTPException(418)

    assert "201" in app.openapi()["paths"]["/work"]["post"]["responses"]


def test_a_job_is_shown_with_its_result(client: TestClient) -> None:
    job = ended(client, client.post("/reports", json=ORDER).json()["id"])

    assert (job["status"], job["result"]) == ("succeeded", {"title": "Sum", "total": 6})
    assert "arguments" not in job
    assert "key" not in job


@pytest.mark.parametrize("path", ["", "/events"])
def test_an_unknown_job_is_404(client: TestClient, path: str) -> None:
    assert client.get(f"/jobs/{'0' * 32}{path}").status_code == 404


def test_an_unknown_job_cannot_be_cancelled(client: TestClient) -> None:
    assert client.post(f"/jobs/{'0' * 32}/cancel").status_code == 404


def test_events_are_streamed_up_to_the_end(client: TestClient) -> None:
    job_id = client.post("/reports", json=ORDER).json()["id"]

    reply = client.get(f"/jobs/{job_id}/events")

    assert reply.headers["content-type"].startswith("text/event-stream")
    assert [line for line in reply.text.splitlines() if line.startswith("id:")] == ["id: 1", "id: 2", "id: 3"]
    assert '"succeeded"' in reply.text.split("id: 2")[1]


def test_a_client_that_comes_back_gets_what_it_missed(client: TestClient) -> None:
    job_id = client.post("/reports", json=ORDER).json()["id"]
    ended(client, job_id)

    reply = client.get(f"/jobs/{job_id}/events", headers={"Last-Event-ID": "2"})

    assert [line for line in reply.text.splitlines() if line.startswith("id:")] == ["id: 3"]


def test_a_client_that_has_seen_the_end_is_told_to_stay_away(client: TestClient) -> None:
    """Browsers come back after every end but that of a 204."""
    job_id = client.post("/reports", json=ORDER).json()["id"]
    ended(client, job_id)

    assert client.get(f"/jobs/{job_id}/events", headers={"Last-Event-ID": "3"}).status_code == 204
    assert client.get(f"/jobs/{job_id}/events", headers={"Last-Event-ID": "2"}).status_code == 200


@pytest.mark.parametrize("sent", ["", "x", "-1", "9" * 30, "1.5"])
def test_an_event_id_that_is_none_of_ours_begins_anew(client: TestClient, sent: str) -> None:
    job_id = client.post("/reports", json=ORDER).json()["id"]
    ended(client, job_id)

    reply = client.get(f"/jobs/{job_id}/events", headers={"Last-Event-ID": sent})

    assert reply.text.count("id:") == 3


def test_jobs_are_listed_with_filters(client: TestClient) -> None:
    first = client.post("/reports", json=ORDER).json()["id"]
    second = client.post("/reports", json=ORDER).json()["id"]
    ended(client, first)
    ended(client, second)

    def listed(query: str) -> list[str]:
        return [job["id"] for job in client.get(f"/jobs?{query}").json()]

    assert listed("") == [second, first]
    assert listed("limit=1") == [second]
    assert listed(f"before={second}") == [first]
    assert listed("status=failed") == []
    assert listed("function=build&status=succeeded") == [second, first]
    assert client.get("/jobs?status=lost").status_code == 422


# -- who may see what


@pytest.fixture
def private() -> Iterator[TestClient]:
    """An app whose callers see their own jobs; `root` sees all."""
    app = Laneway(jobs="memory:")

    async def caller(x_user: Annotated[str, Header()]) -> str | None:
        return None if x_user == "root" else x_user

    @app.job()
    async def work() -> None: ...

    @app.post("/work")
    async def create(who: Annotated[str, Depends(caller)]) -> Job[None]:
        return await work.enqueue(owner=who)

    app.include_router(jobs_router(app.jobs, owner=caller), prefix="/jobs")
    with TestClient(app) as client:
        yield client


def ask(client: TestClient, method: str, path: str, user: str) -> httpx2.Response:
    return client.request(method, path, headers={"X-User": user})


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "/events"), ("POST", "/cancel")])
def test_a_job_of_somebody_else_is_not_there(private: TestClient, method: str, path: str) -> None:
    job_id = ask(private, "POST", "/work", "ann").json()["id"]

    assert ask(private, method, f"/jobs/{job_id}{path}", "bob").status_code == 404
    assert ask(private, method, f"/jobs/{job_id}{path}", "ann").status_code < 300
    assert ask(private, method, f"/jobs/{job_id}{path}", "root").status_code < 300


def test_a_list_has_only_the_callers_jobs(private: TestClient) -> None:
    mine = ask(private, "POST", "/work", "ann").json()["id"]
    other = ask(private, "POST", "/work", "bob").json()["id"]

    assert [job["id"] for job in ask(private, "GET", "/jobs", "ann").json()] == [mine]
    assert [job["id"] for job in ask(private, "GET", "/jobs", "root").json()] == [other, mine]


def test_routes_are_guarded_by_dependencies() -> None:
    async def refuse() -> None:
        raise HTTPException(403)

    app = Laneway(jobs="memory:")
    app.include_router(jobs_router(app.jobs), prefix="/jobs", dependencies=[Depends(refuse)])
    with TestClient(app) as client:
        assert [client.get("/jobs").status_code, client.get("/jobs/x").status_code] == [403, 403]
