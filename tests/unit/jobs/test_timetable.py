"""When a schedule is due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from laneway.jobs import cron, every


def at(text: str, zone: str = "UTC") -> float:
    """A moment by the clock on the wall."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def latest(expression: str, now: str, zone: str = "UTC") -> str:
    """The last moment up to `now`, by the clock on the wall."""
    found = cron(expression, tz=zone).latest(at(now, zone))
    assert found is not None
    return datetime.fromtimestamp(found, ZoneInfo(zone)).isoformat(" ", "minutes")[:16]


@pytest.mark.parametrize(
    ("expression", "now", "expected"),
    [
        ("* * * * *", "2026-03-04 05:06:59", "2026-03-04 05:06"),
        ("0 6 * * *", "2026-03-04 05:59", "2026-03-03 06:00"),
        ("0 6 * * *", "2026-03-04 06:00", "2026-03-04 06:00"),
        ("*/15 * * * *", "2026-03-04 05:44", "2026-03-04 05:30"),
        ("5/20 * * * *", "2026-03-04 05:44", "2026-03-04 05:25"),
        ("0 8-17/3 * * *", "2026-03-04 16:00", "2026-03-04 14:00"),
        ("0 0 1,15 * *", "2026-03-14 12:00", "2026-03-01 00:00"),
        ("0 0 1 jan *", "2026-12-31 12:00", "2026-01-01 00:00"),
        ("0 12 * * mon-fri", "2026-03-08 10:00", "2026-03-06 12:00"),
        ("0 12 * * 0", "2026-03-09 10:00", "2026-03-08 12:00"),
        ("0 12 * * 7", "2026-03-09 10:00", "2026-03-08 12:00"),
        ("0 0 13 * fri", "2026-03-11 10:00", "2026-03-06 00:00"),  # one of the two is enough
        ("0 0 29 2 *", "2026-03-01 00:00", "2024-02-29 00:00"),
    ],
)
def test_cron_finds_the_last_moment(expression: str, now: str, expected: str) -> None:
    assert latest(expression, now) == expected


def test_an_hour_that_the_clock_skips_is_passed_over() -> None:
    assert latest("30 2 * * *", "2026-03-29 12:00", "Europe/Berlin") == "2026-03-28 02:30"


def test_an_hour_that_the_clock_has_twice_counts_once() -> None:
    table = cron("30 2 * * *", tz="Europe/Berlin")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    ticks = {table.latest((first + timedelta(minutes=minutes)).timestamp()) for minutes in range(120)}

    assert ticks == {first.timestamp()}


def test_cron_goes_by_its_zone() -> None:
    assert cron("0 6 * * *", tz="America/New_York").latest(at("2026-07-01 11:00")) == at("2026-07-01 10:00")


@pytest.mark.parametrize(
    "expression",
    [
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "5-3 * * * *",
        "*/0 * * * *",
        "a * * * *",
        "-1 * * * *",
    ],
)
def test_what_is_no_cron_expression_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"cron|range"):
        cron(expression)


def test_a_day_that_never_comes_has_no_moment() -> None:
    assert cron("0 0 31 2 *").latest(at("2026-01-01 00:00")) is None


def test_intervals_are_counted_from_the_epoch() -> None:
    assert every(60).latest(125.0) == 120.0
    assert every(timedelta(minutes=1)) == every(60)


def test_an_interval_below_a_second_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 second"):
        every(0.5)
