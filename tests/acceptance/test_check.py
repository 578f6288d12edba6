"""`laneway check` as its users have it, and what `laneway dev` says of the same."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "laneway"]
BAD = """\
from laneway import Laneway
from helpers import load

app = Laneway()

@app.get("/rates")
async def rates() -> int:
    return load()
"""
HELPERS = """\
import time

def load() -> int:
    time.sleep(1)
    return 1
"""
GOOD = BAD.replace("async def", "def")
ADVICE = BAD.replace("load()", "open('x').read()")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory with an app whose endpoint blocks in a helper."""
    (tmp_path / "main.py").write_text(BAD)
    (tmp_path / "helpers.py").write_text(HELPERS)
    return tmp_path


def environment() -> dict[str, str]:
    """The environment without options of ours."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LANEWAY_")}
    return inherited | {"PYDANTIC_DISABLE_PLUGINS": "__all__"}


def check(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The finished command."""
    return subprocess.run(
        [*COMMAND, "check", *arguments],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_way_from_the_route_to_the_call_is_printed(project: Path) -> None:
    """In one line, each step with its file and line."""
    said = check(project).stdout

    assert "GET /rates: main.py:8 load -> helpers.py:4 time.sleep" in said


def test_the_line_and_the_fix_are_printed(project: Path) -> None:
    """The line that blocks, and what to write where it is called."""
    lines = [" ".join(line.split()) for line in check(project).stdout.splitlines()]

    assert "4 time.sleep(1)" in lines
    assert "fix await asyncio.to_thread(load), in main.py:8" in lines


def test_a_blocking_call_ends_with_1(project: Path) -> None:
    """So that a pipeline stops."""
    done = check(project, "main:app")

    assert (done.returncode, done.stdout.splitlines()[-1][:15]) == (1, "1 blocking call")


def test_a_good_app_ends_with_0(project: Path) -> None:
    """And says that it was looked at."""
    (project / "main.py").write_text(GOOD)

    done = check(project)

    assert (done.returncode, done.stdout[:22]) == (0, "No blocking call found")


def test_an_app_that_cannot_be_imported_ends_with_2(project: Path) -> None:
    """With the app's own traceback."""
    (project / "main.py").write_text("limit = 1 / 0\n")

    done = check(project)

    assert done.returncode == 2
    assert "ZeroDivisionError" in done.stderr


def test_an_app_that_does_not_exist_ends_with_2(project: Path) -> None:
    """As a wrong option does."""
    done = check(project, "nowhere:app")

    assert (done.returncode, "there is no module 'nowhere'" in done.stderr) == (2, True)


def test_an_app_that_lists_no_routes_ends_with_2(project: Path) -> None:
    """It cannot be looked into."""
    (project / "main.py").write_text("async def app(scope, receive, send): ...\n")

    done = check(project, "main:app")

    assert (done.returncode, "does not list its routes" in done.stderr) == (2, True)


def test_advice_ends_with_0(project: Path) -> None:
    """A small file is no reason to stop a pipeline."""
    (project / "main.py").write_text(ADVICE)

    done = check(project)

    assert (done.returncode, "main.py:8 open (may block)" in done.stdout) == (0, True)


def test_advice_ends_with_1_when_strict(project: Path) -> None:
    """For those who want it."""
    (project / "main.py").write_text(ADVICE)

    assert check(project, "--strict").returncode == 1


def test_json_is_for_programs(project: Path) -> None:
    """Nothing else is on standard output."""
    done = check(project, "--format", "json")

    document = json.loads(done.stdout)
    (problem,) = document["problems"]
    assert (done.returncode, document["blocking"]) == (1, 1)
    assert problem == {
        "level": "blocks",
        "call": "time.sleep",
        "kind": "sleep",
        "file": "helpers.py",
        "line": 4,
        "source": "time.sleep(1)",
        "route": "GET /rates",
        "also": [],
        "chain": [
            {"file": "main.py", "line": 8, "in": "rates", "calls": "load"},
            {"file": "helpers.py", "line": 4, "in": "load", "calls": "time.sleep"},
        ],
        "fixes": [
            "await asyncio.to_thread(load), in main.py:8",
            "or write `def rates`: it awaits nothing, so it can run in a thread",
        ],
    }


def test_github_shows_the_problem_at_its_line(project: Path) -> None:
    """One workflow command in one line, with what its syntax uses escaped."""
    (line,) = check(project, "--format", "github").stdout.splitlines()

    place, _, message = line.removeprefix("::error ").partition("::")
    assert place == "file=helpers.py,line=4,title=time.sleep blocks the event loop"
    assert message.startswith("GET /rates: main.py:8 load -> helpers.py:4 time.sleep%0AFix: await ")


def test_an_unknown_format_is_named(project: Path) -> None:
    """With those that exist."""
    done = check(project, "--format", "xml")

    assert (done.returncode, "'xml' is none of text, github, json" in done.stderr) == (2, True)


def test_nothing_that_the_app_holds_is_called(project: Path) -> None:
    """The app is imported; its endpoints and dependencies are only read."""
    (project / "main.py").write_text(BAD.replace("return load()", "open('was_run', 'w')"))

    check(project)

    assert not (project / "was_run").exists()


def test_a_fastapi_app_is_checked_unchanged(project: Path) -> None:
    """With `--fastapi`, as in the other commands."""
    (project / "main.py").write_text(
        BAD.replace("from laneway import Laneway", "from fastapi import FastAPI as Laneway")
    )

    assert "GET /rates: main.py:8" in check(project, "--fastapi").stdout


def test_dev_tells_at_its_start_in_one_line(project: Path) -> None:
    """After the address, from a thread of its own."""
    process = subprocess.Popen(
        [*COMMAND, "dev", "--port", "0"],
        cwd=project,
        env=environment() | {"COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    said = ""
    try:
        while not (found := re.search("^check: .*$", said, re.MULTILINE)):
            line = process.stdout.readline()
            assert line, f"the server ended: {said}"
            said += line
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)

    assert found[0] == (
        "check: 1 blocking call in async code, GET /rates helpers.py:4 time.sleep; run laneway check"
    )
