"""arXiv's announcement days: when a batch appears and which days have none."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from functools import cache
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
HOLIDAYS = frozenset({date(2024, 11, 28), date(2024, 12, 25), date(2025, 1, 1)})


def feed_day(now: datetime) -> date:
    """Return the day whose batch the feed shows: today in US Eastern time."""
    return now.astimezone(EASTERN).date()


@cache
def announced_at(day: date) -> datetime:
    """Return when a feed day's papers become visible: 20:00 Eastern the evening before."""
    evening = datetime.combine(day - timedelta(days=1), time(20), EASTERN)
    return evening.astimezone(UTC)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), EASTERN)


def has_batch(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() < 5 and day not in holidays


def batch_before(day: date, holidays: Collection[date]) -> date:
    """Return the last announcement day before this day."""
    day -= timedelta(days=1)
    while not has_batch(day, holidays):
        day -= timedelta(days=1)
    return day


def rfc822(moment: datetime) -> str:
    return format_datetime(moment)


def seconds_to_midnight(now: datetime) -> int:
    tomorrow = midnight(feed_day(now) + timedelta(days=1))
    return max(1, int((tomorrow.astimezone(UTC) - now).total_seconds()))
