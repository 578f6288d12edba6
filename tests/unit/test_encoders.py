"""Everything becomes what JSON can hold, and the choices of the caller are kept."""

import collections
import dataclasses
import datetime as dt
import ipaddress
import re
import sys
import warnings
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from pydantic import AnyUrl, BaseModel, Field, SecretStr
from pydantic_core import PydanticUndefined

from laneway.encoders import (
    ENCODERS_BY_TYPE,
    decimal_encoder,
    generate_encoders_by_class_tuples,
    isoformat,
    jsonable_encoder,
)
from laneway.exceptions import EncodingError, PydanticV1NotSupportedError


class Colour(Enum):
    red = "r"


class Size(str, Enum):  # noqa: UP042 - a value of two kinds, the older way
    small = "s"


class Pet(BaseModel):
    name: str = "Rex"
    age: int | None = None
    born: dt.date = Field(default=dt.date(2020, 1, 2), serialization_alias="dateOfBirth")


@dataclasses.dataclass
class Point:
    x: int
    y: int | None = None


class Row:
    """An object with attributes only, as an ORM gives them."""

    def __init__(self) -> None:
        self.id = 1
        self.name = None
        self._sa_state = "internal"


class Pairs:
    """An object that `dict()` can read."""

    def __iter__(self) -> Iterator[tuple[str, object]]:
        return iter([("size", Size.small)])


class Opaque:
    """An object with nothing to show."""

    __slots__ = ()


class Money:
    def __init__(self, cents: int) -> None:
        self.cents = cents


class Tip(Money):
    pass


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (None, None),
        (True, True),
        ("text", "text"),
        (1.5, 1.5),
        (b"bytes", "bytes"),
        (Colour.red, "r"),
        (Size.small, "s"),
        (Path("/a/b"), "/a/b"),
        (PurePosixPath("c"), "c"),
        (dt.date(2025, 1, 31), "2025-01-31"),
        (dt.datetime(2025, 1, 31, 12, 0, tzinfo=dt.UTC), "2025-01-31T12:00:00+00:00"),
        (dt.timedelta(minutes=1), 60.0),
        (Decimal("3.0"), 3.0),
        (Decimal(3), 3),
        (Decimal("3.10"), 3.1),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (ipaddress.ip_address("10.0.0.1"), "10.0.0.1"),
        (re.compile("a+"), "a+"),
        (AnyUrl("http://a/b"), "http://a/b"),
        (SecretStr("key"), "**********"),
        (PydanticUndefined, None),
        ((1, "a"), [1, "a"]),
        (frozenset({1}), [1]),
        (collections.deque([1]), [1]),
        ((n for n in [1, 2]), [1, 2]),
        (collections.OrderedDict(a=1), {"a": 1}),
        ({UUID(int=2): {Size.small}}, {"00000000-0000-0000-0000-000000000002": ["s"]}),
    ],
)
def test_value_becomes_plain(value: object, encoded: object) -> None:
    """Each type has its plain form, on the outside and deep within."""
    assert jsonable_encoder(value) == encoded


def test_model_is_named_by_alias() -> None:
    """The way it goes over the wire."""
    assert jsonable_encoder(Pet()) == {"name": "Rex", "age": None, "dateOfBirth": "2020-01-02"}


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"by_alias": False}, {"name", "age", "born"}),
        ({"include": ["name"]}, {"name"}),
        ({"exclude": {"name", "age"}}, {"dateOfBirth"}),
        ({"exclude_none": True}, {"name", "dateOfBirth"}),
        ({"exclude_unset": True}, {"age"}),
        ({"exclude_defaults": True}, set()),
    ],
)
def test_options_choose_the_fields_of_a_model(options: dict[str, Any], names: set[str]) -> None:
    """Each as in `model_dump`."""
    assert set(jsonable_encoder(Pet(age=None), **options)) == names


def test_options_reach_models_inside_containers() -> None:
    """A list of models is filtered like one model."""
    assert jsonable_encoder([Pet(name="Tom")], include={"name"}) == [{"name": "Tom"}]


