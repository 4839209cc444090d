"""
arXiv's announcement calendar, as functions of days and times.

arXiv announces at 20:00 US Eastern, Sunday to Thursday; the feeds show it on the next day, Monday
to Friday. Papers received by 14:00 on a working day are announced that evening; those received
later on Friday or at the weekend on Monday evening.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
DEADLINE = time(14, 0)
DAY = timedelta(days=1)
FRIDAY = 4


def feed_day(now: datetime) -> date:
    """The day whose announcement the feeds show at this moment."""
    return now.astimezone(EASTERN).date()


def why_quiet(day: date, days_off: Collection[date]) -> str | None:
    """Why the feed of this day may be empty; None on a day that should bring papers."""
    if day.weekday() > FRIDAY:
        return f"{day:%A}: arXiv announces nothing at weekends"
    if day in days_off:
        return f"{day:%-d %B} is one of arXiv's days off"
    # Which of the two feeds a day off leaves empty is not documented: either may be.
    if day - DAY in days_off:
        return f"the day after arXiv's day off on {day - DAY:%-d %B}"
    return None


def is_announcement_day(day: date, days_off: Collection[date]) -> bool:
    """A working day that is not listed as a day off."""
    return day.weekday() <= FRIDAY and day not in days_off


def announcement_days(first: date, last: date, days_off: Collection[date]) -> list[date]:
    """The days from ``first`` to ``last`` whose feeds should bring papers."""
    count = (last - first).days + 1
    days = (first + n * DAY for n in range(max(count, 0)))
    return [day for day in days if is_announcement_day(day, days_off)]


def deadline(day: date) -> datetime:
    """The time by which a paper had to be received to be in the feed of ``day``."""
    received = day - DAY
    while received.weekday() > FRIDAY:
        received -= DAY
    return datetime.combine(received, DEADLINE, EASTERN).astimezone(UTC)


def expected_day(published: datetime, days_off: Collection[date]) -> date:
    """The day a paper submitted at this moment is announced, unless moderation holds it."""
    day = feed_day(published)
    while not is_announcement_day(day, days_off) or deadline(day) < published:
        day += DAY
    return day


def window(missing: Iterable[date], overlap_days: int) -> tuple[datetime, datetime]:
    """Submission times, both ends included, that cover the announcements of these days."""
    days = sorted(missing)
    first = days[0] - DAY
    while first.weekday() > FRIDAY:
        first -= DAY
    return deadline(first) - timedelta(days=overlap_days), deadline(days[-1])
