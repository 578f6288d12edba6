"""The engines that must all behave the same, and the servers that some of them need."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from examples.jobs.brokers import find_rabbitmq, find_redis, rabbitmq_server, redis_server

from .scene import Scene, make_scene, served

ENGINES = ("memory", "sqlite", "celery+redis", "celery+amqp")

UrlOf = Callable[[Path], str]
"""Where the jobs of a test are kept that has this folder."""


@contextmanager
def running_engine(name: str) -> Iterator[UrlOf]:
    """What an engine needs to run; a test is skipped if this machine has it not."""
    if name == "memory":
        yield lambda folder: "memory:"
    elif name == "sqlite":
        pytest.importorskip("dbos", reason="needs the extra `jobs`")
        yield lambda folder: f"sqlite:///{folder / 'jobs.db'}"
    else:
        pytest.importorskip("celery", reason="needs the extra `celery`")
        with _broker_and_store(name) as (broker, store):
            yield lambda folder: f"celery+{broker}?results={quote(store)}&name=test-{secrets.token_hex(4)}"


@contextmanager
def _broker_and_store(name: str) -> Iterator[tuple[str, str]]:
    if find_redis() is None:
        pytest.skip("needs redis-server")
    if name == "celery+amqp" and find_rabbitmq() is None:
        pytest.skip("needs rabbitmq-server")
    with redis_server() as redis:
        if name == "celery+redis":
            yield redis, redis
        else:
            with rabbitmq_server() as rabbitmq:
                yield rabbitmq, redis


# For the whole session: RabbitMQ takes seconds to start, and what runs before a test is not what the test left behind.
@pytest.fixture(params=ENGINES, scope="session")
def url_of(request: pytest.FixtureRequest) -> Iterator[UrlOf]:
    """An engine that runs; each test that asks for it runs once per engine."""
    with running_engine(request.param) as url_of:
        yield url_of


@pytest.fixture
def url(url_of: UrlOf, tmp_path: Path) -> str:
    """Where the jobs of this test are kept."""
    return url_of(tmp_path)


@pytest.fixture
async def scene(url: str) -> AsyncIterator[Scene]:
    """An app that is being served, with a worker in its process."""
    async with served(make_scene(url)) as scene:
        yield scene


@pytest.fixture
async def idle_scene(url: str) -> AsyncIterator[Scene]:
    """An app that only enqueues."""
    async with served(make_scene(url), worker=False) as scene:
        yield scene
