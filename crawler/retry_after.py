"""What a service means by "later": the ``Retry-After`` header, in either of its forms."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# What a nonsensical or boundless wish is taken for (seconds): a day.
LONGEST = 86_400.0


def wait_asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """
    How long a service wants to be left alone, by any of the headers that say it.

    ``Retry-After``; Hugging Face's ``RateLimit: "api";r=0;t=SECONDS``; GitHub's
    ``x-ratelimit-reset`` (a moment), where nothing remains.
    """
    asked = seconds_asked(headers.get("retry-after"), now)
    if asked is not None:
        return asked
    left = re.search(r"\br=0\b.*?\bt=(\d{1,9})", headers.get("ratelimit", ""))
    if left:
        return seconds_asked(left[1], now)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and re.fullmatch(r"\d{1,11}", reset):
        return min(max(int(reset) - now.timestamp(), 0.0), LONGEST)
    return None


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
