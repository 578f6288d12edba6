"""Items that leave before their batch begins, and calls that are refused."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from laneway import lanes
from laneway.batch import Batched, BatchFullError, batched
from laneway.lanes.errors import LaneTimeoutError

from .model import Model, some_turns


@pytest.fixture
async def model() -> Model:
    model = Model()
    model.gate.clear()
    return model


@pytest.fixture
async def busy(model: Model) -> AsyncIterator[Batched[int, int]]:
    """A batched function of which a batch of one item runs until the gate is opened."""
    double = batched(queue=3, max_wait=0)(model.double)
    first = asyncio.create_task(double(0))
    await some_turns()
    yield double
    model.gate.set()
    await first


async def test_who_is_cancelled_while_waiting_is_in_no_batch(model: Model, busy: Batched[int, int]) -> None:
    """Nobody computes what nobody wants."""
    gone, stays = asyncio.create_task(busy(1)), asyncio.create_task(busy(2))
    await some_turns()
    gone.cancel()
    await some_turns()
    model.gate.set()

    assert await stays == 4
    assert model.batches == [[0], [2]]
    assert busy.stats().dropped == 1


async def test_a_deadline_ends_the_waiting(model: Model, busy: Batched[int, int]) -> None:
    """The message says where the call was."""
    with (
        lanes.due_in(0.01),
        pytest.raises(LaneTimeoutError, match=r"0\.01 s passed while waiting for a batch"),
    ):
        await busy(1)
    model.gate.set()
    await busy(2)

    assert model.batches == [[0], [2]]


async def test_a_deadline_does_not_stop_a_batch(model: Model) -> None:
    """Others wait for it, too; who is out of time goes."""
    double = batched()(model.double)
    stays = asyncio.create_task(double(1))
    await asyncio.sleep(0)
    with lanes.due_in(0.01), pytest.raises(LaneTimeoutError, match="while in a batch"):
        await double(2)
    model.gate.set()

    assert await stays == 2
    assert model.batches == [[1, 2]]


async def test_an_item_whose_time_is_up_is_not_taken(model: Model, busy: Batched[int, int]) -> None:
    """Also if the loop was too busy to tell its caller."""
    with lanes.due_in(100) as deadline:
        late = asyncio.create_task(busy(1))
    stays = asyncio.create_task(busy(2))
    await some_turns()
    deadline.expire()
    model.gate.set()
    await stays
    late.cancel()

    assert model.batches == [[0], [2]]
    assert busy.stats().dropped == 1


async def test_a_caller_that_leaves_a_running_batch_disturbs_nobody(model: Model) -> None:
    """Its result is for nobody."""
    double = batched()(model.double)
    gone, stays = asyncio.create_task(double(1)), asyncio.create_task(double(2))
    await some_turns()
    gone.cancel()
    await some_turns()
    model.gate.set()

    assert await stays == 4


async def test_more_calls_than_may_wait_are_refused(model: Model, busy: Batched[int, int]) -> None:
    """At once, with the advice when to come back."""
    waiting = [asyncio.create_task(busy(number)) for number in range(3)]
    await some_turns()

    with pytest.raises(
        BatchFullError, match=r"3 calls wait for a batch of .*double already; try again in 1 s"
    ) as caught:
        await busy(4)
    model.gate.set()
    await asyncio.gather(*waiting)

    assert caught.value.status_hint == 503
    assert busy.stats().refused == 1


async def test_any_number_may_wait_where_none_is_said(model: Model) -> None:
    """`queue=None`."""
    double = batched(queue=None)(model.double)
    calls = [asyncio.create_task(double(number)) for number in range(2000)]
    await some_turns()
    model.gate.set()

    assert sum(await asyncio.gather(*calls)) == 2 * sum(range(2000))
