"""Reading JSON in one step: only where it gives what reading it in two steps gives."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from laneway.plan.json_mode import reads_same_from_json


class Inner(BaseModel):
    flag: bool = False
    ratio: float | None = None


class Plain(BaseModel):
    name: str = Field(alias="Name", max_length=5)
    count: int = Field(default=1, ge=-3)
    inner: Inner | None = None
    inners: list[Inner] = []
    sizes: dict[str, int] = {}


class Closed(Plain):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    day: date


class Dated(BaseModel):
    day: date | str


class WithInit(BaseModel):
    name: str

    def __init__(self, **data: Any) -> None:
        super().__init__(**data)


def outcome(read: Any) -> object:
    try:
        return repr(read())
    except (ValidationError, ValueError):
        return None


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-4, 4),
    st.floats(),
    st.floats(-3, 3).map(round).map(float),
    st.text(max_size=6),
    st.sampled_from(["1", "1.0", " 2", "true", "off", "nan", "2020-01-01", "-3", "1e3"]),
)
names = st.sampled_from(["Name", "name", "count", "inner", "inners", "sizes", "flag", "ratio", "x"])
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)),
    max_leaves=10,
)
objects = st.lists(st.tuples(names, values), max_size=6)


def has_repeated_names(body: bytes) -> bool:
    repeated = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        repeated.append(len(dict(pairs)) < len(pairs))

    json.loads(body, object_pairs_hook=look)
    return any(repeated)


def text_of(pairs: list[tuple[str, Any]]) -> bytes:
    """An object that may have a name twice."""
    return ("{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs) + "}").encode()


@pytest.mark.parametrize("model", [Plain, Closed, Inner, list[Plain], dict[str, Inner]])
@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.one_of(objects.map(text_of), values.map(lambda value: json.dumps(value).encode())))
@example(b'{"Name":"a","Name":"b","inner":{"flag":1,"flag":"no"}}')
@example(b'{"Name":"\\ud800"}')
@example(b'{"flag":1.0,"ratio":NaN}')
@example(b'{"x":1,"x":{}}')
@example(b"")
def test_one_step_gives_what_two_steps_give(model: Any, body: bytes) -> None:
    adapter = TypeAdapter(model)
    assert reads_same_from_json(adapter)

    at_once = outcome(lambda: adapter.validator.validate_json(body))

    in_two = outcome(lambda: adapter.validator.validate_python(from_json(body), from_attributes=True))
    # A member that comes twice is validated twice: what fails is then read once more, in two steps.
    assert at_once == in_two or (at_once is None and has_repeated_names(body))


@pytest.mark.parametrize(
    "model", [Strict, Dated, WithInit, date, list, Any, str | int, set[int], tuple[int, ...]]
)
def test_types_that_json_could_mean_otherwise_are_read_in_two_steps(model: Any) -> None:
    assert not reads_same_from_json(TypeAdapter(model))
