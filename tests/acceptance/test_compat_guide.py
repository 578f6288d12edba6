"""Guides in `docs/`: each of their programs prints what the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = "".join(
    (DOCS / name).read_text() for name in ("from-fastapi.md", "frontends.md", "routers.md", "dependencies.md")
)
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", GUIDES, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda text: text.splitlines()[-1].removeprefix("# "))
def test_a_program_prints_what_its_last_line_says(program: str, tmp_path: Path) -> None:
    """The output stands in the page as a comment."""
    (tmp_path / "program.py").write_text(program)
    finished = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env=os.environ | {"PYDANTIC_DISABLE_PLUGINS": "__all__"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert f"# {finished.stdout.strip()}" == program.splitlines()[-1], finished.stderr
