"""From what a batched function returned or raised to what each of its callers gets."""

import copy
from collections.abc import Collection

from laneway.batch.errors import BatchResultError


def one_each(function: str, returned: object, items: int) -> list[object]:
    """The outcome of each item: a result, or an exception that is to be raised.

    Args:
        function: Its name, for messages.
        returned: What it returned.
        items: How many items it was given.

    Raises:
        BatchResultError: That is no list of this length.
    """
    if isinstance(returned, str | bytes | dict) or not isinstance(returned, Collection):
        raise BatchResultError(function, items, f"a {type(returned).__name__}")
    if len(returned) != items:
        raise BatchResultError(function, items, f"{len(returned)} results")
    return [_raisable(one) for one in returned]


def to_all(error: Exception, items: int) -> list[object]:
    """The outcome of each item of a batch that failed: an error of its own, as callers change what they catch."""
    return [_raisable(error), *(_raisable(_copied(error)) for _ in range(items - 1))]


def _copied(error: Exception) -> Exception:
    try:
        copied = copy.copy(error)
    except Exception:  # noqa: BLE001  # an exception may be made in any way
        return error
    copied.__cause__, copied.__traceback__ = error.__cause__, error.__traceback__
    return copied


def _raisable(outcome: object) -> object:
    """A future cannot hold `StopIteration`: it would end the generator that awaits."""
    if not isinstance(outcome, StopIteration):
        return outcome
    replacement = RuntimeError("a batched function gave StopIteration")
    replacement.__cause__ = outcome
    return replacement
