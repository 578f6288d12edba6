"""The pages of the guide on lanes and overload: their code is the files beside this one, and their calls answer so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from examples.lanes.measure import PATHS
from examples.serving import ROOT, served

HERE = Path(__file__).parent
PAGES = {"ways.py": ROOT / "docs" / "lanes.md", "limits.py": ROOT / "docs" / "overload.md"}
FILE = re.compile(r"^`(?P<name>\w+\.py)`:\n\n```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"^\$ (?P<command>(?:curl|laneway) .*)\n(?P<answer>(?:(?!\$ |```).*\n)*)", re.MULTILINE)


@pytest.mark.parametrize("name", PAGES)
def test_the_page_shows_the_file_as_it_is(name: str) -> None:
    shown = {match["name"]: match["code"] for match in FILE.finditer(PAGES[name].read_text())}

    assert shown == {name: (HERE / name).read_text()}


@pytest.mark.parametrize("name", PAGES)
def test_the_calls_answer_what_the_page_says(name: str) -> None:
    calls = [(call["command"], call["answer"].rstrip()) for call in CALL.finditer(PAGES[name].read_text())]
    with served(f"examples/lanes/{name}") as server:
        answers = [(command, answer(command, server.url)) for command, _ in calls]

    assert calls
    assert answers == calls


def test_every_way_answers() -> None:
    with served("examples/lanes/ways.py") as server:
        for path in PATHS:
            assert answer(f"curl -sf http://127.0.0.1:8000{path}", server.url)


def answer(command: str, url: str) -> str:
    """What a command prints, without the spaces at the ends of its lines."""
    call = command.replace("http://127.0.0.1:8000", url).replace(
        "laneway ", f"{sys.executable} -m laneway ", 1
    )
    said = subprocess.run(  # noqa: S603 - the page's own commands
        ["/bin/bash", "-c", call], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    ).stdout
    return "\n".join(line.rstrip() for line in said.splitlines())
