"""Server-Sent Events on the wire."""

import pytest
from pydantic import ValidationError

from laneway.sse import EventSourceResponse, ServerSentEvent, format_sse_event


def test_fields_are_written_in_order_and_end_with_an_empty_line() -> None:
    """Comment, event, data, id, retry."""
    event = format_sse_event(data_str='{"a":1}', event="news", id="7", retry=500, comment="hi")

    assert event == b': hi\nevent: news\ndata: {"a":1}\nid: 7\nretry: 500\n\n'


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\rb"])
def test_every_line_of_data_has_its_field(text: str) -> None:
    """All three line ends of the format split; a client joins the lines with LF."""
    assert format_sse_event(data_str=text) == b"data: a\ndata: b\n\n"


def test_line_ends_of_other_formats_do_not_split() -> None:
    """U+2028 is text here, though `str.splitlines` splits at it."""
    assert format_sse_event(data_str="a\u2028b") == "data: a\u2028b\n\n".encode()


def test_trailing_line_end_of_data_is_kept() -> None:
    """The client gets back what was sent."""
    assert format_sse_event(data_str="a\n") == b"data: a\ndata: \n\n"


def test_empty_data_is_an_event() -> None:
    """No data is something else than empty data."""
    assert format_sse_event(data_str="") == b"data: \n\n"


def test_event_of_nothing_is_an_empty_line() -> None:
    """Clients ignore it."""
    assert format_sse_event() == b"\n"


def test_comment_of_several_lines_stays_a_comment() -> None:
    """Its second line must not become a field."""
    assert format_sse_event(comment="a\ndata: b") == b": a\n: data: b\n\n"


@pytest.mark.parametrize("field", ["event", "id"])
@pytest.mark.parametrize("text", ["a\nb", "a\rb"])
def test_line_break_in_a_name_is_refused(field: str, text: str) -> None:
    """It would let data forge fields."""
    with pytest.raises(ValidationError, match=f"SSE '{field}' must be a single line"):
        ServerSentEvent.model_validate({field: text})


def test_null_in_an_id_is_refused() -> None:
    """Browsers ignore such an id without a word."""
    with pytest.raises(ValidationError, match="null"):
        ServerSentEvent(id="a\0b")


def test_data_and_raw_data_exclude_each_other() -> None:
    """There is one payload."""
    with pytest.raises(ValidationError, match="Cannot set both"):
        ServerSentEvent(data=1, raw_data="1")


def test_negative_retry_is_refused() -> None:
    """Milliseconds from now on."""
    with pytest.raises(ValidationError):
        ServerSentEvent(retry=-1)


def test_event_without_anything_is_allowed() -> None:
    """A comment alone keeps a connection open, so no field is required."""
    assert ServerSentEvent().data is None


def test_response_has_the_media_type_of_event_streams() -> None:
    """Browsers refuse any other."""
    assert EventSourceResponse([]).headers["content-type"].startswith("text/event-stream")
