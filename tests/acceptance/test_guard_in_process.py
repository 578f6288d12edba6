"""The guard in one process: settings, several loops, forks, policies."""

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from laneway import Depends, Laneway
from laneway.guard import BlockedLoopError, Guard, GuardSettings, Incident, Kind, guarding, install
from laneway.testing import AsyncTestClient

pytestmark = pytest.mark.blocking_ok  # the guard is tried on blocks that are made on purpose

BLOCK_SECONDS = 0.4
SETTLE_SECONDS = 0.2


def line_of(function: Callable[..., object], offset: int) -> int:
    return function.__code__.co_firstlineno + offset


def block() -> None:
    time.sleep(BLOCK_SECONDS)


async def blocked(guard: Guard) -> None:
    """Block the loop once, after a moment in which the guard gets to know it."""
    guard.start()
    await settle_block_settle()
    guard.stop()


def at_fault(incidents: list[Incident]) -> list[Incident]:
    return [incident for incident in incidents if incident.is_at_fault]


async def test_a_block_outside_of_requests_has_a_line_and_no_route() -> None:
    found: list[Incident] = []
    await blocked(Guard(asyncio.get_running_loop(), on_incident=found.append))
    (incident,) = at_fault(found)

    assert (incident.route, incident.kind, incident.callee) == (None, Kind.wait, "time.sleep")
    assert incident.place is not None
    assert incident.place.line == line_of(block, 1)


async def test_a_blocking_dependency_is_named_with_the_route_that_uses_it() -> None:
    """The line is the dependency's, the handler the endpoint."""
    app = Laneway(openapi_url=None)
    found: list[Incident] = []

    async def user() -> str:
        time.sleep(BLOCK_SECONDS)  # noqa: ASYNC251  # on purpose
        return "somebody"

    @app.get("/users/{number}")
    async def read(number: int, name: str = Depends(user)) -> str:
        return name

    guard = Guard(asyncio.get_running_loop(), on_incident=found.append)
    guard.start()
    async with AsyncTestClient(app) as client:
        await asyncio.sleep(SETTLE_SECONDS)
        await client.get("/users/7")
        await asyncio.sleep(SETTLE_SECONDS)
    guard.stop()
    (incident,) = at_fault(found)

    assert (incident.route, incident.method, incident.path) == (
        "GET /users/{number}",
        "GET",
        "/users/{number}",
    )
    assert incident.place is not None
    assert incident.place.line == line_of(user, 1)
    assert incident.handler is not None
    assert incident.handler.function == read.__qualname__


async def test_an_incident_holds_no_values() -> None:
    """Neither arguments nor paths as they were asked for reach a log."""
    app = Laneway(openapi_url=None)
    found: list[Incident] = []

    @app.get("/users/{secret}")
    async def read(secret: str) -> str:
        time.sleep(BLOCK_SECONDS)  # noqa: ASYNC251  # on purpose
        return secret

    guard = Guard(asyncio.get_running_loop(), on_incident=found.append)
    guard.start()
    async with AsyncTestClient(app) as client:
        await asyncio.sleep(SETTLE_SECONDS)
        await client.get("/users/hunter2")
        await asyncio.sleep(SETTLE_SECONDS)
    guard.stop()

    assert at_fault(found)
    assert "hunter2" not in repr(found)


def test_two_loops_in_one_process_have_two_guards() -> None:
    """Each reports its own."""

    async def run(name: str) -> tuple[str, list[Incident]]:
        found: list[Incident] = []
        guard = Guard(asyncio.get_running_loop(), on_incident=found.append)
        if name == "blocked":
            await blocked(guard)
        else:
            guard.start()
            await asyncio.sleep(BLOCK_SECONDS + 2 * SETTLE_SECONDS)
            guard.stop()
        return name, at_fault(found)

    with ThreadPoolExecutor(2) as threads:
        outcomes = dict(threads.map(lambda name: asyncio.run(run(name)), ["blocked", "calm"]))

    assert (len(outcomes["blocked"]), outcomes["calm"]) == (1, [])


def test_a_block_right_before_the_end_is_reported() -> None:
    """The loop has had no time to answer."""
    found: list[Incident] = []

    async def run() -> None:
        guard = Guard(asyncio.get_running_loop(), on_incident=found.append)
        guard.start()
        await asyncio.sleep(SETTLE_SECONDS)
        block()
        guard.stop()

    asyncio.run(run())

    assert len(at_fault(found)) == 1


async def test_the_same_line_is_reported_once_a_minute() -> None:
    """And counted every time."""
    found: list[Incident] = []
    guard = Guard(asyncio.get_running_loop(), on_incident=found.append)
    guard.start()
    for _ in range(3):
        await asyncio.sleep(SETTLE_SECONDS)
        block()
    await asyncio.sleep(SETTLE_SECONDS)
    guard.stop()

    assert len(at_fault(found)) == 1
    assert guard.snapshot().incidents[None, Kind.wait] == 3
    assert guard.snapshot().blocked_seconds[None, Kind.wait] > 2 * BLOCK_SECONDS


async def test_the_share_of_the_loop_goes_to_the_route_that_takes_it() -> None:
    """Steps too short to be incidents still show who uses the loop."""
    app = Laneway(openapi_url=None)

    @app.get("/heavy")
    async def heavy() -> None:
        end = time.monotonic() + 0.02
        while time.monotonic() < end:
            pass

    guard = Guard(asyncio.get_running_loop(), on_incident=lambda _: None)
    guard.start()
    async with AsyncTestClient(app) as client:
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            await client.get("/heavy")
    guard.stop()

    assert guard.snapshot().share_by_route["GET /heavy"] > 0.3


