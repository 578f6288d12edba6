"""The guide `docs/from-flask.md`: its code is that of examples/from_flask, whose tests compare both sides."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from examples.serving import served

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "from_flask"
PAGE = (ROOT / "docs" / "from-flask.md").read_text()
FOLDER = re.compile(r"^\[examples/from_flask/(\w+)\]", re.MULTILINE)
COMMANDS = ("flask ", "laneway ")


@dataclass(frozen=True)
class Cell:
    """Code of a table's cell, and the folder that has it."""

    folder: str
    side: str
    code: str


def cells() -> Iterator[Cell]:
    """The code of all tables that stand below the name of their folder."""
    for section in PAGE.split("\n## "):
        folder = FOLDER.search(section)
        for row in re.findall(r"^\|.*\|$", section, re.MULTILINE) if folder else []:
            _, _, *sides, _ = re.split(r"(?<!\\)\|", row)
            for side, cell in zip(("flask", "laneway"), sides, strict=True):
                for code in re.findall(r"`([^`]+)`", cell):
                    yield Cell(folder[1], side, code.replace("\\|", "|"))


CELLS = list(cells())
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def written(folder: str, side: str) -> str:
    """The code of one side of a folder, its templates, and the names of its folders."""
    files = [*(EXAMPLES / folder).glob(f"*{side}_app.py"), *(EXAMPLES / folder).glob("templates/*")]
    folders = [path.name for path in (EXAMPLES / folder).iterdir() if path.is_dir()]
    return "\n".join([*(file.read_text() for file in files), *folders])


def test_the_page_has_tables() -> None:
    assert len(CELLS) > 150


@pytest.mark.parametrize("cell", [cell for cell in CELLS if not cell.code.startswith(COMMANDS)], ids=str)
def test_code_of_a_cell_is_in_a_file_that_is_tested(cell: Cell) -> None:
    assert cell.code in written(cell.folder, cell.side)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda text: text.splitlines()[0])
def test_code_of_a_block_is_in_a_file_that_is_tested(program: str) -> None:
    assert any(program in file.read_text() for file in EXAMPLES.rglob("*.py"))


def test_both_first_apps_have_five_lines() -> None:
    lines = [[line for line in program.splitlines() if line.strip()] for program in PROGRAMS[:2]]
    assert [len(first) for first in lines] == [5, 5]


@pytest.mark.parametrize("app", sorted(EXAMPLES.glob("*/laneway_app.py")), ids=lambda file: file.parent.name)
def test_every_app_can_be_served_from_its_file(app: Path) -> None:
    options = ["--factory"] if app.parent.name == "factory" else []
    with served(str(app.relative_to(ROOT)), *options) as server:
        assert server.url


def test_commands_greet_as_the_page_says() -> None:
    commands = [cell.code for cell in CELLS if cell.code.endswith(" greet Ann")]
    assert [output(command) for command in commands] == ["Hello Ann\n"] * 2


def output(command: str) -> str:
    """What a command prints, in the folder of the examples."""
    name, *words = shlex.split(command)
    return subprocess.run(
        [sys.executable, "-m", name, *words],
        cwd=EXAMPLES,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((\.\./[^)#]+|[\w-]+\.md)", PAGE))))
def test_a_link_leads_somewhere(target: str) -> None:
    assert (ROOT / "docs" / target).exists()


@pytest.mark.parametrize("anchor", sorted(set(re.findall(r"\]\(#([^)]+)\)", PAGE))))
def test_a_link_within_the_page_leads_to_a_heading(anchor: str) -> None:
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
