"""Jobs while processes come, go and die, on every engine that several processes share."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from laneway.jobs import JobStatus

from .processes import Site, events, post, site, wait_until


def on(*engines: str) -> pytest.MarkDecorator:
    """Run a test on these engines."""
    return pytest.mark.parametrize("url_of", engines, indirect=True, scope="session")


SHARED = on("sqlite", "celery+amqp")
SHARED_AND_REDIS = on("sqlite", "celery+amqp", "celery+redis")  # what a broker does in its own way


@pytest.fixture
def place(url: str, tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path, url) as place:
        yield place


@SHARED
def test_a_job_whose_server_is_killed_runs_again_after_the_restart(place: Site) -> None:
    server = place.server()
    job = post(f"{server.url}/long/a?seconds=1.5")
    wait_until(lambda: place.traces()["long-a"])
    server.kill()
    assert place.record(job).status is JobStatus.running
    place.server()

    record = place.ended(job)

    assert (record.status, record.attempt, record.crashes) == (JobStatus.succeeded, 2, 1)


@SHARED_AND_REDIS
def test_a_survivor_takes_over_the_jobs_of_a_killed_worker(place: Site) -> None:
    server = place.server(worker=False)
    workers = [place.worker(), place.worker()]
    jobs = [post(f"{server.url}/long/{number}?seconds=3") for number in range(6)]
    wait_until(lambda: sum(word.startswith("long-") for word in place.traces()) == 6)
    owners = {record.id: record.worker for record in place.records()}
    workers[0].kill()
    killed_at = time.monotonic()

    records = [place.ended(job) for job in jobs]

    assert {record.status for record in records} == {JobStatus.succeeded}
    assert time.monotonic() - killed_at < 30
    dead = f"{workers[0].process.pid}-"
    assert all(record.attempt == 1 + str(owners[record.id]).startswith(dead) for record in records)


@SHARED_AND_REDIS
def test_workers_that_share_a_file_run_each_job_once(place: Site) -> None:
    server = place.server()
    place.worker()
    place.worker()
    jobs = [post(f"{server.url}/short/{number}") for number in range(200)]
    for job in jobs:
        place.ended(job)

    traces = place.traces()

    assert {traces[f"short-{number}"] for number in range(200)} == {1}
    assert len({record.worker for record in place.records()}) > 1


@SHARED
def test_a_job_that_kills_its_worker_ends_as_crashed(place: Site) -> None:
    server = place.server(worker=False)
    job = post(f"{server.url}/suicide")
    for _ in range(3):
        place.worker().process.wait(30)
    last = place.worker()

    record = place.ended(job)

    assert (record.status, record.crashes) == (JobStatus.crashed, 3)
    assert place.traces()["suicide"] == 3
    assert last.process.poll() is None


@SHARED_AND_REDIS
def test_a_worker_that_is_told_to_stop_gives_its_jobs_back(place: Site) -> None:
    server = place.server(worker=False)
    worker = place.worker()
    job = post(f"{server.url}/long/a?seconds=2")
    wait_until(lambda: place.traces()["long-a"])
    worker.stop()
    assert worker.process.returncode == 0
    assert place.record(job).status is JobStatus.queued
    place.worker()

    record = place.ended(job)

    assert (record.status, record.attempt, record.crashes) == (JobStatus.succeeded, 2, 0)


@SHARED
def test_a_worker_with_a_thread_that_does_not_stop_ends_all_the_same(place: Site) -> None:
    server = place.server(worker=False)
    worker = place.worker()
    job = post(f"{server.url}/deaf")
    wait_until(lambda: place.traces()["deaf"])
    worker.stop()

    assert worker.process.returncode == 0
    assert place.record(job).status is JobStatus.queued


@SHARED
def test_a_worker_of_one_queue_leaves_what_a_dead_one_had_to_others(place: Site) -> None:
    server = place.server(worker=False)
    first = place.worker()
    job = post(f"{server.url}/long/a?seconds=1")
    wait_until(lambda: place.traces()["long-a"])
    first.kill()
    place.worker(queue="mail")
    time.sleep(2)
    assert place.record(job).attempt == 1
    place.worker()

    assert place.ended(job).status is JobStatus.succeeded


@SHARED
def test_a_cancelled_job_stops_in_another_process(place: Site) -> None:
    server = place.server(worker=False)
    place.worker()
    job = post(f"{server.url}/long/a?seconds=30")
    wait_until(lambda: place.traces()["long-a"])
    asked = time.monotonic()

    assert httpx2.post(f"{server.url}/jobs/{job}/cancel").json()["status"] == "cancelling"

    assert place.ended(job).status is JobStatus.cancelled
    assert time.monotonic() - asked < 3


@SHARED
def test_every_tick_is_one_job_however_many_processes(place: Site) -> None:
    ticks = {"LANEWAY_TEST_TICKS": "1"}
    place.server(**ticks)
    place.worker(**ticks)
    place.worker(**ticks)
    time.sleep(4)
    records = [record for record in place.records() if record.function == "tick"]

    seconds = [record.due for record in records]

    assert len(seconds) >= 2
    assert len(seconds) == len(set(seconds))
    assert all(second == int(second) for second in seconds)


@SHARED
def test_a_client_that_is_cut_off_ten_times_sees_every_event_once(place: Site) -> None:
    server = place.server(worker=False)
    place.worker()
    job = post(f"{server.url}/long/a?seconds=4")
    url, seen = f"{server.url}/jobs/{job}/events", []
    for _ in range(10):
        seen += events(url, after=seen[-1][0] if seen else 0, most=1)
    seen += events(url, after=seen[-1][0])

    assert [number for number, _, _ in seen] == list(range(1, len(seen) + 1))
    assert seen == events(url)
    assert seen[-1][2]["status"] == "succeeded"
    done = [data["done"] for _, kind, data in seen if kind == "progress"]
    assert done == sorted(set(done))
    assert done[-1] == 39


@SHARED
def test_a_durable_background_task_survives_its_server(place: Site) -> None:
    server = place.server(worker=False)
    replies = [httpx2.post(f"{server.url}/later/{number}").json() for number in range(5)]
    server.kill()
    place.worker()

    records = [place.ended(record.id) for record in place.records()]

    assert replies == ["later"] * 5
    assert [record.status for record in records] == [JobStatus.succeeded] * 5


@SHARED
def test_a_worker_that_stops_puts_back_what_it_had_taken_ahead(place: Site) -> None:
    server = place.server(worker=False)
    worker = place.worker()
    jobs = [post(f"{server.url}/long/{number}?seconds=1") for number in range(15)]
    wait_until(lambda: sum(word.startswith("long-") for word in place.traces()) >= 10)
    worker.stop()
    other = place.worker()

    records = [place.ended(job) for job in jobs]

    assert {(record.status, record.crashes) for record in records} == {(JobStatus.succeeded, 0)}
    assert "a worker died" not in other.said