def test_include_and_exclude_choose_the_keys_of_a_dict() -> None:
    """Not only models have members."""
    value = {"a": 1, "b": 2, "c": {"a": 3}}

    assert jsonable_encoder(value, include={"a", "c"}) == {"a": 1, "c": {"a": 3}}
    assert jsonable_encoder(value, exclude={"a", "b"}) == {"c": {"a": 3}}


def test_none_is_left_out_of_dicts_on_request() -> None:
    """At every depth."""
    assert jsonable_encoder({"a": None, "b": {"c": None}}, exclude_none=True) == {"b": {}}


def test_dataclass_is_encoded_by_its_fields() -> None:
    """With the same choices as a model."""
    assert jsonable_encoder(Point(1)) == {"x": 1, "y": None}
    assert jsonable_encoder(Point(1), exclude={"y"}) == {"x": 1}


def test_object_with_items_is_encoded_by_them() -> None:
    """What `dict()` reads is encoded."""
    assert jsonable_encoder(Pairs()) == {"size": "s"}


def test_other_object_is_encoded_by_its_attributes() -> None:
    """But for those that SQLAlchemy keeps for itself."""
    assert jsonable_encoder(Row()) == {"id": 1, "name": None}


def test_sqlalchemys_attributes_are_kept_on_request() -> None:
    """The caller may know better."""
    assert jsonable_encoder({"_sa_state": 1}, sqlalchemy_safe=False) == {"_sa_state": 1}


def test_object_without_members_is_refused_with_a_way_out() -> None:
    """The message names the type and what to pass."""
    with pytest.raises(EncodingError, match=r"Opaque has no JSON form.*custom_encoder"):
        jsonable_encoder(Opaque())


def test_dataclass_itself_is_no_value() -> None:
    """A forgotten pair of brackets is an error, not an empty reply."""
    with pytest.raises(TypeError):
        jsonable_encoder(Point)


def test_custom_encoder_serves_its_type_and_subclasses() -> None:
    """An exact match comes first."""
    custom = {Money: lambda money: money.cents}

    assert jsonable_encoder({"price": Money(5), "tip": Tip(1)}, custom_encoder=custom) == {
        "price": 5,
        "tip": 1,
    }
    assert jsonable_encoder(Tip(1), custom_encoder={**custom, Tip: lambda _: "tip"}) == "tip"


def test_custom_encoder_comes_before_plain_values() -> None:
    """Even numbers can be written otherwise."""
    assert jsonable_encoder([1, "a"], custom_encoder={int: str}) == ["1", "a"]


def test_custom_encoder_does_not_reach_into_a_model() -> None:
    """A model says itself how its fields are written."""
    assert jsonable_encoder(Pet(), custom_encoder={str: str.upper})["name"] == "Rex"


def test_encoder_added_to_the_table_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ENCODERS_BY_TYPE[ObjectId] = str` is how users of MongoDB do it."""
    monkeypatch.setitem(ENCODERS_BY_TYPE, Opaque, lambda _: "opaque")

    assert jsonable_encoder([Opaque()]) == ["opaque"]


def test_colour_of_pydantic_is_text() -> None:
    """The module is deprecated and imported by nobody but its users."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydantic.color import Color

        assert jsonable_encoder(Color("red")) == "red"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="pydantic.v1 ends with Python 3.13")
def test_model_of_pydantic_v1_is_refused_with_a_way_out() -> None:
    """It must not be encoded by its attributes in silence."""
    from pydantic import v1

    class Old(v1.BaseModel):
        name: str

    with pytest.raises(PydanticV1NotSupportedError, match=r"pydantic\.BaseModel"):
        jsonable_encoder(Old(name="x"))


def test_decimal_without_fraction_is_int() -> None:
    """A numeric key survives the way out and back."""
    assert [repr(decimal_encoder(Decimal(text))) for text in ("1", "1.0", "1E+2", "NaN")] == [
        "1",
        "1.0",
        "100",
        "nan",
    ]


def test_isoformat_serves_dates_and_times() -> None:
    """One function for both."""
    assert (isoformat(dt.date(2025, 1, 2)), isoformat(dt.time(3, 4))) == ("2025-01-02", "03:04:00")


def test_encoders_are_grouped_by_function() -> None:
    """Each with all its types."""
    assert generate_encoders_by_class_tuples({UUID: str, Path: str, set: list}) == {
        str: (UUID, Path),
        list: (set,),
    }
