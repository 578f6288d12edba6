"""What tests batch: a function that waits for its gate and remembers its batches."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from laneway.batch import batched


@dataclass
class Model:
    """Doubles numbers.

    Attributes:
        batches: What it was given, in order.
        gate: Closed by a test that wants batches to last.
        answer: What it makes of a batch.
    """

    batches: list[list[int]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Callable[[list[int]], list[int]] = lambda numbers: [2 * number for number in numbers]

    def __post_init__(self) -> None:
        self.gate.set()

    async def double(self, numbers: list[int]) -> list[int]:
        """Twice each number, once the gate is open."""
        self.batches.append(numbers)
        await self.gate.wait()
        return self.answer(numbers)

    @property
    def sizes(self) -> list[int]:
        """How many items each batch had."""
        return [len(batch) for batch in self.batches]


async def some_turns(turns: int = 10) -> None:
    """Let everything happen that needs no time."""
    for _ in range(turns):
        await asyncio.sleep(0)


@batched(lane="math")
def process_of(items: list[int]) -> list[tuple[int, int]]:
    """Each item with the process that had it."""
    return [(item, os.getpid()) for item in items]


def _square(items: list[int]) -> list[int]:
    return [item * item for item in items]


square = batched(lane="math")(_square)
