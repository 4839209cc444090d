"""What a service means by "later": the ``Retry-After`` header, in either of its forms."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# What a nonsensical or boundless wish is taken for (seconds): a day.
LONGEST = 86_400.0


def seconds_asked(value: str | None, now: datetime) -> float | None:
    """Seconds from now; 0 for a moment that has passed, None where nothing readable is asked."""
    if not value:
        return None
    text = value.strip()
    if re.fullmatch("-?[0-9]+", text):
        return min(max(float(int(text[:12])), 0.0), LONGEST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST)
