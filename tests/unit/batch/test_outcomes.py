"""What each caller gets."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laneway.batch import BatchResultError, batched
from laneway.lanes.errors import LaneClosedError

from .model import Model, some_turns


async def outcomes(function: "Callable[[list[int]], Sequence[int | Exception]]", count: int) -> list[object]:
    """What callers of 0, 1, 2... get."""
    one = batched(lane="loop")(function)
    return list(await asyncio.gather(*(one(number) for number in range(count)), return_exceptions=True))


async def test_each_caller_gets_the_result_of_its_item() -> None:
    """Results are in the order of the items."""
    assert await outcomes(lambda numbers: [10 * number for number in numbers], 3) == [0, 10, 20]


async def test_an_exception_in_the_list_is_raised_for_its_item_alone() -> None:
    """The others know nothing of it."""
    one, two, three = await outcomes(lambda numbers: [1, ValueError("two"), 3], 3)

    assert (one, str(two), three) == (1, "two", 3)
    assert isinstance(two, ValueError)


async def test_what_the_function_raises_is_raised_for_all() -> None:
    """Each gets an exception of its own, for whoever catches one may change it."""

    def fail(numbers: list[int]) -> list[int]:
        raise KeyError("nobody")

    found = await outcomes(fail, 3)

    assert [str(error) for error in found] == ["'nobody'"] * 3
    assert len({id(error) for error in found}) == 3


async def test_an_exception_that_cannot_be_copied_is_shared() -> None:
    """Better the same one than none."""

    class OddError(Exception):
        def __init__(self, one: int, two: int) -> None:
            super().__init__("odd")

    def fail(numbers: list[int]) -> list[int]:
        raise OddError(1, 2)

    assert [str(error) for error in await outcomes(fail, 2)] == ["odd", "odd"]


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ([1], "returned 1 results for 3 items"),
        ([1, 2, 3, 4], "returned 4 results for 3 items"),
        (None, "returned a NoneType for 3 items"),
        ("abc", "returned a str for 3 items"),
        ({1: 1, 2: 2, 3: 3}, "returned a dict for 3 items"),
    ],
)
async def test_anything_but_one_result_for_each_item_is_an_error_for_all(returned: object, said: str) -> None:
    """Nobody gets somebody else's result; the message names both numbers."""
    found = await outcomes(lambda numbers: returned, 3)  # type: ignore[arg-type, return-value]

    assert [type(error) for error in found] == [BatchResultError] * 3
    assert all(said in str(error) for error in found)


async def test_stop_iteration_reaches_its_caller_as_an_error() -> None:
    """No future can hold it."""
    (found,) = await outcomes(lambda numbers: [StopIteration()], 1)

    assert isinstance(found, RuntimeError)


async def test_a_batch_that_is_cut_off_fails_its_callers() -> None:
    """When the loop ends everything, nobody is left waiting."""
    model = Model()
    model.gate.clear()
    call = asyncio.create_task(batched()(model.double)(1))
    await some_turns()
    (batch,) = {task for task in asyncio.all_tasks() if "Collector._run" in repr(task)}
    batch.cancel()

    with pytest.raises(LaneClosedError, match="was stopped before"):
        await call


@given(
    max_size=st.integers(1, 7),
    at_once=st.integers(1, 3),
    numbers=st.lists(st.integers(-9, 9), max_size=40),
    rounds=st.integers(1, 3),
)
def test_nobody_gets_what_is_not_theirs(max_size: int, at_once: int, numbers: list[int], rounds: int) -> None:
    """Whatever the sizes and the crowd: negative items fail, the others are doubled, no batch is too large."""
    sizes: list[int] = []

    async def double(items: list[int]) -> list[int | Exception]:
        sizes.append(len(items))
        await asyncio.sleep(0)
        return [2 * item if item >= 0 else ValueError(str(item)) for item in items]

    async def client(one: Callable[..., object], item: int) -> list[str]:
        return [str((await asyncio.gather(one(item), return_exceptions=True))[0]) for _ in range(rounds)]  # type: ignore[call-overload]

    async def main() -> list[list[str]]:
        one = batched(max_size=max_size, at_once=at_once, max_wait=0.001)(double)
        return list(await asyncio.gather(*(client(one, item) for item in numbers)))

    found = asyncio.run(main())

    assert found == [[str(2 * item if item >= 0 else item)] * rounds for item in numbers]
    assert sum(sizes) == len(numbers) * rounds
    assert max(sizes, default=0) <= max_size
