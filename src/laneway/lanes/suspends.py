"""What the bytecode of a coroutine function proves: that it never suspends.

Such a coroutine runs through when it is started and needs no task of its own. The proof is one-sided: a function that
fails it may still never suspend.
"""

import dis
import inspect
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

# What waits for another coroutine, an async iterator or an async context manager.
_WAITS = {
    "ASYNC_GEN_WRAP",
    "BEFORE_ASYNC_WITH",
    "GET_AITER",
    "GET_ANEXT",
    "GET_AWAITABLE",
    "GET_YIELD_FROM_ITER",
    "SEND",
    "YIELD_VALUE",
}


def never_suspends(call: Callable[..., Any]) -> bool:
    """Whether calling `call` gives a coroutine that is proven to run through without waiting for anything."""
    function = call.__func__ if isinstance(call, MethodType) else call
    if type(function) is not FunctionType or not function.__code__.co_flags & inspect.CO_COROUTINE:
        return False
    # `functools.wraps` and the like hide nothing: what is looked at is the code that runs.
    return not any(instruction.opname in _WAITS for instruction in dis.get_instructions(function))
