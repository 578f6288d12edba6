"""Items of a stream as bytes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, ConfigDict, Field

from laneway.encoders import jsonable_encoder
from laneway.exceptions import EndpointContext, ResponseValidationError
from laneway.fields import make_field
from laneway.route_spec import DumpOptions, OutputSpec
from laneway.sse import ServerSentEvent
from laneway.stream.items import event_encoder, json_text, line_encoder

NAN = float("nan")


class Point(BaseModel):
    x: float
    label: str | None = Field(None, serialization_alias="name")


class Spelled(BaseModel):
    model_config = ConfigDict(ser_json_inf_nan="strings")
    x: float


class Colour(Enum):
    red = "r"


class Level(IntEnum):
    low = 1


@dataclass
class Size:
    width: int


class Pair(NamedTuple):
    a: int
    b: str


def context() -> EndpointContext:
    return {"function": "numbers"}


def lines(item_type: Any = None, **dump: Any) -> Callable[[Any], bytes]:
    item = None if item_type is None else make_field("item", item_type, mode="serialization")
    return line_encoder(OutputSpec(stream_item=item, dump=DumpOptions(**dump)), context)


def events(item_type: Any = None) -> Callable[[Any], bytes]:
    item = None if item_type is None else make_field("item", item_type, mode="serialization")
    return event_encoder(OutputSpec(stream_item=item), context)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "ü",
        [1, 2.5, True, (3, {4})],
        {"a": {"b": [None]}, None: 1, 2: 3, True: 4},
        {Colour.red: Colour.red, "level": Level.low, Level.low: 1},
        {Decimal("1.5"): Decimal(2)},
        Size(3),
        Pair(1, "b"),
        Point(x=1),
        {"at": datetime(2025, 1, 31, tzinfo=UTC), "raw": b"bytes"},
        {"_sa_instance_state": 1, "kept": 2},
    ],
)
def test_quick_way_to_json_gives_what_the_thorough_one_gives(value: object) -> None:
    """Plain data skip `jsonable_encoder`, and nobody can tell."""
    assert json_text(value) == json.dumps(jsonable_encoder(value))


@pytest.mark.parametrize("value", [NAN, float("inf"), float("-inf")])
def test_float_that_json_cannot_say_is_null(value: float) -> None:
    """At every depth, as values; keys become text."""
    assert json.loads(json_text([value, {"in": [Point(x=value)]}, {float("inf"): 1}])) == [
        None,
        {"in": [{"x": None, "name": None}]},
        {"Infinity": 1},
    ]


def test_line_ends_with_a_newline() -> None:
    """One value per line."""
    assert lines()({"a": 1}) == b'{"a": 1}\n'


def test_item_goes_through_the_model_of_the_stream() -> None:
    """Validated, converted and named as the model says."""
    assert lines(Point)({"x": "1.5"}) == b'{"x":1.5,"name":null}\n'


def test_dump_options_apply_to_every_item() -> None:
    """They are those of the route."""
    assert lines(Point, exclude_none=True, by_alias=False)({"x": 1}) == b'{"x":1.0}\n'


def test_item_that_its_model_forbids_is_the_servers_error() -> None:
    """The error holds the item and the endpoint."""
    with pytest.raises(ResponseValidationError) as caught:
        lines(Point)({"x": "far"})

    assert caught.value.body == {"x": "far"}
    assert caught.value.endpoint_function == "numbers"
    assert caught.value.errors()[0]["loc"] == ("response", "x")


def test_plain_item_becomes_the_data_of_an_event() -> None:
    """As JSON, through the model if there is one."""
    assert events()({"a": 1}) == b'data: {"a": 1}\n\n'
    assert events(Point)({"x": 1}) == b'data: {"x":1.0,"name":null}\n\n'


def test_event_is_sent_as_it_says() -> None:
    """The model of the stream has no say in it."""
    event = ServerSentEvent(data=[1], event="news", id="7", retry=5, comment="hi")

    assert events(Point)(event) == b": hi\nevent: news\ndata: [1]\nid: 7\nretry: 5\n\n"


def test_raw_data_of_an_event_is_not_json() -> None:
    """Not even quoted."""
    assert events()(ServerSentEvent(raw_data="NaN")) == b"data: NaN\n\n"


def test_event_without_payload_has_no_data() -> None:
    """A comment alone reaches no handler of a browser."""
    assert events()(ServerSentEvent(comment="hi")) == b": hi\n\n"


def test_model_in_an_event_is_dumped_by_its_own_rules() -> None:
    """Its configuration decides what a float is that JSON cannot say."""
    assert events()(ServerSentEvent(data=Spelled(x=NAN))) == b'data: {"x":"NaN"}\n\n'
