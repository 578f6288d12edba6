"""When a schedule is due: `cron("0 6 * * *", tz="UTC")` and `every(60)`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

DAYS_AHEAD = 366 * 8 + 1  # 29 February may be eight years away (1896-1904, 2096-2104)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class Timetable(Protocol):
    """Moments that all processes agree on."""

    @property
    def spec(self) -> str:
        """The timetable as text, the same in every process."""

    def latest(self, now: float) -> float | None:
        """The last moment up to `now`; None if there was none for years."""


@dataclass(frozen=True, slots=True)
class Every:
    """Moments at equal distance, counted from the epoch; `every()` makes it."""

    seconds: float

    @property
    def spec(self) -> str:
        """`every 60s`."""
        return f"every {self.seconds:g}s"

    def latest(self, now: float) -> float | None:
        """The last multiple of the interval."""
        return now // self.seconds * self.seconds


def every(interval: float | timedelta) -> Every:
    """Moments at equal distance.

    Args:
        interval: Seconds, or a timedelta.
    """
    seconds = interval.total_seconds() if isinstance(interval, timedelta) else float(interval)
    if not seconds >= 1:
        raise ValueError(f"a schedule's interval is at least 1 second, not {seconds:g}")
    return Every(seconds)


@dataclass(frozen=True, slots=True)
class Cron:
    """Moments by the clock on the wall; `cron()` makes it.

    Where clocks go forward, a moment that does not exist is passed over; where they go back, one that exists twice
    counts once, the first time.
    """

    expression: str
    zone: ZoneInfo
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    @property
    def spec(self) -> str:
        """`0 6 * * * UTC`."""
        return f"{self.expression} {self.zone.key}"

    def latest(self, now: float) -> float | None:
        """The last moment up to `now`."""
        local = datetime.fromtimestamp(now, self.zone)
        for back in range(DAYS_AHEAD):
            day = local.date() - timedelta(days=back)
            if not self._has_day(day.day, day.month, day.isoweekday() % 7):
                continue
            for hour in reversed(self.hours):
                for minute in reversed(self.minutes):
                    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                    if (at := moment.timestamp()) <= now and _exists(moment):
                        return at
        return None

    def _has_day(self, day: int, month: int, weekday: int) -> bool:
        if month not in self.months:
            return False
        if self.either_day:  # both named: cron takes a day that fits one of them
            return day in self.days or weekday in self.weekdays
        return day in self.days and weekday in self.weekdays


def _exists(moment: datetime) -> bool:
    there = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return there.replace(tzinfo=None) == moment.replace(tzinfo=None)


def cron(expression: str, *, tz: str = "UTC") -> Cron:
    """Moments as in a crontab: minute, hour, day of month, month, day of week.

    Args:
        expression: Five fields with `*`, numbers, lists, ranges, steps, and names of months and days.
        tz: Name of the time zone, as in `Europe/Berlin`.

    Raises:
        ValueError: A field is none; the message names it.

    Example:
        >>> cron("*/15 8-17 * * mon-fri").minutes
        (0, 15, 30, 45)
    """
    fields = expression.lower().split()
    if len(fields) != 5:
        raise ValueError(f"a cron expression has five fields, {expression!r} has {len(fields)}")
    minute, hour, day, month, weekday = fields
    return Cron(
        expression=" ".join(fields),
        zone=ZoneInfo(tz),
        minutes=tuple(sorted(_values(minute, 0, 59))),
        hours=tuple(sorted(_values(hour, 0, 23))),
        days=_values(day, 1, 31),
        months=_values(month, 1, 12, _MONTHS),
        weekdays=frozenset(number % 7 for number in _values(weekday, 0, 7, _DAYS)),
        either_day=not day.startswith("*") and not weekday.startswith("*"),
    )


def _values(field: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The numbers that a field of an expression stands for."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, last = _span(span, low, high, names, stepped=bool(step))
        width = _number(step, 1, high, ()) if step else 1
        found.update(range(first, last + 1, width))
    return frozenset(found)


def _span(span: str, low: int, high: int, names: tuple[str, ...], *, stepped: bool) -> tuple[int, int]:
    if span == "*":
        return low, high
    start, dash, end = span.partition("-")
    first = _number(start, low, high, names)
    if not dash:
        return first, high if stepped else first
    last = _number(end, low, high, names)
    if last < first:
        raise ValueError(f"a range goes upwards, {span!r} does not")
    return first, last


def _number(text: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + low
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise ValueError(f"{text!r} is none of the numbers {low} to {high} that this field of cron takes")
    return int(text)
