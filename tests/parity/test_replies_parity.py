"""Apps written for FastAPI answer the same, byte for byte, when Laneway serves them.

Both frameworks serve the modules of `cases` in a process of their own: FastAPI in this interpreter if it is there,
else in the one that LANEWAY_PEER_PYTHON names.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from .known import is_known

FOLDER = Path(__file__).parent
CASES = sorted(file.stem for file in (FOLDER / "cases").glob("[a-z]*.py"))
MINIMUM = "0.165"

Replies = dict[str, Any]


def peer() -> str:
    """The interpreter that has FastAPI."""
    found = os.environ.get("LANEWAY_PEER_PYTHON") or (sys.executable if find_spec("fastapi") else None)
    if found is None:
        pytest.skip("no FastAPI here; name an interpreter that has it with LANEWAY_PEER_PYTHON")
    return found


def played(python: str, framework: str) -> Replies:
    """What every case comes to with one framework."""
    run = subprocess.run(
        [python, str(FOLDER / "runner.py"), framework],
        env={**os.environ, "PYTHONHASHSEED": "0"},  # sets are shown in their order
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    results: Replies = json.loads(run.stdout.splitlines()[-1])
    return results


@pytest.fixture(scope="module")
def replies() -> tuple[Replies, Replies]:
    """FastAPI's and ours."""
    python = peer()
    with ThreadPoolExecutor(2) as pool:
        theirs = pool.submit(played, python, "fastapi")
        ours = pool.submit(played, sys.executable, "laneway")
        return theirs.result(), ours.result()


def differences(case: str, theirs: list[Any], ours: list[Any]) -> list[str]:
    """One line for everything seen of a call that is not the same and is not meant to differ."""
    assert [label for label, _ in theirs] == [label for label, _ in ours]
    return [
        f"{label} - {what}:\n    fastapi {one.get(what)!r}\n    laneway {other.get(what)!r}"
        for (label, one), (_, other) in zip(theirs, ours, strict=True)
        for what in sorted(one.keys() | other.keys())
        if one.get(what) != other.get(what) and not is_known(case, what, one.get(what), other.get(what))
    ]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", CASES)
def test_an_app_answers_as_with_fastapi(case: str, replies: tuple[Replies, Replies]) -> None:
    theirs, ours = replies[0][case], replies[1][case]
    if missing := theirs.get("missing") or ours.get("missing"):
        pytest.skip(f"{missing} is not installed")
    assert not theirs.get("failed"), theirs["failed"]
    assert not ours.get("failed"), ours["failed"]
    found = differences(case, theirs["replies"], ours["replies"])
    assert not found, "\n".join(found)
