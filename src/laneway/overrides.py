"""Dependency overrides: a dictionary that says when it changes, and one that is asked each time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType
from typing import Any, Self

from laneway.callables import unwrapped

Override = dict[Callable[..., Any], Callable[..., Any]]

_ATTRIBUTE = "dependency_overrides"


class LiveOverrides(Mapping[Callable[..., Any], Callable[..., Any]]):
    """The overrides that a provider has at the moment, whatever kind of object it keeps them in."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    @property
    def _now(self) -> Mapping[Callable[..., Any], Callable[..., Any]]:
        return getattr(self._provider, _ATTRIBUTE, None) or {}

    def __getitem__(self, key: Callable[..., Any]) -> Callable[..., Any]:
        return self._now[key]

    def __iter__(self) -> Iterator[Callable[..., Any]]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)


def speaks_of_overrides(call: Callable[..., Any]) -> bool:
    """Whether the code of `call` has the word `dependency_overrides`: calling it may change what is called next."""
    inner = unwrapped(call)
    function = inner if hasattr(inner, "__code__") else getattr(inner, "__call__", None)  # noqa: B004
    code = getattr(function, "__code__", None)
    return isinstance(code, CodeType) and _speaks(code)


def _speaks(code: CodeType) -> bool:
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return _ATTRIBUTE in code.co_names or any(map(_speaks, inner))


class DependencyOverrides(Override):
    """Replacements of dependencies, by the callable they replace.

    Changing it makes the plans of the routes concerned anew; other routes, and requests without a change, pay nothing.
    """

    def __init__(self, values: Override, changed: Callable[[Iterable[Callable[..., Any]]], None]) -> None:
        super().__init__(values)
        self._changed = changed

    def __setitem__(self, key: Callable[..., Any], value: Callable[..., Any]) -> None:
        super().__setitem__(key, value)
        self._changed((key,))

    def __delitem__(self, key: Callable[..., Any]) -> None:
        super().__delitem__(key)
        self._changed((key,))

    def clear(self) -> None:
        """Remove all overrides."""
        keys = list(self)
        super().clear()
        self._changed(keys)

    def pop(self, key: Callable[..., Any], *default: Any) -> Any:
        """Remove one override and give it back."""
        value = super().pop(key, *default)
        self._changed((key,))
        return value

    def popitem(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Remove the override added last and give it back."""
        item = super().popitem()
        self._changed((item[0],))
        return item

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Add overrides."""
        added: Override = dict(*args, **kwargs)
        super().update(added)
        self._changed(added)

    def setdefault(self, key: Callable[..., Any], default: Any = None) -> Any:
        """The override of `key`, which becomes `default` when there is none."""
        value = super().setdefault(key, default)
        self._changed((key,))
        return value

    def __ior__(self, other: Any) -> Self:  # type: ignore[override, misc]
        self.update(other)
        return self
