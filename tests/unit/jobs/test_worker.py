"""What `laneway worker` refuses to run."""

import pytest

from laneway import Laneway
from laneway.jobs import Jobs
from laneway.jobs.worker import NoJobsError, prepare_worker


def test_an_app_without_jobs_has_no_worker() -> None:
    with pytest.raises(NoJobsError, match="has no jobs"):
        prepare_worker(Laneway())


def test_jobs_in_memory_cannot_be_run_elsewhere() -> None:
    with pytest.raises(NoJobsError, match="in the memory of its server"):
        prepare_worker(Laneway(jobs="memory:"))


def test_an_unknown_queue_is_told() -> None:
    pytest.importorskip("dbos", reason="needs the extra `jobs`")
    jobs = Jobs("sqlite:///var/jobs.db", queues={"default": 1, "mail": 1}, worker=False)

    with pytest.raises(NoJobsError, match="no queue post; there are default, mail"):
        prepare_worker(Laneway(jobs=jobs), ["post"])


def test_a_worker_runs_the_queues_it_was_told() -> None:
    pytest.importorskip("dbos", reason="needs the extra `jobs`")
    jobs = Jobs("sqlite:///var/jobs.db", queues={"default": 1, "mail": 2}, worker=False)

    assert prepare_worker(Laneway(jobs=jobs), ["mail"]) is jobs
    assert (jobs.worker, jobs.queues) == (True, {"mail": 2})
