"""Standard streams that are closed, or that nobody reads: no reason not to serve."""

import os
import sys


def open_missing() -> None:
    """Let standard streams that are closed lead to nowhere; the next socket would otherwise take their place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def give_up_output() -> None:
    """Let standard output lead to nowhere, as its reader has gone; what is in its buffer would fail once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
