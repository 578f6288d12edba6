"""The engines that must all behave the same."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .scene import Scene, make_scene, served

ENGINES = ("memory", "sqlite")


def url_of(engine: str, folder: Path) -> str:
    """Where an engine keeps the jobs of a test."""
    if engine == "memory":
        return "memory:"
    pytest.importorskip("dbos", reason="needs the extra `jobs`")
    return f"sqlite:///{folder / 'jobs.db'}"


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the jobs are kept; each test of the contract runs once per engine."""
    return url_of(request.param, tmp_path)


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
