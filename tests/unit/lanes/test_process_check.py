"""Functions that cannot run in a process are refused, with the way out."""

from collections.abc import Callable
from functools import partial

import pytest

from laneway.lanes.errors import UnpicklableError
from laneway.lanes.process_check import check_picklable, function_name, home_module
from tests.unit.lanes import process_jobs
from tests.unit.lanes.process_jobs import Adder, Refusing


def nested() -> Callable[[], int]:
    def inner() -> int:
        return 1

    return inner


def of_main() -> None:
    """Pretends to be defined in the program's main file."""


of_main.__module__ = "__main__"


def original() -> int:
    return 1


def shadowed() -> int:
    return 2


hidden = shadowed
shadowed = original  # what a decorator does that returns another function


@pytest.mark.parametrize(
    "function",
    [
        process_jobs.add,
        partial(process_jobs.add, 1),
        Adder(1).add,
        partial(Adder(1).add, 1),
        len,
        Adder,
    ],
)
def test_what_a_process_can_import_passes(function: Callable[..., object]) -> None:
    check_picklable(function)


@pytest.mark.parametrize(
    ("function", "way_out"),
    [
        (lambda: 1, "`def` at the top level"),
        (nested(), "move it to the top level"),
        (partial(nested()), "move it to the top level"),
        (of_main, "move it to a module"),
        (Adder(Refusing()).add, "use a function"),
        (partial(process_jobs.add, Refusing()), "plain data"),
        (process_jobs.coroutine, "declare it with `def`"),
        (process_jobs.yielding, "return a list"),
        (hidden, "decorator"),
    ],
)
def test_the_refusal_tells_the_way_out(function: Callable[..., object], way_out: str) -> None:
    with pytest.raises(UnpicklableError) as caught:
        check_picklable(function)

    assert way_out in str(caught.value)


def test_the_refusal_names_the_function() -> None:
    with pytest.raises(UnpicklableError, match=r"process_jobs\.coroutine cannot cross"):
        check_picklable(process_jobs.coroutine)


def test_a_partial_is_named_after_its_function() -> None:
    assert function_name(partial(process_jobs.add, 1)) == f"{process_jobs.__name__}.add"


def test_the_home_of_a_method_is_the_module_of_its_class() -> None:
    assert home_module(partial(Adder(1).add, 1)) == process_jobs.__name__
