"""The first page of the guide: its code is the files beside this one, and its calls answer what it says."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from examples.serving import ROOT, served

PAGE = ROOT / "docs" / "first-app.md"
HERE = Path(__file__).parent
FILE = re.compile(r"^`(?P<name>\w+\.py)`:\n\n```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"^\$ (?P<command>(?:curl|laneway) .*)\n(?P<answer>(?:(?!\$ |```).*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A section of the page: a file, and the calls that are shown below it with their answers."""

    file: str
    code: str
    calls: list[tuple[str, str]]


def steps() -> Iterator[Step]:
    """The sections that show a file."""
    page = PAGE.read_text()
    found = list(FILE.finditer(page))
    ends = [match.start() for match in found[1:]] + [len(page)]
    for match, end in zip(found, ends, strict=True):
        calls = [(call["command"], call["answer"]) for call in CALL.finditer(page[match.end() : end])]
        yield Step(match["name"], match["code"], calls)


STEPS = list(steps())
SERVED = [step for step in STEPS if step.calls]


def test_the_page_shows_every_file() -> None:
    shown = {step.file for step in STEPS}
    assert shown == {file.name for file in HERE.glob("*.py")} - {"conftest.py", Path(__file__).name}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.file)
def test_the_page_shows_the_file_as_it_is(step: Step) -> None:
    assert step.code == (HERE / step.file).read_text()


@pytest.mark.parametrize("step", SERVED, ids=lambda step: step.file)
def test_the_calls_answer_what_the_page_says(step: Step, tmp_path: Path) -> None:
    with served(f"examples/first_app/{step.file}", NOTES_FILE=str(tmp_path / "notes.db")) as server:
        answers = [answer(command, server.url) for command, _ in step.calls]
    assert answers == [said.rstrip("\n") for _, said in step.calls]


def answer(command: str, url: str) -> str:
    """What a command prints."""
    call = command.replace("http://127.0.0.1:8000", url)
    return subprocess.run(  # noqa: S603 - the page's own commands
        ["/bin/bash", "-c", call], capture_output=True, text=True, timeout=30, check=True
    ).stdout.rstrip("\n")
