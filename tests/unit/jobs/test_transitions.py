"""The rules by which jobs change; whoever is late changes nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from laneway.jobs import transitions
from laneway.jobs.records import Change, JobError, JobProgress, JobRecord, Parcel
from laneway.jobs.status import FINAL, JobStatus
from laneway.jobs.transitions import Ending, Transition

NEW = JobRecord(id="j", function="f", queue="q", arguments="{}", created=1.0, due=1.0, keep=10.0)
ERROR = JobError("OSError", "no")
PARCEL = Parcel("j", "q", 1)


def after(record: JobRecord, *changes: Transition) -> JobRecord:
    """What becomes of a job; each change must be allowed."""
    for change in changes:
        done = change(record)
        assert done is not None
        record = done.record
    return record


def begin(parcel: Parcel = PARCEL, max_crashes: int = 3) -> Transition:
    return transitions.begin(parcel, "w", 2.0, max_crashes)


RUNNING = after(NEW, transitions.sent(1), begin())
CANCELLING = after(RUNNING, transitions.cancel(3.0))
SUCCESS = Ending(JobStatus.succeeded, "1")


def test_a_job_begins_with_its_parcel() -> None:
    assert (RUNNING.status, RUNNING.attempt, RUNNING.worker, RUNNING.started) == (
        JobStatus.running,
        1,
        "w",
        2.0,
    )


def test_a_parcel_of_an_earlier_delivery_is_ignored() -> None:
    retrying = after(RUNNING, transitions.retry(1, ERROR, 5.0, 3.0))

    assert begin(PARCEL)(retrying) is None


def test_an_end_is_told_once() -> None:
    ended = after(RUNNING, transitions.end(1, SUCCESS, 4.0))

    assert transitions.end(1, SUCCESS, 5.0)(ended) is None


@pytest.mark.parametrize("status", sorted(FINAL))
def test_nothing_changes_what_has_ended(status: JobStatus) -> None:
    ended = replace(RUNNING, status=status, ended=4.0)
    changes: list[Transition] = [
        transitions.sent(1),
        begin(),
        transitions.end(1, SUCCESS, 5.0),
        transitions.retry(1, ERROR, 6.0, 5.0),
        transitions.release(1, 5.0),
        transitions.give_back(1, 5.0),
        transitions.lost(PARCEL, 1, 5.0, 3),
        transitions.cancel(5.0),
        transitions.report(1, JobProgress(done=1)),
    ]

    assert [change(ended) for change in changes] == [None] * len(changes)


@pytest.mark.parametrize(
    "late",
    [
        lambda attempt: transitions.end(attempt, SUCCESS, 5.0),
        lambda attempt: transitions.retry(attempt, ERROR, 6.0, 5.0),
        lambda attempt: transitions.release(attempt, 5.0),
        lambda attempt: transitions.report(attempt, JobProgress(done=1)),
    ],
)
def test_an_attempt_believed_dead_is_not_heard(late: Callable[[int], Transition]) -> None:
    second = after(RUNNING, begin())

    assert second.attempt == 2
    assert late(1)(second) is None
    assert late(2)(second) is not None


def test_a_second_delivery_of_a_running_job_counts_as_a_crash() -> None:
    assert after(RUNNING, begin()).crashes == 1


def test_a_job_that_crashes_too_often_is_given_up() -> None:
    record = after(RUNNING, begin(max_crashes=2), begin(max_crashes=2))

    assert (record.status, record.crashes, record.attempt) == (JobStatus.crashed, 2, 2)
    assert record.error is not None


def test_a_job_that_was_to_stop_when_its_worker_died_is_cancelled() -> None:
    assert after(CANCELLING, begin()).status is JobStatus.cancelled


def test_a_failed_attempt_of_a_job_that_is_to_stop_is_not_followed_by_another() -> None:
    record = after(CANCELLING, transitions.retry(1, ERROR, 6.0, 5.0))

    assert (record.status, record.error) == (JobStatus.cancelled, ERROR)


def test_a_job_given_back_is_delivered_again_and_has_not_failed() -> None:
    record = after(RUNNING, transitions.release(1, 5.0))

    assert (record.status, record.delivery, record.sent) == (JobStatus.queued, 2, False)
    assert (record.failures, record.crashes) == (0, 0)


def test_a_job_given_back_while_it_is_to_stop_is_cancelled() -> None:
    assert after(CANCELLING, transitions.release(1, 5.0)).status is JobStatus.cancelled


def test_a_waiting_job_that_the_delivery_lost_is_sent_again() -> None:
    record = after(NEW, transitions.sent(1), transitions.lost(PARCEL, 0, 5.0, 3))

    assert (record.delivery, record.sent, record.crashes) == (2, False, 0)


def test_a_running_job_that_the_delivery_lost_counts_as_crashed() -> None:
    record = after(RUNNING, transitions.lost(PARCEL, 1, 5.0, 3))

    assert (record.status, record.delivery, record.sent, record.crashes) == (JobStatus.queued, 2, False, 1)


def test_a_job_that_went_on_meanwhile_is_not_lost() -> None:
    assert transitions.lost(PARCEL, 0, 5.0, 3)(RUNNING) is None


def test_a_scheduled_job_is_queued_once_it_is_sent() -> None:
    change = transitions.sent(1)(replace(NEW, status=JobStatus.scheduled))

    assert isinstance(change, Change)
    assert change.record.status is JobStatus.queued
    assert change.told


def test_progress_that_was_not_told_comes_before_the_end() -> None:
    change = transitions.end(1, Ending(JobStatus.succeeded, "1", progress=JobProgress(done=5)), 4.0)(RUNNING)

    assert change is not None
    assert [told.kind for told in change.told] == ["progress", "status"]
