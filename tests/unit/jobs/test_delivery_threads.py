"""How many threads carry parcels."""

import pytest

pytest.importorskip("dbos", reason="needs the extra `jobs`")

from laneway.jobs.sqlite.delivery import AHEAD, SPARE_THREADS, threads_for


def test_one_queue_has_a_thread_for_each_job_that_runs() -> None:
    assert threads_for({"default": 10}) == 10 + SPARE_THREADS


def test_of_several_queues_none_can_hold_the_threads_of_another() -> None:
    assert threads_for({"default": 10, "mail": 2}) == 12 * AHEAD + SPARE_THREADS
