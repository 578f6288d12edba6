"""What to do is told in the words of the code."""

from pathlib import Path

from .apps import problem_of


def test_a_sleep_is_awaited_instead(tmp_path: Path) -> None:
    """With its own argument."""
    problem = problem_of(tmp_path, "@app.get('/')\nasync def home(): time.sleep(0.5)\n")

    assert problem.fixes[0] == "await asyncio.sleep(0.5)"


def test_a_call_goes_to_a_thread_as_it_was_written(tmp_path: Path) -> None:
    """Function and arguments taken apart."""
    code = "@app.get('/')\nasync def home(): subprocess.run(['ls', \"-l\"], check=True)\n"

    assert problem_of(tmp_path, code).fixes[0] == (
        "await asyncio.to_thread(subprocess.run, ['ls', \"-l\"], check=True)"
    )


def test_a_helper_goes_to_a_thread_as_a_whole(tmp_path: Path) -> None:
    """Where the coroutine calls it, which is not the line that blocks."""
    code = "def load(n):\n    time.sleep(n)\n@app.get('/')\nasync def home():\n    load(1)\n"

    fix = problem_of(tmp_path, code).fixes[0]

    assert fix.startswith("await asyncio.to_thread(load, 1), in ")
    assert fix.endswith(".py:8")


def test_an_endpoint_that_awaits_nothing_can_be_def(tmp_path: Path) -> None:
    """Then it runs in a thread."""
    problem = problem_of(tmp_path, "@app.get('/')\nasync def home(): time.sleep(1)\n")

    assert "or write `def home`: it awaits nothing, so it can run in a thread" in problem.fixes


def test_an_endpoint_that_awaits_stays_async(tmp_path: Path) -> None:
    """Or it would no longer work."""
    code = "@app.get('/')\nasync def home():\n    time.sleep(1)\n    await asyncio.sleep(1)\n"

    assert not any("def home" in fix for fix in problem_of(tmp_path, code).fixes)


def test_middleware_is_not_told_to_be_def(tmp_path: Path) -> None:
    """It has to be a coroutine."""
    code = "@app.middleware('http')\nasync def pause(request, call_next):\n    time.sleep(1)\n"

    assert problem_of(tmp_path, code).fixes == ("await asyncio.sleep(1)",)


def test_a_library_with_an_async_twin_is_named(tmp_path: Path) -> None:
    """As one more way."""
    code = "@app.get('/')\nasync def home():\n    import sqlite3\n    sqlite3.connect('x')\n"

    assert "or use aiosqlite" in problem_of(tmp_path, code).fixes


def test_a_lock_has_no_call_to_send(tmp_path: Path) -> None:
    """So the block around it is."""
    code = "lock = threading.Lock()\n@app.get('/')\nasync def home():\n    with lock: pass\n"

    assert problem_of(tmp_path, code).fixes[0] == (
        "move this into a function and await asyncio.to_thread(function)"
    )


def test_long_arguments_are_left_to_the_reader(tmp_path: Path) -> None:
    """A fix is one line."""
    code = f"@app.get('/')\nasync def home():\n    subprocess.run({'x' * 120!r})\n"

    assert problem_of(tmp_path, code).fixes[0] == "await asyncio.to_thread(subprocess.run, ...)"
