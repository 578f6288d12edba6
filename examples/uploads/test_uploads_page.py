"""The page `docs/uploads.md`: its code is the files beside this one, and its calls answer so."""

from pathlib import Path

import pytest

from examples.pages import Shown, answers, shown_on

HERE = Path(__file__).parent
FILES = shown_on("uploads.md")


def test_the_page_shows_every_file() -> None:
    assert {shown.name for shown in FILES} == {file.name for file in HERE.glob("*.py")} - {
        Path(__file__).name
    }


@pytest.mark.parametrize("shown", FILES, ids=[shown.name for shown in FILES])
def test_the_page_shows_the_file_and_what_it_answers(shown: Shown) -> None:
    assert shown.code == (HERE / shown.name).read_text()
    assert shown.calls
    assert answers(HERE, shown) == shown.calls
