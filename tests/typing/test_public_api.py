"""mypy sees the public API as `public_api.py` says."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PUBLIC_API = "tests/typing/public_api.py"

pytest.importorskip("mypy")


@pytest.mark.timeout(300)  # a first run without cache reads all dependencies
def test_types_of_the_public_api_are_as_declared() -> None:
    """Decorators keep types, markers fit everywhere, misspelt options are errors."""
    command = [sys.executable, "-m", "mypy", "--warn-unused-ignores", PUBLIC_API]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    # The package has a check of its own; here only what its users see counts.
    errors = [line for line in checked.stdout.splitlines() if line.startswith(PUBLIC_API)]

    assert (errors, checked.stderr) == ([], "")
