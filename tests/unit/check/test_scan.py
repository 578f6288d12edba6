"""What the scan says about an app as a whole."""

import functools
from pathlib import Path

import pytest

from laneway import Laneway
from laneway.check import allow_blocking
from laneway.check.allow import is_allowed
from laneway.check.machine import OWN_DEPTH
from laneway.check.scan import scan, summary
from laneway.check.sources import is_library, shortened

from .apps import app_of, problem_of, report_of

SLEEPS = "@app.get('/{}')\nasync def {}():\n    time.sleep(1)\n"


def chain_of(length: int) -> str:
    """Functions that call each other; the last one sleeps."""
    links = [f"def f{place}():\n    f{place + 1}()\n" for place in range(length)]
    return "".join(links) + f"def f{length}():\n    time.sleep(1)\n"


def test_the_way_to_the_call_is_told_step_by_step(tmp_path: Path) -> None:
    """Each step is the line of a call and what it calls."""
    code = "def load():\n    time.sleep(1)\n@app.get('/a')\nasync def home():\n    load()\n"

    problem = problem_of(tmp_path, code)

    assert [(step.line, step.callee) for step in problem.finding.steps] == [(8, "load"), (5, "time.sleep")]
    assert (problem.root, problem.source) == ("GET /a", "time.sleep(1)")


def test_one_line_that_many_routes_reach_is_one_problem(tmp_path: Path) -> None:
    """Told with the shortest way, and the other routes by name."""
    code = (
        "def load():\n    time.sleep(1)\ndef far():\n    load()\n"
        "@app.get('/far')\nasync def a():\n    far()\n@app.get('/near')\nasync def b():\n    load()\n"
    )

    problem = problem_of(tmp_path, code)

    assert (problem.root, problem.also) == ("GET /near", ("GET /far",))


def test_blocking_calls_come_before_advice(tmp_path: Path) -> None:
    """Whatever their lines."""
    code = "@app.get('/')\nasync def home():\n    open('x')\n    time.sleep(1)\n"

    assert [problem.blocks for problem in report_of(tmp_path, code).problems] == [True, False]


def test_calls_are_followed_so_deep_and_no_deeper(tmp_path: Path) -> None:
    """The endpoint is the first of the functions."""
    reached = chain_of(OWN_DEPTH - 2) + "@app.get('/')\nasync def home():\n    f0()\n"
    too_deep = chain_of(OWN_DEPTH - 1) + "@app.get('/')\nasync def home():\n    f0()\n"

    assert len(report_of(tmp_path, reached).problems) == 1
    assert not report_of(tmp_path, too_deep).problems


def test_a_deep_way_does_not_hide_a_shorter_one(tmp_path: Path) -> None:
    """A function cut off at the end of one way is read again on another."""
    code = chain_of(OWN_DEPTH) + (
        f"@app.get('/a')\nasync def a():\n    f0()\n@app.get('/b')\nasync def b():\n    f{OWN_DEPTH - 1}()\n"
    )

    assert problem_of(tmp_path, code).root == "GET /b"


def test_code_is_read_and_not_run(tmp_path: Path) -> None:
    """Neither properties nor attribute hooks."""
    code = (
        "class Trap:\n"
        "    @property\n    def value(self): raise SystemExit('was run')\n"
        "    def __getattr__(self, name): raise SystemExit('was run')\n"
        "    def __eq__(self, other): raise SystemExit('was run')\n"
        "    __hash__ = None\n"
        "trap = Trap()\n"
        "@app.get('/')\nasync def home(): trap.value.x(trap.y, trap[0])\n"
    )

    assert not report_of(tmp_path, code).problems


def test_a_function_without_source_is_left_out(tmp_path: Path) -> None:
    """Made at run time, or its file is gone."""
    code = "exec('async def made(): time.sleep(1)')\napp.get('/')(made)\n"

    assert not report_of(tmp_path, code).problems


def test_only_functions_of_the_app_are_counted() -> None:
    """Not those that serve the docs pages."""
    assert scan(Laneway()).roots == 0


def test_an_app_of_another_kind_has_nothing_to_scan() -> None:
    """There is no list of routes to begin with."""
    assert not scan(object()).problems


def test_installed_code_is_the_apps_own_when_it_is_named(tmp_path: Path) -> None:
    """As in a container into which the app was installed; advice is given for own code only."""
    installed = tmp_path / "site-packages"
    installed.mkdir()
    app = app_of(installed, "@app.get('/')\nasync def home(): open('x')\n")
    package = app.routes[-1].endpoint.__module__  # type: ignore[attr-defined]

    assert not scan(app).problems
    assert len(scan(app, package).problems) == 1


def test_the_summary_is_one_line_with_an_example(tmp_path: Path) -> None:
    """For the start of a server."""
    line = summary(app_of(tmp_path, SLEEPS.format("a", "a") + SLEEPS.format("b", "b")))

    assert line.startswith("check: 2 blocking calls in async code, e.g. GET /a ")
    assert line.endswith(".py:6 time.sleep; run laneway check")


def test_the_summary_of_a_good_app_says_so() -> None:
    """In one line, too."""
    assert summary(Laneway()) == "check: no blocking call in async code"


def test_a_def_that_is_declared_for_the_loop_is_scanned(tmp_path: Path) -> None:
    """There it blocks as a coroutine would."""
    code = "@app.get('/', lane='loop')\ndef home():\n    time.sleep(1)\n"

    assert problem_of(tmp_path, code).root == "GET /"


def test_overridden_dependencies_are_scanned_as_they_run(tmp_path: Path) -> None:
    """The replacement, not the original."""
    code = (
        "async def slow(): time.sleep(1)\nasync def fast(): return 1\n"
        "@app.get('/')\nasync def home(x=Depends(slow)): return x\n"
        "app.dependency_overrides[slow] = fast\n"
    )

    assert not report_of(tmp_path, code).problems


def test_the_mark_of_an_allowed_function_survives_a_wrapper() -> None:
    """As `functools.wraps` copies it."""

    @allow_blocking
    def load() -> None: ...

    @functools.wraps(load)
    def wrapper() -> None: ...

    assert is_allowed(wrapper)


def test_an_allowed_function_is_still_the_same() -> None:
    """The decorator returns what it got."""

    def load() -> int:
        return 1

    assert allow_blocking(load) is load


@pytest.mark.parametrize(
    ("file", "library"),
    [("<string>", True), ("/env/lib/python3.12/site-packages/x/y.py", True), ("/srv/shop/main.py", False)],
)
def test_installed_files_are_told_from_the_apps(file: str, library: bool) -> None:
    """By their path."""
    assert is_library(file) is library


def test_a_file_of_a_library_is_shown_from_its_package() -> None:
    """The path of the environment tells nothing."""
    assert shortened("/env/lib/python3.12/site-packages/x/y.py") == str(Path("x/y.py"))
