"""Documents put together from parts."""

from laneway.openapi.merging import merge_into, without_none


def test_parts_that_were_merged_into_stay_as_they_were() -> None:
    """They may belong to another document."""
    shared = {"list": [1], "deep": {"list": [1]}}
    target = {"part": shared}

    merge_into(target, {"part": {"list": [2], "deep": {"list": [2]}}})

    assert target == {"part": {"list": [1, 2], "deep": {"list": [1, 2]}}}
    assert shared == {"list": [1], "deep": {"list": [1]}}


def test_a_value_of_another_kind_replaces() -> None:
    """A list does not merge with a dictionary."""
    assert merge_into({"a": [1]}, {"a": {"b": 2}}) == {"a": {"b": 2}}


def test_none_is_dropped_from_dictionaries_but_not_from_lists() -> None:
    """The place of a list's item has a meaning."""
    assert without_none({"enum": ["a", None], "default": None}) == {"enum": ["a", None]}
