"""`import laneway.fastapi.hook`: what it does to a process.

Each test runs a program of its own, because the hook stays in the process that imports it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program that may not import an installed FastAPI; gives its output, errors included."""
    package = tmp_path / "installed" / "fastapi"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("REAL = True\n")
    (package / "routing.py").write_text("REAL = True\n")
    paths = [str(package.parent), os.environ.get("PYTHONPATH", "")]
    # Pydantic's plugins have nothing to do with us, and take a second to import.
    environment = os.environ | {
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }

    def run(*program: str) -> str:
        (tmp_path / "program.py").write_text("\n".join(program))
        finished = subprocess.run(
            [sys.executable, "program.py"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
            check=False,
        )
        return finished.stdout.strip()

    return run


HOOK = "import laneway.fastapi.hook"


def test_import_fastapi_gives_laneway(run: Run) -> None:
    """Whether FastAPI is installed or not."""
    said = run(
        HOOK,
        "from fastapi import FastAPI",
        "from laneway import Laneway",
        "print(issubclass(FastAPI, Laneway))",
    )

    assert said == "True"


def test_without_the_hook_fastapi_is_the_installed_one(run: Run) -> None:
    """Importing Laneway alone changes nothing."""
    assert run("import laneway.fastapi, fastapi", "print(fastapi.REAL)") == "True"


def test_a_module_has_one_object_under_both_names(run: Run) -> None:
    """Submodules, too, so that classes are the same."""
    said = run(
        HOOK,
        "import fastapi.security.oauth2, laneway.security.oauth2",
        "print(fastapi.security.oauth2 is laneway.security.oauth2)",
    )

    assert said == "True"


def test_a_module_keeps_its_own_spec(run: Run) -> None:
    """Reloading and pickling go by the name that the module was written under."""
    said = run(HOOK, "import fastapi.encoders", "print(fastapi.encoders.__spec__.name)")

    assert said == "laneway.encoders"


def test_what_is_replaced_in_fastapi_is_replaced_in_laneway(run: Run) -> None:
    """Monkeypatches reach the module that runs."""
    said = run(
        HOOK,
        "from unittest.mock import patch",
        "import laneway.encoders",
        "with patch('fastapi.encoders.isoformat', 'patched'):",
        "    print(laneway.encoders.isoformat)",
    )

    assert said == "patched"


def test_a_compatibility_module_comes_before_laneways(run: Run) -> None:
    """`fastapi.X` is `laneway.fastapi.X` where that exists."""
    assert run(HOOK, "import fastapi.routing", "print(fastapi.routing.__name__)") == "laneway.fastapi.routing"


def test_submodules_are_there_after_importing_the_package(run: Run) -> None:
    """As with FastAPI, which imports them itself."""
    assert run(HOOK, "import fastapi", "print(fastapi.params.Query.__name__)") == "Query"


def test_submodules_can_be_imported_from_the_package(run: Run) -> None:
    """`from fastapi import routing` works."""
    assert run(HOOK, "from fastapi import encoders", "print(encoders.__name__)") == "laneway.encoders"


def test_a_module_that_does_not_exist_is_not_found(run: Run) -> None:
    """With the message that Python gives for any package."""
    assert run(HOOK, "import fastapi.nothing").endswith("No module named 'fastapi.nothing'")


def test_a_name_that_does_not_exist_cannot_be_imported(run: Run) -> None:
    """With the message that Python gives for any package."""
    assert "cannot import name 'nothing'" in run(HOOK, "from fastapi import nothing")


def test_other_packages_are_left_alone(run: Run) -> None:
    """Only `fastapi` and what is inside it is answered."""
    assert run(HOOK, "import fastapi_nothing").endswith("No module named 'fastapi_nothing'")


def test_installing_twice_adds_one_finder(run: Run) -> None:
    """`install()` may be called by everyone who needs it."""
    said = run(
        "import sys",
        "from laneway.fastapi.hook import StandInFinder, install",
        "install()",
        "print(sum(isinstance(finder, StandInFinder) for finder in sys.meta_path))",
    )

    assert said == "1"


def test_find_spec_tells_that_fastapi_is_there(run: Run) -> None:
    """Libraries ask so whether an integration can be used."""
    said = run(HOOK, "from importlib.util import find_spec", "print(find_spec('fastapi.responses').name)")

    assert said == "fastapi.responses"


def test_the_hook_refuses_when_the_real_fastapi_was_imported(run: Run, tmp_path: Path) -> None:
    """Half an app on each framework would fail later and in worse ways."""
    said = run("import fastapi", HOOK)

    assert f"fastapi was already imported from {tmp_path}" in said


def test_the_refusal_tells_the_way_out(run: Run) -> None:
    """What to import first, and the command that does it."""
    last = run("import fastapi", HOOK).splitlines()[-1]

    assert "import laneway.fastapi.hook before anything that imports fastapi" in last
    assert "`laneway run --fastapi`" in last


def test_the_refusal_is_an_import_error(run: Run) -> None:
    """So that an optional hook can be tried."""
    said = run("import fastapi", "try:", f"    {HOOK}", "except ImportError:", "    print(fastapi.REAL)")

    assert said == "True"


def test_spawned_processes_get_the_hook_of_the_main_module(run: Run) -> None:
    """Workers of uvicorn are spawned; they import the main module before anything else."""
    said = run(
        HOOK,
        "import multiprocessing",
        "def work():",
        "    import fastapi",
        "    print(fastapi.__name__)",
        "if __name__ == '__main__':",
        "    process = multiprocessing.get_context('spawn').Process(target=work)",
        "    process.start()",
        "    process.join()",
    )

    assert said == "laneway.fastapi"


def test_the_hook_in_conftest_serves_the_tests_of_an_app(run: Run, tmp_path: Path) -> None:
    """Pytest imports conftest.py before the tests."""
    (tmp_path / "conftest.py").write_text(HOOK)
    (tmp_path / "test_app.py").write_text(
        "import fastapi\ndef test(): assert fastapi.__name__ == 'laneway.fastapi'\n"
    )

    assert "1 passed" in run("import pytest", "pytest.main(['-p', 'no:cacheprovider'])")


def test_fastapi_can_be_run_as_a_module(run: Run) -> None:
    """`python -m fastapi` looks for code through the finder."""
    said = run(
        HOOK,
        "import runpy, sys",
        "import laneway.fastapi.cli as cli",
        "cli.cli_main = lambda: print('the command')",
        "runpy.run_module('fastapi', run_name='__main__')",
    )

    assert said == "the command"


def test_the_version_served_is_told(run: Run) -> None:
    """`fastapi.__version__` is the version of FastAPI whose API this is."""
    assert run(HOOK, "import fastapi", "print(fastapi.__version__)") == "0.165.0"


def test_no_installed_distribution_is_pretended(run: Run) -> None:
    """`importlib.metadata` tells what pip installed, with the hook as without."""
    ask = (
        "from importlib.metadata import distributions",
        "print(sorted(item.name for item in distributions() if item.name == 'fastapi'))",
    )

    assert run(HOOK, *ask) == run(*ask)


def test_the_command_fastapi_asks_for_its_package(run: Run) -> None:
    """fastapi-cli is a distribution of its own; the message also names our command."""
    said = run("import laneway.fastapi.cli as cli", "cli.cli_main = None", "cli.main()")

    assert re.search("please install fastapi-cli.*`laneway run --fastapi`", said)


AGENT = """
import sys
from importlib.util import find_spec

class Agent:
    told = []
    def find_spec(self, name, path=None, target=None):
        if name != "fastapi.routing" or self.told is None:
            return None
        told, Agent.told = self.told, None
        spec, Agent.told = find_spec(name), told
        load = spec.loader.exec_module
        spec.loader.exec_module = lambda module: (load(module), told.append(module.__name__))
        return spec

sys.meta_path.insert(0, Agent())
"""


@pytest.mark.parametrize("first", [AGENT + HOOK, HOOK + AGENT])
def test_agents_that_wait_for_a_module_are_told(run: Run, first: str) -> None:
    """They look at the imports of an app that names `fastapi` only, and ask what was imported for its name."""
    said = run(
        first,
        "from fastapi import FastAPI",
        "import fastapi.routing, laneway.fastapi.routing",
        "print(Agent.told, fastapi.routing.__name__)",
    )

    assert said == "['fastapi.routing'] laneway.fastapi.routing"
