"""What every request does: wait, or compute."""

import time
from typing import Self

from pydantic import BaseModel

REQUESTS = 10
WAIT_SECONDS = 0.2
NUMBERS = 300_000  # takes a processor between 0.1 and 0.3 seconds


class Span(BaseModel):
    """When a handler ran, in seconds of `time.monotonic()`: the same clock in every process of a machine."""

    began: float
    ended: float

    @classmethod
    def since(cls, began: float) -> Self:
        """From then until now."""
        return cls(began=began, ended=time.monotonic())


def count_primes(below: int) -> int:
    """A plain Python loop, as the example of work for the processor; there are faster ways to count primes."""
    found: list[int] = []
    for number in range(2, below):
        for prime in found:
            if prime * prime > number:
                found.append(number)
                break
            if number % prime == 0:
                break
        else:
            found.append(number)
    return len(found)
