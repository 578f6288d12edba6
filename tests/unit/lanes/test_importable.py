"""Functions that cross to other processes by name, decorated or not."""

import pickle

import pytest

from laneway.lanes.importable import Importable, importable

from . import decorated


def test_the_function_arrives_where_its_name_stands_for_something_else() -> None:
    arrived = pickle.loads(pickle.dumps(importable(decorated.square.own)))

    assert arrived is decorated.square.own


def test_the_function_arrives_where_its_name_stands_for_itself() -> None:
    assert pickle.loads(pickle.dumps(importable(decorated.cube.own))) is decorated.cube.own


def test_here_it_is_called_like_the_function() -> None:
    assert importable(decorated.square.own)(3) == 9


def test_a_name_that_stands_for_another_function_is_refused() -> None:
    """Otherwise another one would run there."""
    inner = decorated.hidden.own.own  # type: ignore[attr-defined]

    with pytest.raises(pickle.PicklingError, match=r"decorated\.hidden is another object"):
        pickle.dumps(importable(inner))


def test_a_name_that_is_not_there_yet_is_taken_on_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decorator that asks runs before its module has the name."""
    function = decorated.square.own
    monkeypatch.delattr(decorated, "square")

    pickle.dumps(importable(function))


@pytest.mark.parametrize("other", [decorated.wait, len, "text".upper])
def test_anything_but_a_plain_function_stays_what_it_is(other: object) -> None:
    assert not isinstance(importable(other), Importable)  # type: ignore[arg-type]
    assert importable(other) is other  # type: ignore[arg-type]
