"""What a batched function says of its batches."""

import math
from dataclasses import dataclass
from typing import TypedDict


class BatchKeywords(TypedDict, total=False):
    """Options of `batched`, all by keyword."""

    max_size: int  # items in a batch at most; 32 when absent
    max_wait: float  # seconds that an item waits for others while it could begin; 0.005 when absent
    lane: str | None  # where a `def` runs; `thread` when absent
    queue: int | None  # calls that may wait, more are refused; None for any number, 1000 when absent
    at_once: int  # batches that run at once; 1 when absent
    name: str  # what metrics and errors call it; the function's with its module when absent


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What a batched function says of its batches; see `BatchKeywords`."""

    name: str
    max_size: int = 32
    max_wait: float = 0.005
    lane: str | None = None
    queue: int | None = 1000
    at_once: int = 1

    def __post_init__(self) -> None:
        for name in ("max_size", "at_once"):
            if getattr(self, name) < 1:
                raise ValueError(f"{self.name}: {name} is 1 or more, not {getattr(self, name)}")
        if not 0 <= self.max_wait < math.inf:
            raise ValueError(f"{self.name}: max_wait is 0 seconds or more, not {self.max_wait}")
        if self.queue is not None and self.queue < 1:
            raise ValueError(
                f"{self.name}: queue is 1 call or more, not {self.queue}; None for any number of them"
            )
