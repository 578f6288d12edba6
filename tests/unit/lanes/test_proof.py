"""What the bytecode of a function proves."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import pytest

from laneway.lanes.proof import cannot_block

GLOBAL = {"a": 1}


def constant() -> int:
    return 1


def arguments(a: int, b: str = "x") -> dict[str, Any]:
    return {"a": a, "b": b}


def nothing() -> None: ...


def several(a: int, b: int) -> tuple[int, int, list[int]]:
    c = a
    return c, b, [a, b]


def reads_a_global() -> dict[str, int]:
    return GLOBAL


def asks_for_none(a: int | None) -> int | None:
    return None if a is None else a


def chooses(a: int | None = None) -> int:
    if a is None:
        return 0
    return a


HARMLESS: list[Callable[..., Any]] = [
    constant,
    arguments,
    nothing,
    several,
    reads_a_global,
    asks_for_none,
    chooses,
    lambda: {"a": "b"},
    lambda a: [a],
]


@pytest.mark.parametrize("function", HARMLESS, ids=lambda function: function.__name__)
def test_a_function_that_only_moves_values_cannot_block(function: Callable[..., Any]) -> None:
    assert cannot_block(function)


def calls() -> None:
    time.sleep(1)


def reads_an_attribute(a: Any) -> Any:
    return a.b


def reads_an_item(a: Any) -> Any:
    return a["b"]


def adds(a: Any, b: Any) -> Any:
    return a + b


def compares(a: Any, b: Any) -> Any:
    return a == b


def contains(a: Any, b: Any) -> Any:
    return a in b


def is_true(a: Any) -> int:
    return 1 if a else 2


def formats(a: Any) -> str:
    return f"{a}"


def unpacks(a: Any) -> Any:
    b, c = a
    return c, b


def spreads(a: Any) -> Any:
    return [*a]


def loops() -> None:
    while True:
        pass


def iterates(a: Any) -> None:
    for _ in a:
        pass


def imports() -> Any:
    import this

    return this


def enters(a: Any) -> None:
    with a:
        pass


def makes_a_set(a: Any) -> Any:
    return {a}


def makes_a_dictionary(a: Any) -> Any:
    return {a: 1}


def makes_a_dictionary_inside(a: Any, b: Any) -> Any:
    return [1, {a: b}]


def makes_a_dictionary_around(a: Any) -> Any:
    return {a: {"b": 1}}


def handles(a: Any) -> Any:
    try:
        return a.b
    finally:
        nothing()


def raises() -> None:
    raise ValueError


def stores_an_attribute(a: Any) -> None:
    a.b = 1


def stores_a_global() -> None:
    global GLOBAL  # noqa: PLW0603  # what is tested
    GLOBAL = {}


def yields() -> Iterator[int]:
    yield 1


async def coroutine() -> int:
    return 1


async def yields_async() -> AsyncIterator[int]:
    yield 1


DOUBTFUL: list[Callable[..., Any]] = [
    *(calls, reads_an_attribute, reads_an_item, adds, compares, contains, is_true, formats, unpacks, spreads),
    *(makes_a_dictionary, makes_a_dictionary_inside, makes_a_dictionary_around, makes_a_set),
    *(loops, iterates, imports, enters, handles, raises, stores_an_attribute, stores_a_global),
    *(yields, coroutine, yields_async, print, time.sleep, partial(constant)),
]


@pytest.mark.parametrize("function", DOUBTFUL, ids=lambda function: getattr(function, "__name__", "partial"))
def test_whatever_may_run_code_of_others_is_not_proven(function: Callable[..., Any]) -> None:
    """Attributes, items, operators, truth and hashing call methods that anybody may have written."""
    assert not cannot_block(function)


class Stores:
    def __init__(self, skip: int = 0, limit: int = 10) -> None:
        self.skip = skip
        self.limit = limit


class StoresNothing:
    def __init__(self) -> None: ...


@pytest.mark.parametrize("cls", [Stores, StoresNothing])
def test_a_class_that_only_stores_its_arguments_cannot_block(cls: type) -> None:
    assert cannot_block(cls)


class Calls:
    def __init__(self) -> None:
        self.a = open("/dev/null")  # noqa: SIM115, PTH123


class SetsAProperty:
    def __init__(self, a: int) -> None:
        self.a = a

    @property
    def a(self) -> int:
        return 1

    @a.setter
    def a(self, value: int) -> None:
        time.sleep(1)


class SetsOnAnother:
    def __init__(self, other: Any) -> None:
        other.a = 1


class OwnSetattr:
    def __init__(self, a: int) -> None:
        self.a = a

    def __setattr__(self, name: str, value: Any) -> None:
        time.sleep(1)


class OwnNew:
    def __new__(cls) -> Self:
        time.sleep(1)
        return super().__new__(cls)

    def __init__(self) -> None: ...


class Meta(type):
    def __call__(cls) -> Any:
        time.sleep(1)


class OwnMeta(metaclass=Meta):
    def __init__(self) -> None: ...


class SelfIsAnother:
    def __init__(self, other: Any) -> None:
        self = other  # noqa: PLW0642  # what is tested
        self.a = 1


@dataclass
class HasADefault:
    a: int = 1


class Slots:
    __slots__ = ("a",)

    def __init__(self, a: int) -> None:
        self.a = a


@pytest.mark.parametrize(
    "cls", [Calls, SetsAProperty, SetsOnAnother, OwnSetattr, OwnNew, OwnMeta, SelfIsAnother, int]
)
def test_a_class_that_may_do_more_is_not_proven(cls: type) -> None:
    assert not cannot_block(cls)


@pytest.mark.parametrize("cls", [HasADefault, Slots])
def test_a_class_attribute_of_the_same_name_leaves_it_open(cls: type) -> None:
    """It might be a descriptor; the proof does not look."""
    assert not cannot_block(cls)


class Callable_:  # noqa: N801
    def __call__(self) -> int:
        return 1


def test_an_object_with_a_call_method_is_not_proven() -> None:
    assert not cannot_block(Callable_())
