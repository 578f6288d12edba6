"""`packaging/fastapi-shim`: a distribution named fastapi for tools that look for one."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIM = ROOT / "packaging" / "fastapi-shim"

Run = Callable[..., str]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the shim was built and installed."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("shim")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=SHIM, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


@pytest.fixture
def run(installed: Path) -> Run:
    """Runs a program that finds the shim before anything else; gives its output, errors included."""

    def run(*program: str) -> str:
        finished = subprocess.run(
            [sys.executable, "-c", "\n".join(program)],
            env={"PYTHONPATH": f"{installed}:{ROOT / 'src'}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
            check=False,
        )
        return finished.stdout.strip()

    return run


def test_the_distribution_says_that_it_is_not_fastapi(run: Run) -> None:
    """By a version that indexes refuse to take and requirements accept."""
    said = run("from importlib.metadata import metadata", "print(metadata('fastapi')['Version'])")

    assert said == "0.165.0+laneway"


def test_import_fastapi_gives_laneway(run: Run) -> None:
    """Without the hook, and with it."""
    said = run(
        "import fastapi, fastapi.routing, laneway.fastapi.hook",
        "from fastapi.security import OAuth2",
        "import laneway.fastapi.routing, laneway.security",
        "print(fastapi is laneway.fastapi, fastapi.routing is laneway.fastapi.routing)",
        "print(OAuth2 is laneway.security.OAuth2, fastapi.__version__)",
    )

    assert said.split() == ["True", "True", "True", "0.165.0"]


def test_laneway_first_and_fastapi_later_is_one_framework(run: Run) -> None:
    said = run("from laneway.fastapi import FastAPI", "import fastapi", "print(fastapi.FastAPI is FastAPI)")

    assert said == "True"


def test_opentelemetry_instruments_apps_made_later(run: Run) -> None:
    """It looks for the distribution first."""
    said = run(
        "from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor",
        "FastAPIInstrumentor().instrument()",
        "from fastapi import FastAPI",
        "print(FastAPI()._is_instrumented_by_opentelemetry)",
    )

    assert said.splitlines()[-1] == "True"
