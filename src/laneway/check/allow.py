"""Ways to say that a blocking call is meant: a decorator and a comment."""

import re
from collections.abc import Iterable

from laneway.types import DecoratedCallable

MARK = "__laneway_blocking_ok__"
COMMENT = re.compile(r"#\s*laneway:\s*blocking-ok\b")


def allow_blocking(function: DecoratedCallable) -> DecoratedCallable:
    """The function, marked so that `laneway check` reports nothing that it does.

    For calls that cannot take long: a file of a few bytes, a lock that nobody holds. A single line can be marked
    instead, with the comment `# laneway: blocking-ok`; on the line of a `def` the comment means the whole function.

    Example:
        >>> @allow_blocking
        ... async def version() -> str:
        ...     return open("VERSION").read()
    """
    setattr(function, MARK, True)
    return function


def is_allowed(function: object) -> bool:
    """Whether the decorator marked it."""
    marks = getattr(type(function), "__dict__", {}).get("__dict__") and vars(function)
    return bool(marks and marks.get(MARK))


def has_comment(lines: Iterable[str]) -> bool:
    """Whether one of the lines carries the comment."""
    return any(COMMENT.search(line) for line in lines)
