import asyncio
import math

import pytest

from laneway.lanes import Deadline, current_deadline, due_in
from laneway.lanes.deadline import shorter


def test_without_a_limit_the_time_never_ends() -> None:
    assert (current_deadline().remaining(), current_deadline().expired) == (math.inf, False)


def test_a_deadline_tells_how_much_time_is_left() -> None:
    assert 0 < Deadline(30).remaining() <= 30


def test_a_deadline_that_has_passed_has_nothing_left() -> None:
    """Never a negative number, which `sleep` and sockets refuse."""
    past = Deadline(-1)

    assert (past.remaining(), past.expired) == (0.0, True)


def test_a_deadline_remembers_how_much_there_was() -> None:
    assert Deadline(30).seconds == 30


def test_a_lifted_deadline_never_comes() -> None:
    deadline = Deadline(-1)
    deadline.lift()

    assert (deadline.remaining(), deadline.expired) == (math.inf, False)


def test_a_deadline_that_is_made_to_come_has_nothing_left() -> None:
    """What meets the cancellation that follows can tell that time was up."""
    deadline = Deadline(60)
    deadline.expire()

    assert (deadline.expired, deadline.remaining(), deadline.seconds) == (True, 0, 60)


def test_inside_the_block_the_deadline_holds_and_afterwards_no_more() -> None:
    with due_in(30) as deadline:
        inside = current_deadline()

    assert (inside is deadline, current_deadline().remaining()) == (True, math.inf)


def test_an_inner_deadline_cannot_be_later_than_the_outer_one() -> None:
    with due_in(1), due_in(30) as inner:
        assert inner.remaining() <= 1


def test_an_inner_deadline_may_be_earlier() -> None:
    with due_in(30), due_in(1) as inner:
        assert inner.remaining() <= 1


async def test_tasks_inherit_the_deadline() -> None:
    async def left() -> float:
        return current_deadline().remaining()

    with due_in(30):
        assert await asyncio.create_task(left()) <= 30


@pytest.mark.parametrize(
    ("limits", "expected"),
    [((), None), ((None, None), None), ((2.0, None, 1.0), 1.0), ((None, 3.0), 3.0), ((math.inf,), None)],
)
def test_the_shortest_of_several_limits_holds(
    limits: tuple[float | None, ...], expected: float | None
) -> None:
    assert shorter(*limits) == expected
