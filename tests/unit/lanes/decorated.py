"""Functions whose names stand for what decorators made of them."""

import functools
from collections.abc import Callable


class Made:
    """What a decorator gives in the place of a function, and tells which."""

    def __init__(self, function: Callable[[int], int]) -> None:
        functools.update_wrapper(self, function)
        self.own = function


@Made
def square(number: int) -> int:
    """A number times itself."""
    return number * number


def _cube(number: int) -> int:
    return number**3


cube = Made(_cube)


@Made
@Made  # type: ignore[arg-type]
def hidden(number: int) -> int:
    """Two layers down."""
    return number


async def wait(number: int) -> int:
    """On a loop."""
    return number
