"""The page of the guide on errors: its code is the files beside this one, and its calls answer so."""

import re
import subprocess
from pathlib import Path

import pytest

from examples.serving import ROOT, served

HERE = Path(__file__).parent
PAGE = (ROOT / "docs" / "errors.md").read_text()
FILE = re.compile(r"^`(?P<name>\w+\.py)`:\n\n```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"^\$ (?P<command>curl (?:.*\\\n)*.*)\n(?P<answer>(?:(?!\$ |```).*\n)*)", re.MULTILINE)
FILES = list(FILE.finditer(PAGE))
ENDS = [match.start() for match in FILES[1:]] + [len(PAGE)]


def test_the_page_shows_every_file() -> None:
    assert {match["name"] for match in FILES} == {file.name for file in HERE.glob("*.py")} - {
        Path(__file__).name
    }


@pytest.mark.parametrize(
    ("match", "end"), list(zip(FILES, ENDS, strict=True)), ids=[m["name"] for m in FILES]
)
def test_the_page_shows_the_file_and_what_it_answers(match: re.Match[str], end: int) -> None:
    calls = [(call["command"], call["answer"].rstrip()) for call in CALL.finditer(PAGE[match.end() : end])]
    with served(f"examples/errors/{match['name']}") as server:
        answers = [(command, answer(command, server.url)) for command, _ in calls]

    assert match["code"] == (HERE / match["name"]).read_text()
    assert calls
    assert answers == calls


def answer(command: str, url: str) -> str:
    """What a command prints, without the spaces at the ends of its lines."""
    call = command.replace("http://127.0.0.1:8000", url)
    said = subprocess.run(  # noqa: S603 - the page's own commands
        ["/bin/bash", "-c", call], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    ).stdout
    return "\n".join(line.rstrip() for line in said.splitlines())
