"""
How old a kept moment is, by a clock that may have been wrong when it was kept.

What a clock noted that ran ahead would bind us until the right one has caught up: for a year no
count would be asked for, nothing postponed would come back. So it counts as long ago.
"""

from datetime import datetime, timedelta

# Clocks of two machines differ by less, and so do time zones that were mixed up.
MAX_SKEW = timedelta(days=1)
# A weekly run that has no network once is nothing special.
MAX_UNCONFIRMED = timedelta(days=8)


def is_ahead(kept: datetime, now: datetime) -> bool:
    """Whether only a wrong clock can have noted this moment, if the clock is right now."""
    return kept - now > MAX_SKEW


def is_doubtful(last: datetime, now: datetime) -> bool:
    """Whether a clock that nobody confirms may be wrong, by when somebody last confirmed it."""
    return now - last > MAX_UNCONFIRMED or is_ahead(last, now)


def age_of(kept: datetime, now: datetime) -> timedelta:
    """The time since a kept moment; longest of all where a wrong clock noted it."""
    return timedelta.max if is_ahead(kept, now) else now - kept


def last_of(kept: datetime, new: datetime) -> datetime:
    """The later of two moments; the new one where a wrong clock noted the kept one."""
    return new if is_ahead(kept, new) else max(kept, new)
