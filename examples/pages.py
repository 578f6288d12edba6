"""Pages of the guide: the files that they show, and what they say that commands answer."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from examples.serving import ROOT, served

_FILE = re.compile(r"^`(?P<name>\w+\.py)`:\n\n```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"^```console\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as a page shows it.

    Attributes:
        name: Its name.
        code: Its text.
        calls: Commands that follow it, each with what it prints.
    """

    name: str
    code: str
    calls: list[tuple[str, str]]


def shown_on(page: str) -> list[Shown]:
    """The files of a page in `docs`."""
    text = (ROOT / "docs" / page).read_text()
    found = list(_FILE.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        Shown(match["name"], match["code"], list(_calls(text[match.end() : end])))
        for match, end in zip(found, ends, strict=True)
    ]


def _calls(text: str) -> Iterator[tuple[str, str]]:
    for console in _CONSOLE.finditer(text):
        for call in console["lines"].removeprefix("$ ").split("\n$ "):
            command, _, answer = call.partition("\n")
            yield command, answer.strip()


def answers(folder: Path, shown: Shown) -> list[tuple[str, str]]:
    """What the commands of a file print while it is served."""
    with served(f"{folder.relative_to(ROOT)}/{shown.name}") as server:
        return [(command, _printed(command, server.url)) for command, _ in shown.calls]


def _printed(command: str, url: str) -> str:
    call = command.replace("http://127.0.0.1:8000", url)
    said = subprocess.run(  # noqa: S603 - the page's own commands
        ["/bin/bash", "-c", call], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    ).stdout
    return "\n".join(line.rstrip() for line in said.splitlines()).strip()
