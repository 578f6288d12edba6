"""Whether a function can be called in another process, said at start-up and with the way out."""

import inspect
import pickle
from collections.abc import Callable
from functools import partial

from laneway.lanes.errors import UnpicklableError

_MAIN_MODULES = ("__main__", "__mp_main__")


def function_name(function: Callable[..., object]) -> str:
    """How messages call a function: `app.maths.primes`."""
    while isinstance(function, partial):
        function = function.func
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{getattr(named, '__module__', None) or '?'}.{named.__qualname__}"


def home_module(function: Callable[..., object]) -> str:
    """The module that a process imports to call `function`."""
    return _plain(function).__module__


def check_picklable(function: Callable[..., object]) -> None:
    """Make sure that `function` can be called in a process lane.

    Raises:
        UnpicklableError: It cannot; the message says why and what to do.
    """
    problem = _async_problem(function) or _place_problem(function) or _pickle_problem(function)
    if problem:
        raise UnpicklableError(function_name(function), problem)


def _plain(function: Callable[..., object]) -> Callable[..., object]:
    """What `function` names in its module: the function behind a partial, the class of an instance."""
    while isinstance(function, partial):
        function = function.func
    owner = getattr(function, "__self__", None)
    if inspect.ismethod(function) and not isinstance(owner, type):
        return type(owner)
    return function if hasattr(function, "__qualname__") else type(function)


def _async_problem(function: Callable[..., object]) -> str | None:
    while isinstance(function, partial):
        function = function.func
    called = function if hasattr(function, "__qualname__") else type(function).__call__
    if inspect.iscoroutinefunction(called):
        return (
            "it is an async function, and a process has no event loop to run it on; declare it with `def`, or "
            'leave it on the loop (lane="loop")'
        )
    if inspect.isgeneratorfunction(called) or inspect.isasyncgenfunction(called):
        return "it is a generator, whose state stays in its process; return a list, or use a thread lane"
    return None


def _place_problem(function: Callable[..., object]) -> str | None:
    plain = _plain(function)
    if plain.__module__ in _MAIN_MODULES:
        return (
            "it is defined in the program's main file, which other processes do not run again; move it to a "
            "module and import it from there"
        )
    if "<lambda>" in plain.__qualname__:
        return "it is a lambda; write it as a `def` at the top level of a module"
    if "<locals>" in plain.__qualname__:
        return (
            "it is defined inside another function; move it to the top level of its module, and hand over as "
            "arguments what it takes from around it"
        )
    return None


def _pickle_problem(function: Callable[..., object]) -> str | None:
    try:
        pickle.dumps(function, 5)
    except Exception as error:  # noqa: BLE001 - a __reduce__ may raise anything
        return f"{error}; {_way_out(function)}"
    return None


def _way_out(function: Callable[..., object]) -> str:
    if inspect.ismethod(function):
        return "a method goes together with its object, and this one cannot; use a function, and make the object there"
    if isinstance(function, partial):
        return "a partial goes together with its arguments; let them be plain data"
    if inspect.isfunction(function):
        return (
            "the name in its module stands for something else (a decorator?); give the plain function a name"
        )
    return "use a plain function at the top level of a module"
