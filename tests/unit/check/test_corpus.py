"""The corpus: every blocking call that is marked is found at its line, and no other."""

import importlib.util
import re
import sys
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from types import ModuleType

import pytest

from laneway.check.findings import Report
from laneway.check.scan import scan

CORPUS = Path(__file__).parent / "corpus"
MARK = re.compile(r"# (blocks|advice): (\S+)")
NEEDS = re.compile(r"Needs ([\w ]+)\.")

Place = tuple[str, int, str, str]  # file, line, level, call


def cases(folder: str) -> list[Path]:
    """The files of a folder."""
    return sorted((CORPUS / folder).glob("*.py"))


def load(file: Path) -> ModuleType:
    """The module in a file; the test is skipped if it needs a library that is not installed."""
    needs = NEEDS.search(file.read_text().splitlines()[0])
    for library in needs[1].split(" and ") if needs else ():
        pytest.importorskip(library)
    name = f"corpus_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def report(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Report]:
    """What the scan finds in a file."""
    monkeypatch.syspath_prepend(CORPUS)
    module = load(file)
    yield scan(module.app)
    del sys.modules[module.__name__]


def marked(file: Path) -> set[Place]:
    """The calls that the comments of a file name; those of the helpers, if it imports them."""
    text = file.read_text()
    found = {
        (file.name, number, *match.groups())
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := MARK.search(line))
    }
    return found | marked(CORPUS / "helpers.py") if "import helpers" in text else found


def places(report: Report) -> set[Place]:
    """The calls that were found."""
    findings = [problem.finding for problem in report.problems]
    return {
        (Path(found.place.file).name, found.place.line, found.sink.level.value, found.sink.name)
        for found in findings
    }


@pytest.mark.parametrize("file", cases("bad"), ids=attrgetter("stem"))
def test_every_marked_call_is_found_at_its_line(file: Path, report: Report) -> None:
    """No more and no fewer, each with the right name and level."""
    assert places(report) == marked(file) != set()


@pytest.mark.parametrize("file", cases("good"), ids=attrgetter("stem"))
def test_good_code_is_left_alone(file: Path, report: Report) -> None:
    """No false alarm, and no end cut off."""
    assert (places(report), report.unfinished) == (set(), ())


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    """Three bad files for each good one, as false alarms are cheap to write and hard to find."""
    assert len(cases("bad")) >= 34
    assert len(cases("good")) >= 12
