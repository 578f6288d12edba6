"""Medians with their spread."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some repeats, and the lowest and highest of them."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Return the median and the range of `values`."""
    return Spread(median(values), min(values), max(values))


def paired_ratio(above: Sequence[float], below: Sequence[float]) -> Spread:
    """Return the ratio of neighbours in time, so that a noise both felt cancels out."""
    return spread([a / b for a, b in zip(above, below, strict=True)])
