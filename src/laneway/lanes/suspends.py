"""What the bytecode of a coroutine function proves: that it never suspends.

Such a coroutine runs through when it is started and needs no task of its own. The proof is one-sided: a function that
fails it may still never suspend.
"""

import dis
import inspect
from collections.abc import Callable
from types import CodeType, FunctionType, MethodType
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
    # `functools.wraps` and the like hide nothing: what is looked at is the code that runs.
    return type(function) is FunctionType and never_awaits(function.__code__)


def never_awaits(code: CodeType) -> bool:
    """Whether this is the code of a coroutine function that cannot suspend; it could as well be a plain function."""
    is_coroutine = bool(code.co_flags & inspect.CO_COROUTINE)
    return is_coroutine and not any(one.opname in _WAITS for one in dis.get_instructions(code))
