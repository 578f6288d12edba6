"""Dependency overrides: a dictionary that says when it changes."""

from collections.abc import Callable, Iterable
from typing import Any, Self

Override = dict[Callable[..., Any], Callable[..., Any]]


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
