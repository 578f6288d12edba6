"""What is on its way to a worker may be lost; the jobs are not."""

from pathlib import Path

import pytest

from laneway.jobs import JobStatus

from .processes import post, site, wait_until


def test_a_queue_file_that_is_lost_loses_no_job(tmp_path: Path) -> None:
    pytest.importorskip("dbos", reason="needs the extra `jobs`")
    with site(tmp_path, f"sqlite:///{tmp_path / 'jobs.db'}") as place:
        server = place.server(worker=False)
        job = post(f"{server.url}/short/1")
        wait_until(lambda: place.record(job).sent)
        server.kill()
        for file in place.folder.glob("jobs.db-queue*"):
            file.unlink()
        place.worker()

        assert place.ended(job).status is JobStatus.succeeded
