"""Results as bytes: what goes out equals what `JSONResponse(jsonable_encoder(...))` would send."""

import datetime as dt
import json
import uuid
from collections import OrderedDict, UserDict, deque, namedtuple
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, RootModel, SecretStr
from starlette.responses import JSONResponse

from laneway.encoders import jsonable_encoder
from laneway.plan.json_bytes import json_bytes, standard_json_bytes
from laneway.plan.write import allows_body


class Color(Enum):
    red = "red"
    pair = (1, 2)


class Size(IntEnum):
    small = 1


class Unit(StrEnum):
    metre = "m"


class Mixed(float, Enum):
    half = 0.5


@dataclass
class Point:
    x: Any
    y: Any = 1e16


class Model(BaseModel):
    any_: Any = Field(alias="anyValue", default=None)
    secret: SecretStr = SecretStr("s")


class Tags(RootModel[list[str]]):
    pass


class Row:
    """As an ORM makes them."""

    def __init__(self, value: Any) -> None:
        self._sa_instance_state = object()
        self.value = value


class Text(str):
    __slots__ = ()


Pair = namedtuple("Pair", "first second")  # noqa: PYI024  # what is tested is the old form


@dataclass(frozen=True)
class Yields:
    """Stands for a generator, which can be read only once: each side gets one of its own."""

    values: tuple[Any, ...]


def fresh(content: Any) -> Any:
    """`content` with new generators where it says so."""
    if isinstance(content, Yields):
        return (fresh(value) for value in content.values)
    if type(content) is dict:
        return {key: fresh(value) for key, value in content.items()}
    if type(content) in (list, deque):
        return type(content)(fresh(value) for value in content)
    return content


singles = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.text(alphabet='aé漢\u2028\U0001f600\ud800\x00"\\<'),
    st.binary(max_size=3),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.timedeltas(),
    st.uuids(),
    st.complex_numbers(),
    st.sampled_from(
        [*Color, Size.small, Unit.metre, Mixed.half, PurePosixPath("/a"), Text("t"), Tags(["a"])]
    ),
    st.sampled_from(
        [Row(1), object(), Model(), Model(anyValue=dt.date(2020, 1, 1)), int, 1e16, -0.0, 5e-324]
    ),
    st.frozensets(st.integers(), max_size=2),
)
keys = st.one_of(
    st.text(max_size=3),
    st.sampled_from(
        ["_sa", "_sa_instance_state", "x_sa", '"_sa', 1, 1.5, True, None, Size.small, Unit.metre, Mixed.half]
    ),
    st.sampled_from(
        [Color.red, dt.date(2020, 1, 1), uuid.UUID(int=1), b"bytes", (1, 2), PurePosixPath("a"), Text("k")]
    ),
)
contents = st.recursive(
    singles,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(lambda items: Yields(tuple(items))),
        st.lists(inner, max_size=3).map(deque),
        st.tuples(inner, inner),
        st.builds(Pair, inner, inner),
        st.dictionaries(keys, inner, max_size=3),
        st.dictionaries(keys, inner, max_size=2).map(OrderedDict),
        st.dictionaries(keys, inner, max_size=2).map(UserDict),
        st.builds(Row, inner),
        singles.map(Point),
        singles.map(lambda value: Model(anyValue=value)),
    ),
    max_leaves=8,
)


def bytes_or_error(make: Any, content: Any) -> bytes | type[BaseException]:
    try:
        return bytes(make(fresh(content)))
    except Exception as error:  # noqa: BLE001  # whatever it is, both shall raise it
        return type(error)


@settings(max_examples=400, deadline=None, database=None, derandomize=True)
@given(contents)
@example({"a": Yields((1, 2)), "b": {dt.date(2020, 1, 1): 1}})
@example({"a": Yields((1, 2)), "_sa_state": 1})
@example({"a": 1, "_sa_instance_state": object()})
@example([1e16, 1e-7, float("inf")])
def test_bytes_of_any_content_are_those_of_the_encoder_and_the_json_response(content: Any) -> None:
    """The quick way gives the bytes, or fails with the error, of the thorough way."""
    thorough = bytes_or_error(lambda value: JSONResponse(jsonable_encoder(value)).body, content)

    assert bytes_or_error(standard_json_bytes, content) == thorough


@settings(max_examples=400, deadline=None, database=None, derandomize=True)
@given(contents)
@example([None, float("nan")])
@example(Model(anyValue=float("nan")))
@example([Point(float("inf"))])
@example({"a": None, "text": "null", "big": 2**64})
@example([1e16, 1e-7, None])
def test_orjson_gives_the_same_but_for_the_spelling_of_small_floats(content: Any) -> None:
    pytest.importorskip("orjson")
    thorough = bytes_or_error(lambda value: JSONResponse(jsonable_encoder(value)).body, content)

    body = bytes_or_error(json_bytes, content)

    assert json_bytes is not standard_json_bytes
    if isinstance(thorough, bytes) and b"e-" in thorough:
        assert isinstance(body, bytes)
        assert repr(json.loads(body)) == repr(json.loads(thorough))
    else:
        assert body == thorough


def test_keys_of_sqlalchemy_do_not_go_out() -> None:
    assert json_bytes({"a": 1, "_sa_instance_state": object()}) == b'{"a":1}'


def test_text_goes_out_as_utf8() -> None:
    assert json_bytes("漢") == '"漢"'.encode()


def test_a_large_float_keeps_its_digits() -> None:
    assert json_bytes(1e16) == b"1e+16"


def test_a_number_that_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_bytes(float("nan"))


def test_keys_that_are_not_text_go_out_as_text() -> None:
    assert json_bytes({1: 1, None: 2, 1.5: 3, dt.date(2020, 1, 2): 4}) == (
        b'{"1":1,"null":2,"1.5":3,"2020-01-02":4}'
    )


def test_decimals_go_out_as_numbers() -> None:
    assert json_bytes([Decimal("1.5"), Decimal(2)]) == b"[1.5,2]"


def test_a_generator_goes_out_as_a_list() -> None:
    def numbers() -> Iterator[int]:
        yield 1
        yield 2

    assert json_bytes(numbers()) == b"[1,2]"


@pytest.mark.parametrize("status", [100, 204, 205, 304])
def test_some_statuses_have_no_body(status: int) -> None:
    assert not allows_body(status)


@pytest.mark.parametrize("status", [None, 200, 201, 404, 500])
def test_other_statuses_have_one(status: int | None) -> None:
    assert allows_body(status)