async def test_a_report_that_fails_does_not_end_the_watch(caplog: pytest.LogCaptureFixture) -> None:
    guard = Guard(asyncio.get_running_loop(), window=0.0, on_incident=lambda _: 1 / 0)
    await blocked(guard)
    await blocked(guard)

    assert guard.snapshot().incidents[None, Kind.wait] == 2
    assert "its report of an incident failed" in caplog.text


async def test_warnings_have_stable_keys(caplog: pytest.LogCaptureFixture) -> None:
    """What collects logs can rely on them."""
    with caplog.at_level(logging.WARNING, "laneway.guard"):
        async with guarding(GuardSettings.parse("warn:100")):
            await asyncio.sleep(SETTLE_SECONDS)
            block()
            await asyncio.sleep(SETTLE_SECONDS)
    record = next(one for one in caplog.records if getattr(one, "guard_kind", None) == "wait")

    assert (record.__dict__["guard_line"], record.__dict__["guard_callee"]) == (
        line_of(block, 1),
        "time.sleep",
    )
    assert record.threadName == "laneway-guard"


async def test_in_development_the_rewrite_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    async with guarding(GuardSettings.parse("dev")):
        await asyncio.sleep(SETTLE_SECONDS)
        block()
        await asyncio.sleep(SETTLE_SECONDS)

    assert "await asyncio.sleep(BLOCK_SECONDS)" in capsys.readouterr().err


async def test_the_policy_raise_raises_at_the_end() -> None:
    async def run() -> None:
        async with guarding(GuardSettings.parse("raise")):
            await asyncio.sleep(SETTLE_SECONDS)
            block()

    with pytest.raises(BlockedLoopError, match=r"blocked the event loop for \d+ ms \(wait\)"):
        await run()


async def test_the_environment_turns_the_guard_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANEWAY_GUARD", "warn:250")
    async with guarding() as guard:
        assert guard is not None
        assert (guard.running, guard.threshold) == (True, 0.25)


async def test_without_a_setting_nothing_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANEWAY_GUARD", raising=False)
    async with guarding() as guard:
        assert guard is None


async def test_an_app_in_an_app_shares_its_guard() -> None:
    settings = GuardSettings.parse("warn")
    async with guarding(settings) as outer, guarding(settings) as inner:
        assert outer is inner


def test_an_import_of_a_slow_module_is_told_as_such(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It happens once, and the line is the one in the module."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "slow_to_import.py").write_text(f"import time\n\ntime.sleep({BLOCK_SECONDS})\n")
    monkeypatch.syspath_prepend(folder)
    found: list[Incident] = []

    async def run() -> None:
        guard = Guard(asyncio.get_running_loop(), on_incident=found.append)
        guard.start()
        await asyncio.sleep(SETTLE_SECONDS)
        __import__("slow_to_import")
        await asyncio.sleep(SETTLE_SECONDS)
        guard.stop()

    asyncio.run(run())

    assert [(one.kind, one.place.line) for one in found if one.place] == [(Kind.importing, 3)]


def test_a_stopped_loop_is_no_block() -> None:
    """A loop may rest between two runs, as those of test plugins do."""
    found: list[Incident] = []
    loop = asyncio.new_event_loop()
    guard = Guard(loop, on_incident=found.append)
    guard.start()
    loop.run_until_complete(asyncio.sleep(SETTLE_SECONDS))
    time.sleep(BLOCK_SECONDS)
    loop.run_until_complete(asyncio.sleep(SETTLE_SECONDS))
    guard.stop()
    loop.close()

    assert at_fault(found) == []


def test_a_closed_loop_ends_the_watch() -> None:
    """A guard that nobody stopped goes with its loop."""
    loop = asyncio.new_event_loop()
    guard = Guard(loop, on_incident=lambda _: None)
    guard.start()
    loop.run_until_complete(asyncio.sleep(0.05))
    loop.close()
    deadline = time.monotonic() + 5
    while guard.running and time.monotonic() < deadline:
        time.sleep(0.01)

    assert not guard.running


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_loop_that_runs_in_a_forked_child_is_watched_there() -> None:
    """Threads do not survive a fork."""
    reading, writing = os.pipe()
    found: list[Incident] = []
    loop = asyncio.new_event_loop()
    guard = Guard(loop, on_incident=found.append)
    guard.start()
    child = os.fork()
    if child == 0:
        try:
            loop.run_until_complete(settle_block_settle())
            os.write(writing, json.dumps([one.callee for one in found]).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    guard.stop()
    loop.close()

    assert "time.sleep" in json.loads(told)


async def settle_block_settle() -> None:
    await asyncio.sleep(SETTLE_SECONDS)
    block()
    await asyncio.sleep(SETTLE_SECONDS)


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def test_stopping_leaves_no_file_open() -> None:
    """The scheduler's files are given back."""
    if sys.platform != "linux":
        pytest.skip("files of /proc")
    before = open_files()
    for _ in range(3):
        guard = install(asyncio.get_running_loop(), GuardSettings.parse("warn"))
        assert guard is not None
        await asyncio.sleep(0.1)
        guard.stop()

    assert open_files() == before
