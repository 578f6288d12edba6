"""A function that another process finds by its name, even where the name stands for what a decorator made of it."""

import inspect
import pickle
from collections.abc import Callable
from importlib import import_module
from operator import attrgetter
from typing import Any


class Importable:
    """A function, pickled as its name; what arrives is the function itself.

    The name may stand for an object that wraps it and says so by `__wrapped__`: a job function, a batched function.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.__module__, self.__qualname__ = function.__module__, function.__qualname__
        self._function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self._function(*args, **kwargs)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        name = (self.__module__, self.__qualname__)
        try:
            found = _find(*name)
        except AttributeError:  # the module is being imported, and has no such name yet
            found = self._function
        if found is not self._function:
            raise pickle.PicklingError(f"{'.'.join(name)} is another object")
        return _find, name


def importable(function: Callable[..., Any]) -> Callable[..., Any]:
    """What to send to a process in the place of a function that may be decorated."""
    is_plain = inspect.isfunction(function) and not inspect.iscoroutinefunction(function)
    return Importable(function) if is_plain else function


def _find(module: str, qualname: str) -> Callable[..., Any]:
    found: Any = attrgetter(qualname)(import_module(module))
    plain: Callable[..., Any] = found if inspect.isfunction(found) else found.__wrapped__
    return plain
