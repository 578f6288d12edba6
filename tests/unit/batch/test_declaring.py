"""What can be batched, and what is told to those who try otherwise."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from laneway import Laneway, lanes
from laneway.batch import batched
from laneway.batch.errors import BatchDeclarationError
from laneway.lanes import UnknownLaneError
from laneway.lanes.errors import UnpicklableError

from .model import Model


def plain(items: list[int]) -> list[int]:
    """Gives what it gets."""
    return items


def test_a_batched_function_looks_like_the_function() -> None:
    """Name and docstring are kept; so is the function."""
    one = batched()(plain)

    assert (one.__name__, one.__doc__, one.function) == ("plain", "Gives what it gets.", plain)  # type: ignore[attr-defined]
    assert repr(one) == f"<batched {plain.__module__}.plain>"


def test_a_method_is_batched_when_it_is_bound() -> None:
    """A plain function of a class lacks its object."""
    with pytest.raises(BatchDeclarationError, match=r"a method is batched when it is bound"):
        batched()(Model.double)  # type: ignore[call-overload]


def test_async_functions_stay_on_the_loop() -> None:
    """No thread or process has a loop for them."""
    with pytest.raises(BatchDeclarationError, match="is `async def` and cannot run in lane 'thread'"):
        batched(lane="thread")(Model().double)


@pytest.mark.parametrize("colour", ["def", "async def"])
def test_a_generator_cannot_be_batched(colour: str) -> None:
    """A batch has an end."""

    def yields(items: list[int]) -> Iterator[int]:
        yield 1

    async def yields_too(items: list[int]) -> AsyncIterator[int]:
        yield 1

    with pytest.raises(BatchDeclarationError, match="returns a list"):
        batched()(yields if colour == "def" else yields_too)  # type: ignore[arg-type, call-overload]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_size": 0}, "max_size is 1 or more, not 0"),
        ({"at_once": 0}, "at_once is 1 or more, not 0"),
        ({"max_wait": -1}, "max_wait is 0 seconds or more, not -1"),
        ({"max_wait": float("inf")}, "max_wait is 0 seconds or more, not inf"),
        ({"queue": 0}, "queue is 1 call or more, not 0; None for any number of them"),
    ],
)
def test_a_number_that_makes_no_sense_is_named(options: dict[str, Any], said: str) -> None:
    """With the function and what would make sense."""
    with pytest.raises(ValueError, match=rf"plain: {said}"):
        batched(**options)(plain)


def test_an_app_knows_its_lanes() -> None:
    """A wrong name is told where it stands."""
    with pytest.raises(UnknownLaneError, match=r"there is no lane 'modle'; there are .*model"):
        Laneway(lanes={"model": lanes.threads(1)}).batched(lane="modle")(plain)


def test_an_app_says_what_no_process_can_import() -> None:
    """Before the first call."""

    def local(items: list[int]) -> list[int]:
        return items

    with pytest.raises(UnpicklableError, match="inside another function"):
        Laneway(lanes={"math": lanes.processes(1)}).batched(lane="math")(local)
