"""What every engine promises; each test runs on all of them."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from laneway.jobs import (
    JobArgumentsError,
    JobEndedError,
    JobFilter,
    JobStatus,
    UnknownJobError,
    every,
)
from laneway.jobs.dispatcher import Dispatcher, parcel_of
from laneway.jobs.records import Change, JobRecord, Told
from laneway.jobs.schedules import Schedule, keep_ticks

from .scene import Order, Report, Scene, until

ORDER = Order(title="Sum", due=datetime(2026, 1, 2, tzinfo=UTC), parts=[1, 2, 3])


async def statuses(job: object) -> list[object]:
    """The states a job went through."""
    return [event.data["status"] async for event in job.events() if event.kind == "status"]  # type: ignore[attr-defined]


# -- arguments and results


async def test_an_async_function_gets_its_arguments_as_they_were(scene: Scene) -> None:
    job = await scene.enqueue("build", ORDER, factor=10)

    assert await job.result(timeout=10) == Report(title="Sum", total=60)


async def test_a_blocking_function_runs_in_a_thread(scene: Scene) -> None:
    job = await scene.enqueue("build_in_thread", ORDER)

    assert await job.result(timeout=10) == Report(title="Sum", total=6)
    assert scene.said[0].startswith("laneway-thread-")


async def test_a_computing_function_runs_in_a_process(scene: Scene) -> None:
    job = await scene.enqueue("build_square", 12)

    assert await job.result(timeout=20) == 144


async def test_wrong_arguments_are_refused_before_anything_is_kept(scene: Scene) -> None:
    with pytest.raises(JobArgumentsError, match="order"):
        await scene.enqueue("build", "no order")

    assert await scene.app.jobs.find() == []


async def test_a_result_of_the_wrong_type_fails_the_job(scene: Scene) -> None:
    job = await scene.enqueue("wrong_result")

    with pytest.raises(JobEndedError, match="ValidationError"):
        await job.result(timeout=10)


async def test_a_job_is_found_again_by_its_id(scene: Scene) -> None:
    job = await scene.enqueue("build", ORDER)

    found = await scene.app.jobs.get(scene.function("build"), job.id)

    assert await found.result(timeout=10) == Report(title="Sum", total=12)


async def test_an_unknown_id_is_told(scene: Scene) -> None:
    with pytest.raises(UnknownJobError):
        await scene.app.jobs.record("0" * 32)


async def test_the_id_of_another_functions_job_is_unknown(scene: Scene) -> None:
    job = await scene.enqueue("forget")

    with pytest.raises(UnknownJobError):
        await scene.app.jobs.get(scene.function("build"), job.id)


# -- dependencies


async def test_dependencies_are_opened_before_the_job_and_closed_after_it(scene: Scene) -> None:
    job = await scene.enqueue("with_dependencies", 1)

    assert await job.result(timeout=10) == "1 connection settings"
    assert scene.said == ["opened", "settings", "running", "settings closed", "closed"]


async def test_dependencies_are_closed_when_the_job_fails(scene: Scene) -> None:
    job = await scene.enqueue("fail_with_dependency")

    with pytest.raises(JobEndedError, match="OSError: no disk"):
        await job.result(timeout=10)
    assert scene.said == ["opened", "closed"]


async def test_overridden_dependencies_are_replaced(scene: Scene) -> None:
    call = scene.function("with_dependencies").signature.dependant.dependencies[0].function
    with scene.app.override({call: lambda: "fake"}):
        job = await scene.enqueue("with_dependencies", 1)

        assert await job.result(timeout=10) == "1 fake settings"


# -- failing, retrying, time


async def test_a_failed_job_tells_type_and_message(scene: Scene) -> None:
    job = await scene.enqueue("fail_with_dependency")

    with pytest.raises(JobEndedError) as raised:
        await job.result(timeout=10)
    assert (raised.value.status, raised.value.type, raised.value.message) == ("failed", "OSError", "no disk")


async def test_a_failed_attempt_is_followed_by_another(scene: Scene) -> None:
    job = await scene.enqueue("fail_twice")

    assert await job.result(timeout=10) == 3
    expected = ["queued", "running", "retrying", "running", "retrying", "running", "succeeded"]
    assert await statuses(job) == expected


async def test_only_errors_that_a_retry_helps_against_are_retried(scene: Scene) -> None:
    job = await scene.enqueue("fail_wrongly")

    with pytest.raises(JobEndedError):
        await job.result(timeout=10)
    assert scene.count("attempt") == 1


async def test_an_attempt_that_takes_too_long_is_stopped(scene: Scene) -> None:
    begun = time.monotonic()
    job = await scene.enqueue("slow")

    with pytest.raises(JobEndedError, match=r"timed_out: JobTimeoutError: .* 0\.2 seconds"):
        await job.result(timeout=10)
    assert time.monotonic() - begun < 5


async def test_a_thread_that_checks_is_stopped_and_tried_again(scene: Scene) -> None:
    job = await scene.enqueue("slow_in_thread")

    with pytest.raises(JobEndedError, match="timed_out"):
        await job.result(timeout=10)
    assert scene.count("attempt") == 2


async def test_a_thread_that_does_not_stop_is_left_behind_and_not_doubled(scene: Scene) -> None:
    job = await scene.enqueue("deaf")

    with pytest.raises(JobEndedError, match="timed_out"):
        await job.result(timeout=10)
    assert scene.said == ["opened", "attempt"]  # what it uses stays open
    await until(lambda: scene.count("closed"))


async def test_a_job_knows_its_deadline(scene: Scene) -> None:
    job = await scene.enqueue("remaining")

    assert 4 < await job.result(timeout=10) <= 5  # type: ignore[operator]


async def test_a_job_may_enqueue_and_wait_for_another(scene: Scene) -> None:
    job = await scene.enqueue("enqueue_another", ORDER)

    assert await job.result(timeout=10) == Report(title="Sum", total=12)


async def test_waiting_for_a_result_has_a_time(scene: Scene) -> None:
    job = await scene.enqueue("wait")

    with pytest.raises(TimeoutError, match=r"after 0\.2 seconds"):
        await job.result(timeout=0.2)
    scene.gate.set()
    assert await job.result(timeout=10) == "done"


# -- when and how many


async def test_a_delayed_job_waits_for_its_time(scene: Scene) -> None:
    begun = time.time()
    job = await scene.enqueue("build", ORDER, delay=0.6)

    assert await job.status() is JobStatus.scheduled
    await job.result(timeout=10)
    assert (await job.record()).started - begun >= 0.6  # type: ignore[operator]


async def test_a_queue_runs_no_more_jobs_at_once_than_it_has_places(scene: Scene) -> None:
    jobs = [await scene.enqueue("one_at_a_time") for _ in range(5)]
    for job in jobs:
        await job.result(timeout=10)

    assert scene.said == ["in", "out"] * 5


async def test_a_key_makes_two_calls_one_job(scene: Scene) -> None:
    first = await scene.enqueue("build", ORDER, key="order-7")
    second = await scene.enqueue("build", ORDER, key="order-7")
    other = await scene.enqueue("build", ORDER, key="order-8")

    assert first.id == second.id != other.id


async def test_concurrent_calls_with_one_key_are_one_job(scene: Scene) -> None:
    jobs = await asyncio.gather(*(scene.enqueue("build", ORDER, key="same") for _ in range(20)))

    assert len({job.id for job in jobs}) == 1


async def test_a_key_belongs_to_its_function(scene: Scene) -> None:
    first = await scene.enqueue("forget", key="same")
    second = await scene.enqueue("other name", key="same")

    assert first.id != second.id


# -- cancelling


async def test_a_waiting_job_is_cancelled_at_once_and_never_runs(scene: Scene) -> None:
    job = await scene.enqueue("wait", delay=30)

    assert await job.cancel() is JobStatus.cancelled
    assert scene.said == []


async def test_a_running_job_is_cancelled_and_its_dependencies_closed(scene: Scene) -> None:
    job = await scene.enqueue("wait")
    await until(lambda: scene.count("waiting"))

    assert await job.cancel() is JobStatus.cancelling
    with pytest.raises(JobEndedError, match="is cancelled"):
        await job.result(timeout=10)
    assert scene.said == ["opened", "waiting", "closed"]


async def test_a_thread_that_checks_is_cancelled(scene: Scene) -> None:
    job = await scene.enqueue("wait_in_thread")
    await until(lambda: scene.count("waiting"))
    await job.cancel()

    with pytest.raises(JobEndedError, match="is cancelled"):
        await job.result(timeout=10)


async def test_a_job_that_has_ended_stays_as_it_is(scene: Scene) -> None:
    job = await scene.enqueue("build", ORDER)
    await job.result(timeout=10)

    assert await job.cancel() is JobStatus.succeeded


# -- progress and events


async def test_of_quick_progress_the_last_is_told_before_the_end(scene: Scene) -> None:
    job = await scene.enqueue("report_quickly", 500)
    events = [event async for event in job.events()]

    assert len(events) < 20
    assert events[-2].data == {"done": 500, "total": 500, "note": "step 500"}
    assert events[-1].is_last


async def test_slow_progress_is_told_whole(scene: Scene) -> None:
    job = await scene.enqueue("report_slowly", 4)

    done = [event.data["done"] async for event in job.events() if event.kind == "progress"]

    assert done == [1, 2, 3, 4]


async def test_events_go_on_where_a_client_left(scene: Scene) -> None:
    job = await scene.enqueue("report_slowly", 3)
    whole = [event async for event in job.events()]

    for seen in range(len(whole) + 1):
        rest = [event async for event in job.events(after=seen)]
        assert rest == whole[seen:]


async def test_events_are_numbered_without_a_gap(scene: Scene) -> None:
    job = await scene.enqueue("report_slowly", 2)

    numbers = [event.id async for event in job.events()]

    assert numbers == list(range(1, len(numbers) + 1))


async def test_events_of_an_unknown_job_are_refused(scene: Scene) -> None:
    job = await scene.enqueue("forget")
    await job.result(timeout=10)
    await scene.app.jobs.ledger.store.purge(time.time() + 1)

    with pytest.raises(UnknownJobError):
        _ = [event async for event in job.events()]


# -- keeping, finding


async def test_jobs_are_forgotten_when_their_time_is_over(scene: Scene) -> None:
    kept, gone = await scene.enqueue("build", ORDER), await scene.enqueue("forget", key="k")
    await kept.result(timeout=10)
    await gone.result(timeout=10)

    assert await scene.app.jobs.ledger.store.purge(time.time() + 1) == 1
    assert [record.id for record in await scene.app.jobs.find()] == [kept.id]
    assert (await scene.enqueue("forget", key="k")).id != gone.id


async def test_jobs_are_listed_the_latest_first_and_in_pages(idle_scene: Scene) -> None:
    jobs = [(await idle_scene.enqueue("forget")).id for _ in range(5)]
    find = idle_scene.app.jobs.find

    first = [record.id for record in await find(JobFilter(limit=2))]
    second = [record.id for record in await find(JobFilter(limit=2, before=first[-1]))]

    assert first + second == jobs[:0:-1]


async def test_jobs_are_listed_by_what_they_are(idle_scene: Scene) -> None:
    mine = await idle_scene.enqueue("forget", owner="ann")
    await idle_scene.enqueue("forget", owner="bob")
    await idle_scene.enqueue("other name", owner="ann")
    wanted = JobFilter(status=JobStatus.queued, function="forget", queue="default", owner="ann")

    assert [record.id for record in await idle_scene.app.jobs.find(wanted)] == [mine.id]


# -- changing


async def test_of_changes_at_once_each_sees_what_the_one_before_did(idle_scene: Scene) -> None:
    job = await idle_scene.enqueue("wait", delay=30)
    store = idle_scene.app.jobs.ledger.store

    def count(record: JobRecord) -> Change:
        return Change(
            replace(record, failures=record.failures + 1), (Told("progress", {"done": record.failures}),)
        )

    await asyncio.gather(*(store.update(job.id, count) for _ in range(20)))

    assert (await job.record()).failures == 20
    assert [event.data["done"] for event in await store.events(job.id, 1)] == list(range(20))


async def test_old_progress_is_forgotten_and_states_are_not(idle_scene: Scene) -> None:
    job = await idle_scene.enqueue("wait", delay=30)
    store = idle_scene.app.jobs.ledger.store

    def tell(record: JobRecord) -> Change:
        return Change(record, tuple(Told("progress", {"done": number}) for number in range(100)))

    for _ in range(12):
        await store.update(job.id, tell)

    events = await store.events(job.id, 0)
    assert [event.id for event in events] == [1, *range(201, 1202)]


# -- workers that come and go


async def test_a_process_that_only_enqueues_runs_nothing(idle_scene: Scene) -> None:
    job = await idle_scene.enqueue("build", ORDER)
    await asyncio.sleep(0.5)

    assert await job.status() is JobStatus.queued


async def test_a_parcel_that_comes_twice_is_opened_once(scene: Scene) -> None:
    job = await scene.enqueue("wait")
    await until(lambda: scene.count("waiting"))
    assert scene.app.jobs._open is not None
    runner = scene.app.jobs._open.runner
    assert runner is not None
    await runner.receive(parcel_of(await job.record()))
    scene.gate.set()

    assert await job.result(timeout=10) == "done"
    assert scene.count("waiting") == 1


async def test_what_the_delivery_loses_is_sent_again(idle_scene: Scene) -> None:
    job = await idle_scene.enqueue("build", ORDER)
    record = await job.record()
    here = idle_scene.app.jobs._open
    assert here is not None
    await until(lambda: True)
    await asyncio.sleep(0.3)
    known = parcel_of(record)

    async def missing(parcels: object) -> list[object]:
        return [known]

    here.engine.delivery.missing = missing  # type: ignore[assignment,method-assign]
    await _audit_now(here.dispatcher)

    assert (await job.record()).delivery == 2


async def _audit_now(dispatcher: Dispatcher) -> None:
    before = time.time
    time.time = lambda: before() + 60  # type: ignore[assignment]
    try:
        await dispatcher._audit()
    finally:
        time.time = before  # type: ignore[assignment]


# -- schedules


async def test_a_schedule_enqueues_each_tick_once(scene: Scene) -> None:
    store, function = scene.app.jobs.ledger.store, scene.function("forget")
    schedules = [Schedule("s", function, every(1000)) for _ in range(3)]  # as three processes have them
    await store.tick("s", 0.0, None)

    won = [await keep_ticks([schedule], store) for schedule in schedules]

    assert won == [True, False, False]
    assert len(await scene.app.jobs.find(JobFilter(function="forget"))) == 1


async def test_a_new_schedule_begins_with_its_next_tick(scene: Scene) -> None:
    store = scene.app.jobs.ledger.store

    assert not await store.tick("new", 100.0, None)
    assert not await store.tick("new", 100.0, scene.function("forget").record((), {}))
    assert await store.tick("new", 200.0, scene.function("forget").record((), {}))
    assert not await store.tick("new", 150.0, scene.function("forget").record((), {}))
