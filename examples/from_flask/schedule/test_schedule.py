"""A scheduled task with a time limit, both ways: what happens when the time is up."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest

from examples.from_flask.schedule import flask_app, laneway_app
from examples.serving import ROOT
from laneway.jobs import JobEndedError, JobFunction, JobStatus
from laneway.testing import TestClient

LIMIT = 0.2
SHOPS = 8  # 0.8 seconds of work


def until(words: list[str]) -> bool:
    """Whether Flask's log comes to be so."""
    deadline = time.monotonic() + 20
    while flask_app.log != words and time.monotonic() < deadline:
        time.sleep(0.01)
    return flask_app.log == words


@pytest.fixture
def flask(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Flask's task with a shorter limit, in a pool of one thread that is gone afterwards."""
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(flask_app, "pool", pool)
        monkeypatch.setattr(flask_app, "LIMIT", LIMIT)
        monkeypatch.setattr(flask_app, "log", [])
        monkeypatch.setattr(flask_app.fetch_rates, "__defaults__", (SHOPS,))
        yield


@pytest.mark.usefixtures("flask")
def test_in_flask_the_thread_goes_on_after_the_timeout() -> None:
    flask_app.scheduled()

    assert flask_app.log == ["given up"]
    assert until(["given up", "all fetched"])


@pytest.mark.usefixtures("flask")
def test_in_flask_the_next_one_waits_behind_the_one_that_was_given_up() -> None:
    flask_app.scheduled()
    flask_app.scheduled()  # its time is up before it has begun

    assert flask_app.log == ["given up", "given up"]
    assert until(["given up", "given up", "all fetched", "all fetched"])


def test_in_flask_the_process_cannot_end_before_the_thread() -> None:
    program = (
        "import atexit, time; from examples.from_flask.schedule import flask_app as flask; "
        f"flask.LIMIT = {LIMIT}; flask.fetch_rates.__defaults__ = ({SHOPS},); flask.scheduled(); "
        "atexit.register(lambda: print(flask.log))"
    )
    said = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    ).stdout

    assert said.strip() == "['given up', 'all fetched']"


Ends = Callable[["JobFunction[..., object]"], JobStatus]


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    """How a job of a function ends, with less time than the file gives it."""
    monkeypatch.setattr(laneway_app, "log", [])
    for function in laneway_app.app.jobs.functions.values():
        monkeypatch.setattr(function, "options", replace(function.options, timeout=LIMIT))

    async def run(function: "JobFunction[..., object]") -> JobStatus:
        job = await function.enqueue()
        with suppress(JobEndedError):
            await job.result(timeout=20)
        return await job.status()

    with TestClient(laneway_app.app) as client:
        yield partial(client.portal.call, run)  # type: ignore[union-attr]


def test_here_a_coroutine_is_cancelled_and_cleans_up(ends: Ends) -> None:
    assert ends(laneway_app.fetch_rates) is JobStatus.timed_out
    assert laneway_app.log == ["connection closed"]


def test_here_a_thread_stops_where_it_asks(ends: Ends) -> None:
    assert ends(laneway_app.fetch_in_thread) is JobStatus.timed_out
    assert laneway_app.log == []


def test_here_a_process_is_killed(ends: Ends) -> None:
    assert ends(laneway_app.add_up) is JobStatus.timed_out
    assert laneway_app.app.lanes["math"].stats().timed_out == 1


def test_here_the_next_one_has_its_place(ends: Ends) -> None:
    states = [ends(laneway_app.fetch_rates) for _ in range(12)]

    assert states == [JobStatus.timed_out] * 12  # more than there are places


def test_here_there_is_one_schedule_however_many_processes() -> None:
    (schedule,) = laneway_app.app.jobs.schedules

    assert (schedule.function, schedule.timetable.spec) == (laneway_app.fetch_rates, "every 3600s")
