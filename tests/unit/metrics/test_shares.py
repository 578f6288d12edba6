"""Shares of the loop's time, out of counters that only grow."""

from laneway.metrics.shares import RecentShares


def test_the_first_reading_is_about_all_of_the_time() -> None:
    """There is nothing yet to compare with."""
    assert RecentShares().update(1000.0, 200, {"GET /a": 50}) == {"GET /a": 0.25}


def test_later_readings_are_about_the_last_minute() -> None:
    """What a route took long ago is forgotten."""
    shares = RecentShares()
    shares.update(0.0, 100, {"GET /a": 100})
    shares.update(60.0, 200, {"GET /a": 100})

    assert shares.update(120.0, 300, {"GET /a": 150}) == {"GET /a": 0.5}


def test_a_route_without_time_is_left_out() -> None:
    """Only who runs is told."""
    shares = RecentShares()
    shares.update(0.0, 100, {"GET /a": 100})

    assert shares.update(60.0, 200, {"GET /a": 100, "GET /b": 20}) == {"GET /b": 0.2}


def test_frequent_readers_do_not_shorten_the_minute() -> None:
    """Whoever asks every second gets the same share as who asks seldom."""
    shares = RecentShares()
    for second in range(120):
        last = shares.update(float(second), 40 * second, {"GET /a": 40 * max(second - 100, 0)})

    assert 0.25 <= last["GET /a"] <= 0.32


def test_a_guard_that_starts_anew_is_counted_anew() -> None:
    """Its counters begin at zero, so no share is negative."""
    shares = RecentShares()
    shares.update(0.0, 1000, {"GET /a": 900})

    assert shares.update(100.0, 10, {"GET /a": 5}) == {"GET /a": 0.5}
