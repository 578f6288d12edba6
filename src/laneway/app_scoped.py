"""What a dependency with `scope="app"` may need: nothing that comes with a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from laneway.callables import is_generator
from laneway.dependant import Dependant
from laneway.exceptions import DependencyScopeError
from laneway.params import Depends
from laneway.types import AnyCallable, DependencyScope

APP: Final = "app"


def is_app_scoped(dependant: Dependant) -> bool:
    """Whether a dependency is made once for the app."""
    return dependant.scope == APP


def scope_below(owner: Dependant, depends: Depends, call: AnyCallable) -> DependencyScope | None:
    """The scope of what `owner` depends on; below an app-scoped dependency everything lives as long as the app.

    Raises:
        DependencyScopeError: It ends with a request.
    """
    if not is_app_scoped(owner) or depends.scope == APP:
        return depends.scope
    if depends.scope is None and not is_generator(call):
        return APP
    raise DependencyScopeError(
        f'The app-scoped dependency "{_name(owner)}" cannot depend on "{getattr(call, "__name__", call)}", which ends '
        f'with each request; give that scope="app", too'
    )


def refuse_parameter(owner: Dependant, argument: str) -> DependencyScopeError:
    """The error of an app-scoped dependency with a parameter that only a request could fill."""
    return DependencyScopeError(
        f'The app-scoped dependency "{_name(owner)}" cannot have the parameter "{argument}", which is read from a '
        f"request: it is made before there is one. Give the parameter a default, or get it through another "
        f"app-scoped dependency"
    )


@contextmanager
def telling_owner(owner: Dependant) -> Iterator[None]:
    """Says in what an app-scoped dependency is refused for whose sake it has to live that long."""
    try:
        yield
    except DependencyScopeError as error:
        if not is_app_scoped(owner):
            raise
        raise DependencyScopeError(f'{error}. The app-scoped "{_name(owner)}" depends on it') from None


def _name(dependant: Dependant) -> str:
    return str(getattr(dependant.call, "__name__", "<unnamed callable>"))
