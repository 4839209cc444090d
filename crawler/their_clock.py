"""
What the answer's own date says of our clock.

A clock that runs a year ahead would take days that have not come for missed ones, and note them
as filled. A clock that is behind harms nobody: `--as-of` sets it back on purpose.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from scrapy.http import Response

# Dates of caches may be some hours old.
TOLERANCE = timedelta(hours=30)


def why_ahead(response: Response, now: datetime) -> str | None:
    """A reason not to believe our clock; None where nothing speaks against it."""
    told = response.headers.get("Date")
    try:
        theirs = parsedate_to_datetime(told.decode("latin-1")) if told else None
    except (ValueError, IndexError, OverflowError):
        return None
    if theirs is None:
        return None
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    if now - theirs <= TOLERANCE:
        return None
    return f"our clock says {now:%-d %B %Y}, theirs {theirs:%-d %B %Y}: set this machine's right"
