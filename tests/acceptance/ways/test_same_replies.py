"""Every request gets the same reply on every way: in process, through uvicorn, directly."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from .apps.kinds import UNDER_ROOT, make_app, server_options
from .cases.answers import ANSWERS
from .cases.case import Case
from .cases.effects import EFFECTS
from .cases.inputs import INPUTS
from .cases.streams import STREAMED
from .cases.wrapped import LIMITED, ROOTED, WRAPPED
from .comparing import difference, outcome
from .sites import OTHERS, REFERENCE, ClientSite, Way

ROWS: list[tuple[str, Case]] = [
    *(("kitchen", case) for case in [*ANSWERS, *INPUTS, *EFFECTS, *STREAMED]),
    *((wrapping, case) for wrapping, cases in WRAPPED.items() for case in cases),
    *(("limited", case) for case in LIMITED),
    *((UNDER_ROOT, case) for case in ROOTED),
]


def name_of(row: tuple[str, Case]) -> str:
    """What the test of a row is called."""
    return f"{row[0]}: {row[1].name}"


@contextmanager
def all_kinds(way: Way, folder: Path) -> Iterator[dict[str, Any]]:
    """A site for every kind of app."""
    with ExitStack() as stack:
        yield {
            kind: stack.enter_context(way.open(make_app(kind, folder), **server_options(kind)))
            for kind in dict(ROWS)
        }


@pytest.fixture(scope="module")
def references(folder: Path, steady_gzip: None) -> Iterator[dict[str, Any]]:
    """All kinds of apps on the way to be compared with."""
    with all_kinds(REFERENCE, folder) as sites:
        yield sites


@pytest.fixture(scope="module", params=OTHERS, ids=lambda way: way.name)
def others(request: pytest.FixtureRequest, folder: Path, steady_gzip: None) -> Iterator[dict[str, Any]]:
    """All kinds of apps on another way."""
    with all_kinds(request.param, folder) as sites:
        yield sites


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_uvicorn_gives_the_reply_that_the_table_says(
    row: tuple[str, Case], references: dict[str, Any]
) -> None:
    kind, case = row

    outcome(references[kind], case).matches(case)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_another_way_gives_the_same_reply(
    row: tuple[str, Case], references: dict[str, Any], others: dict[str, Any]
) -> None:
    kind, case = row
    if isinstance(others[kind], ClientSite) and (case.only_sockets or case.aborts):
        pytest.skip(case.only_sockets or "there is no connection to be cut")

    difference(outcome(references[kind], case), outcome(others[kind], case))
