import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import asyncio
import time

import anyio
import pytest
from laneway import Laneway
from laneway.testing import AsyncTestClient, TestClient

app = Laneway(openapi_url=None)


@app.get("/slow/{number}")
async def slow(number: int) -> str:
    time.sleep(0.4)
    return "done"


@app.get("/fine")
def fine() -> str:
    time.sleep(0.4)
    return "done"


def test_client():
    assert TestClient(app).get("/slow/1").status_code == 200


async def test_async_client():
    async with AsyncTestClient(app) as client:
        await client.get("/slow/1")


async def test_itself():
    time.sleep(0.4)


def test_run():
    asyncio.run(asyncio.to_thread(time.sleep, 0.01))


def test_on_uvloop():
    uvloop = pytest.importorskip("uvloop")
    uvloop.run(test_itself())


async def test_fine():
    async with AsyncTestClient(app) as client:
        await client.get("/fine")


def test_fine_client():
    TestClient(app).get("/fine")


@pytest.mark.blocking_ok
async def test_allowed():
    time.sleep(0.4)
"""
SETTINGS = "[pytest]\nanyio_mode = auto\n"
WITH_PLUGIN = SETTINGS + "addopts = -p laneway.testing.guard\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with tests of both kinds."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "test_app.py").write_text(TESTS)
    (folder / "conftest.py").write_text(
        "import pytest\n\n\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    )
    return folder


def run(folder: Path, settings: str) -> str:
    """What pytest prints in that project."""
    (folder / "pytest.ini").write_text(settings)
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def outcome(folder: Path) -> str:
    """The same with the plugin, by one line of its settings."""
    return run(folder, WITH_PLUGIN)


@pytest.mark.parametrize("name", ["test_client", "test_async_client", "test_itself", "test_on_uvloop"])
def test_a_test_that_blocks_its_loop_fails(outcome: str, name: str) -> None:
    """Whoever runs the loop: TestClient's thread, AnyIO's plugin, uvloop."""
    assert f"FAILED test_app.py::{name}" in outcome


@pytest.mark.parametrize("name", ["test_run", "test_fine", "test_fine_client", "test_allowed"])
def test_a_test_that_does_not_block_or_may_block_passes(outcome: str, name: str) -> None:
    """Blocking in a thread is no fault."""
    assert f"PASSED test_app.py::{name}" in outcome


def test_the_failure_names_route_line_and_way_out(outcome: str) -> None:
    assert "GET /slow/{number} blocked the event loop" in outcome
    assert "await asyncio.sleep(0.4)" in outcome


def test_a_line_in_the_settings_turns_it_off(folder: Path) -> None:
    assert "FAILED" not in run(folder, WITH_PLUGIN + "laneway_guard = false\n")


def test_a_plugin_loaded_by_a_conftest_is_turned_on_by_a_line_in_the_settings(folder: Path) -> None:
    conftest = folder / "conftest.py"
    written = conftest.read_text()
    conftest.write_text(written + "\n\npytest_plugins = ['laneway.testing.guard']\n")
    try:
        outcomes = [run(folder, SETTINGS), run(folder, SETTINGS + "laneway_guard = true\n")]
    finally:
        conftest.write_text(written)

    assert ["FAILED" in outcome for outcome in outcomes] == [False, True]
