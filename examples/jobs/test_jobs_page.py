"""The page of the guide on jobs: its code is the file beside this one, and what it promises holds."""

import time
from pathlib import Path

import httpx2
import pytest

from examples.jobs.kill import measure
from examples.serving import ROOT, served

pytest.importorskip("dbos", reason="needs the extra `jobs`")

HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "jobs.md"
ORDER = {"title": "May", "parts": ["a", "b", "c"]}


def test_the_page_shows_the_file_as_it_is() -> None:
    code = (HERE / "reports.py").read_text()

    assert f"`reports.py`:\n\n```python\n{code}```\n" in PAGE.read_text()


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


def test_killed_processes_lose_no_job_and_double_no_end(tmp_path: Path) -> None:
    begun = time.monotonic()
    figures = measure(tmp_path, jobs=150, kills=3)

    assert figures.is_good, figures
    assert figures.accepted == 150
    assert sum(figures.states.values()) == 150
    assert time.monotonic() - begun < 50
