"""What Celery and its brokers do in their own way, and what is made of it."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from examples.jobs.brokers import free_port, redis_server
from laneway.jobs import Job, JobStatus
from laneway.jobs.dispatcher import parcel_of
from laneway.jobs.engine import Delivery
from laneway.jobs.errors import JobsError
from laneway.jobs.records import Parcel
from laneway.jobs.transitions import begin

from .scene import Scene, make_scene, served, until

pytest.importorskip("celery", reason="needs the extra `celery`")
# Redis alone is enough for what is said here; RabbitMQ does the same in the suite of all engines.
pytestmark = pytest.mark.parametrize("url_of", ["celery+redis"], indirect=True, scope="session")


class Other:
    """Another worker, as far as this one can see.

    Args:
        url: Where the jobs are.
    """

    def __init__(self, url: str) -> None:
        from laneway.jobs.celery.address import read_address
        from laneway.jobs.celery.claims import Claims, LifeSign
        from laneway.jobs.redis.client import Client

        address = read_address(url)
        self.redis = Client(address.store, address.name)
        self.claims = Claims(self.redis, "other")
        self.sign = LifeSign(address.store, self.redis.key("worker:other"))


@pytest.fixture
async def other(url: str) -> AsyncIterator[Other]:
    other = Other(url)
    yield other
    await other.redis.close()


def delivery_of(scene: Scene) -> Delivery:
    """How the jobs of a scene get to workers."""
    assert scene.app.jobs._open is not None
    return scene.app.jobs._open.engine.delivery


async def parcel_in_a_minute(scene: Scene) -> tuple[Job[object], Parcel]:
    """A job that is not sent yet, and what will be sent for it."""
    job = await scene.enqueue("wait", delay=60)
    return job, parcel_of(await job.record())


# -- who has a parcel


async def test_a_parcel_whose_worker_lives_is_not_opened(scene: Scene, other: Other) -> None:
    job, parcel = await parcel_in_a_minute(scene)
    with other.sign:
        await other.claims.take(parcel)
        await delivery_of(scene).send([parcel])
        await until(lambda: not scene.said)
        await emptied(scene, parcel)

        assert await job.status() is JobStatus.scheduled


async def emptied(scene: Scene, parcel: Parcel) -> None:
    """Return once the broker has nothing of a queue any more."""
    producer = delivery_of(scene)._producer  # type: ignore[attr-defined]
    while await producer.waiting(parcel.queue):  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)


async def test_a_parcel_whose_worker_died_is_opened(scene: Scene, other: Other) -> None:
    _job, parcel = await parcel_in_a_minute(scene)
    with other.sign:
        await other.claims.take(parcel)
    await delivery_of(scene).send([parcel])

    await until(lambda: scene.count("waiting"))


async def test_a_parcel_that_the_broker_brings_again_waits_for_its_worker_to_be_dead(
    scene: Scene, other: Other
) -> None:
    _job, parcel = await parcel_in_a_minute(scene)
    with other.sign:
        await other.claims.take(parcel)
        carried = asyncio.create_task(delivery_of(scene)._carry(parcel, again=True))  # type: ignore[attr-defined]
        await asyncio.sleep(0.2)
        assert not scene.said

    await until(lambda: scene.count("waiting"))
    scene.gate.set()
    await carried


async def test_a_parcel_that_was_sent_twice_is_opened_once(scene: Scene) -> None:
    job, parcel = await parcel_in_a_minute(scene)
    await delivery_of(scene).send([parcel, parcel])
    await until(lambda: scene.count("waiting"))
    await emptied(scene, parcel)
    scene.gate.set()

    assert await job.result(timeout=10) == "done"
    assert scene.count("waiting") == 1


async def test_a_worker_that_stops_gets_nothing_more(scene: Scene) -> None:
    await (await scene.enqueue("other name")).result(timeout=20)
    await delivery_of(scene).rest()
    await asyncio.sleep(0.5)
    _job, parcel = await parcel_in_a_minute(scene)
    await delivery_of(scene).send([parcel])
    await asyncio.sleep(0.5)

    assert await delivery_of(scene)._producer.waiting("default") == 1  # type: ignore[attr-defined]
    assert not scene.said


# -- what is missing


async def test_what_a_living_worker_has_is_not_missing(idle_scene: Scene, other: Other) -> None:
    _job, parcel = await parcel_in_a_minute(idle_scene)
    with other.sign:
        await other.claims.take(parcel)

        assert await delivery_of(idle_scene).missing([parcel]) == []


async def test_what_a_dead_worker_had_is_missing(idle_scene: Scene, other: Other) -> None:
    _job, parcel = await parcel_in_a_minute(idle_scene)
    with other.sign:
        await other.claims.take(parcel)

    assert await delivery_of(idle_scene).missing([parcel]) == [parcel]


async def test_what_waits_in_the_broker_is_not_missing(idle_scene: Scene) -> None:
    _job, parcel = await parcel_in_a_minute(idle_scene)
    await delivery_of(idle_scene).send([parcel])

    assert await delivery_of(idle_scene).missing([parcel]) == []


async def test_what_neither_the_broker_nor_a_worker_has_is_missing(idle_scene: Scene) -> None:
    _job, parcel = await parcel_in_a_minute(idle_scene)

    assert await delivery_of(idle_scene).missing([parcel]) == [parcel]


# -- servers that come and go, or are not fit


async def test_a_job_waits_for_a_broker_that_comes_late(url: str) -> None:
    port, store = free_port(), url.partition("+")[2].partition("?")[0]
    late = f"celery+redis://127.0.0.1:{port}/0?results={quote(store)}&name={url.rpartition('=')[2]}"
    async with served(make_scene(late)) as scene:
        job = await scene.enqueue("other name")
        await asyncio.sleep(0.5)
        assert await job.status() is JobStatus.queued
        with redis_server(port):
            await job.result(timeout=30)


async def test_a_job_runs_once_though_its_broker_dies_and_forgets(url: str) -> None:
    port, store = free_port(), url.partition("+")[2].partition("?")[0]
    mortal = f"celery+redis://127.0.0.1:{port}/0?results={quote(store)}&name={url.rpartition('=')[2]}"
    async with served(make_scene(mortal)) as scene:
        with redis_server(port):
            running = await scene.enqueue("wait")
            await until(lambda: scene.count("waiting"), 20.0)
        later = await scene.enqueue("other name")
        with redis_server(port):
            await later.result(timeout=40)
            scene.gate.set()

            assert await running.result(timeout=40) == "done"
        assert scene.count("waiting") == 1


async def test_a_redis_that_does_not_answer_is_told(url: str) -> None:
    gone = f"celery+redis://127.0.0.1:{free_port()}/0"

    with pytest.raises(JobsError, match=r"cannot be used: .* [?]results=redis"):
        async with served(make_scene(gone)):
            pass


@pytest.fixture
async def forgetful(other: Other) -> AsyncIterator[None]:
    """A Redis that throws away what it has no room for."""
    await other.redis.do("CONFIG SET", "maxmemory-policy", "allkeys-lru")
    yield
    await other.redis.do("CONFIG SET", "maxmemory-policy", "noeviction")


async def test_a_redis_that_forgets_is_refused(url: str, forgetful: None) -> None:
    with pytest.raises(JobsError, match="maxmemory-policy is allkeys-lru; set it to noeviction"):
        async with served(make_scene(url)):
            pass


async def test_two_apps_in_one_process_cannot_both_be_workers(scene: Scene, url: str) -> None:
    with pytest.raises(JobsError, match=r"worker=False"):
        async with served(make_scene(url)):
            pass


async def test_what_is_due_is_shown_to_one_process_at_a_time(url: str) -> None:
    from laneway.jobs.engines import make_engine

    store = make_engine(url).store
    await store.open()
    record = make_scene("memory:").function("other name").record((), {})
    await store.add(record)
    looks = [await store.unsent(record.due + 1, 10) for _ in range(2)]
    await store.close()

    assert [len(found) for found in looks] == [1, 0]


async def test_a_change_whose_answer_was_lost_counts_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from laneway.jobs.engines import make_engine
    from laneway.jobs.redis.client import Client, Script

    run = Client.run

    async def run_twice(client: Client, script: Script, *words: str | float) -> object:
        """As the library does when the connection breaks before the answer has come."""
        await run(client, script, *words)
        return await run(client, script, *words)

    monkeypatch.setattr(Client, "run", run_twice)
    store = make_engine(url).store
    await store.open()
    record = await store.add(make_scene("memory:").function("other name").record((), {}))
    parcel = parcel_of(record)
    begun = await store.update(record.id, begin(parcel, "me", record.due, 1))
    events = await store.events(record.id, 0)
    await store.close()

    assert begun is not None
    assert (begun.status, begun.attempt, begun.crashes) == (JobStatus.running, 1, 0)
    assert [event.id for event in events] == [1, 2]
