"""The lanes of a row, in words."""

from collections import Counter

from bench.lanes import in_words


def test_the_largest_share_comes_first():
    assert in_words(Counter(parsed=200, memo=9800)) == "memo 98%, parsed 2%"


def test_lanes_of_next_to_no_requests_are_not_told():
    assert in_words(Counter(memo=100_000, parsed=32, asgi=0)) == "memo 100%"


def test_a_server_that_counts_nothing_has_no_lanes():
    assert in_words(Counter()) == ""
