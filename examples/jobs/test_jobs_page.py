"""The page of the guide on jobs: its code is the file beside this one, and what it promises holds."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from examples.jobs import late
from examples.jobs.kill import measure
from examples.pages import shown_on
from examples.serving import served

pytest.importorskip("dbos", reason="needs the extra `jobs`")

HERE = Path(__file__).parent
ORDER = {"title": "May", "parts": ["a", "b", "c"]}


def test_the_page_shows_the_files_as_they_are() -> None:
    shown = {file.name: file.code for file in shown_on("jobs.md")}

    assert shown == {name: (HERE / name).read_text() for name in ("reports.py", "orders.py")}


def test_a_report_is_built_with_progress(tmp_path: Path) -> None:
    with served("examples/jobs/reports.py", JOBS=f"sqlite:///{tmp_path / 'jobs.db'}") as server:
        reply = httpx2.post(f"{server.url}/reports", json=ORDER)
        where = f"{server.url}{reply.headers['location']}"
        events = httpx2.get(f"{where}/events", timeout=20).text
        job = httpx2.get(where).json()

    assert reply.status_code == 202
    assert '"note": "c"' in events
    assert job["result"] == {"title": "May", "pages": 3}


def test_a_key_makes_two_requests_one_job(tmp_path: Path) -> None:
    with served("examples/jobs/reports.py", JOBS=f"sqlite:///{tmp_path / 'jobs.db'}") as server:
        ids = {httpx2.post(f"{server.url}/reports?key=7", json=ORDER).json()["id"] for _ in range(3)}

    assert len(ids) == 1


def ended(url: str, job_id: str) -> dict[str, Any]:
    """A job once it has ended."""
    httpx2.get(f"{url}/jobs/{job_id}/events", timeout=20)
    job: dict[str, Any] = httpx2.get(f"{url}/jobs/{job_id}").json()
    return job


def test_the_job_of_an_order_finds_the_order(tmp_path: Path) -> None:
    with served("examples/jobs/orders.py", FOLDER=str(tmp_path)) as server:
        jobs = [httpx2.post(f"{server.url}/orders?title={title}").json()["id"] for title in ("tea", "cup")]
        results = [ended(server.url, job)["result"] for job in jobs]

    assert results == ["tea is on its way", "cup is on its way"]


def test_an_order_that_is_refused_leaves_neither_order_nor_job(tmp_path: Path) -> None:
    with served("examples/jobs/orders.py", FOLDER=str(tmp_path)) as server:
        refused = httpx2.post(f"{server.url}/orders?title=nothing")
        jobs = httpx2.get(f"{server.url}/jobs").json()

    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    assert (refused.status_code, jobs) == (422, [])


def test_only_the_background_task_that_is_a_job_is_one(tmp_path: Path) -> None:
    with served("examples/jobs/orders.py", FOLDER=str(tmp_path)) as server:
        httpx2.post(f"{server.url}/thanks?name=ann")
        (job,) = httpx2.get(f"{server.url}/jobs").json()

        assert job["function"] == "thank"
        assert ended(server.url, job["id"])["status"] == "succeeded"


def test_killed_processes_lose_no_job_and_double_no_end(tmp_path: Path) -> None:
    begun = time.monotonic()
    figures = measure(f"sqlite:///{tmp_path / 'jobs.db'}", tmp_path, jobs=150, kills=3)

    assert figures.is_good, figures
    assert figures.accepted == 150
    assert sum(figures.states.values()) == 150
    assert time.monotonic() - begun < 50


@pytest.mark.parametrize("where", late.PLACES)
def test_every_enqueue_is_measured_while_the_loop_is_watched(
    where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = late.measure(where, jobs=20)
    late.report(where, found)

    assert found["enqueues"] == 20
    assert "loop late p99" in capsys.readouterr().out
