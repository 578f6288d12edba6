"""When a batch begins."""

import asyncio

import pytest

from laneway.batch import batched

from .model import Model, some_turns

FOR_EVER = 3600.0  # a test that waited so long would not end


@pytest.fixture
async def model() -> Model:
    return Model()


async def test_who_is_alone_is_served_at_once(model: Model) -> None:
    """Without company there is nothing to wait for."""
    double = batched(max_wait=FOR_EVER)(model.double)

    assert [await double(1), await double(2)] == [2, 4]


async def test_calls_of_one_turn_of_the_loop_share_a_batch(model: Model) -> None:
    """`gather` needs no waiting either."""
    double = batched(max_wait=FOR_EVER)(model.double)

    await asyncio.gather(*(double(number) for number in range(5)))

    assert model.sizes == [5]


async def test_calls_gather_while_a_batch_runs(model: Model) -> None:
    """The end of a batch is the beginning of the next."""
    model.gate.clear()
    double = batched(max_wait=FOR_EVER, max_size=3)(model.double)
    first = asyncio.create_task(double(0))
    await some_turns()
    others = [asyncio.create_task(double(number)) for number in range(1, 4)]
    await some_turns()
    before = list(model.sizes)
    model.gate.set()
    await asyncio.gather(first, *others)

    assert (before, model.sizes) == ([1], [1, 3])


async def test_a_batch_has_no_more_than_its_size(model: Model) -> None:
    """The rest comes in the next one."""
    double = batched(max_size=4, max_wait=0.001)(model.double)

    await asyncio.gather(*(double(number) for number in range(10)))

    assert model.sizes == [4, 4, 2]


async def test_a_crowd_that_comes_back_is_waited_for(model: Model) -> None:
    """As many as were about at once make the next batch, however they trickle in."""
    double = batched(max_wait=FOR_EVER)(model.double)

    async def client(number: int) -> None:
        for _ in range(3):
            await double(number)
            await some_turns(number)

    await asyncio.gather(*(client(number) for number in range(6)))

    assert model.sizes == [6, 6, 6]


async def test_who_does_not_come_back_is_not_waited_for_long(model: Model) -> None:
    """`max_wait` ends the waiting, and the next batch expects the smaller crowd."""
    double = batched(max_wait=0.05)(model.double)
    await asyncio.gather(*(double(number) for number in range(3)))

    waited = asyncio.create_task(double(7))
    await some_turns()
    before = list(model.sizes)
    await waited

    assert (before, model.sizes) == ([3], [3, 1])


async def test_a_crowd_of_long_ago_is_forgotten(model: Model) -> None:
    """After a pause of `max_wait` a lone caller is served at once again."""
    double = batched(max_wait=0.02)(model.double)
    await asyncio.gather(*(double(number) for number in range(3)))
    await asyncio.sleep(0.03)

    alone = asyncio.create_task(double(7))
    await some_turns()

    assert model.sizes == [3, 1]
    assert await alone == 14


async def test_a_full_company_ends_the_waiting(model: Model) -> None:
    """Once all are there, the clock does not matter."""
    double = batched(max_wait=FOR_EVER)(model.double)
    await asyncio.gather(double(1), double(2))
    one = asyncio.create_task(double(1))
    await some_turns()
    two = asyncio.create_task(double(2))

    assert await asyncio.gather(one, two) == [2, 4]
    assert model.sizes == [2, 2]


async def test_one_batch_runs_at_a_time(model: Model) -> None:
    """A model need not be safe to be called twice at once."""
    model.gate.clear()
    double = batched(max_size=1)(model.double)
    calls = [asyncio.create_task(double(number)) for number in range(3)]
    await some_turns()
    running = len(model.batches)
    model.gate.set()
    await asyncio.gather(*calls)

    assert running == 1


async def test_as_many_batches_run_at_once_as_are_declared(model: Model) -> None:
    """Two processes, two batches; they share the company."""
    model.gate.clear()
    double = batched(max_size=2, at_once=2)(model.double)
    calls = [asyncio.create_task(double(number)) for number in range(5)]
    await some_turns()
    before = list(model.sizes)
    model.gate.set()
    await asyncio.gather(*calls)

    assert (before, model.sizes) == ([2, 2], [2, 2, 1])
