"""Errors of the benchmark; each message says what to do."""

from collections.abc import Callable
from dataclasses import dataclass


class BenchError(Exception):
    """The benchmark refuses to give figures."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row without figures."""

    row: str  # as on the command line
    peer: str  # empty: of all peers
    reason: str


Refuse = Callable[[str, BenchError], None]  # (peer, why)
