"""The one place that uses what AnyIO does not promise."""

import sys
from types import ModuleType

import pytest

from laneway.lanes.way_back import find_marking

NAME = "changed_anyio"


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module in place of AnyIO's own, with nothing of it changed yet."""
    module, found = ModuleType(NAME), find_marking()
    module.claim_worker_thread = found.claim  # type: ignore[attr-defined]
    module.get_async_backend = found.backend  # type: ignore[attr-defined]
    module.threadlocals = found.here  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, NAME, module)
    return module


def test_the_anyio_that_is_installed_is_one_that_was_tested(changed: ModuleType) -> None:
    assert find_marking() == find_marking(NAME)


@pytest.mark.parametrize("name", ["claim_worker_thread", "get_async_backend", "threadlocals"])
def test_an_anyio_that_lost_a_name_is_refused_with_the_way_out(changed: ModuleType, name: str) -> None:
    delattr(changed, name)

    with pytest.raises(
        ImportError, match=r"tested with, 4\.11 to .* install one of those, or a newer Laneway"
    ):
        find_marking(NAME)


def test_an_anyio_whose_function_takes_other_arguments_is_refused(changed: ModuleType) -> None:
    """The error says what is different."""
    changed.claim_worker_thread = lambda token: token  # type: ignore[attr-defined]

    with pytest.raises(ImportError, match="too many positional arguments"):
        find_marking(NAME)


def test_an_anyio_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 4.11 its threads had no token, and a call back to the loop failed for want of a cancel scope."""
    monkeypatch.delattr("anyio.lowlevel.EventLoopToken")

    with pytest.raises(ImportError, match="install one of those"):
        find_marking()


def test_an_anyio_without_the_module_is_refused() -> None:
    with pytest.raises(ImportError, match="install one of those"):
        find_marking("anyio._no_such_module")
