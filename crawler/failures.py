"""
Why a request failed, in words; and whether a response contradicts this machine's clock.

A clock that is a year ahead would make future days look missed, and mark them as filled. One that
is behind would take today's papers for those of another day, and write the page of another week;
`--as-of` sets a run's time back on purpose, which says nothing about the machine's clock.
"""

import traceback
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.error import ConnectError
from twisted.python.failure import Failure

from catalog.sightings import CLOCK_WRONG
from crawler.policy import MAX_BODY_BYTES

# Dates of caches may be some hours old.
CLOCK_TOLERANCE = timedelta(hours=30)

PASSING_ERRORS = (
    OSError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
UNREACHABLE = (CannotResolveHostError, DownloadConnectionRefusedError, ConnectError)
# Statuses that spiders see for themselves. Redirects are followed, through AllowedHosts.
SEEN_STATUSES = [304, *range(400, 600)]


def why_wrong_clock(
    response: Response, now: datetime, machine: datetime | None = None
) -> str | None:
    """
    How our clock and the response's date differ; None if they agree.

    ``now`` is the run's time. It may be set back; the clock of the ``machine`` is then the real one
    unless given, since this is about the wire.
    """
    header = response.headers.get("Date")
    try:
        sent = parsedate_to_datetime(header.decode("latin-1")) if header else None
    except (ValueError, IndexError, OverflowError):
        return None
    if sent is None:
        return None
    sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
    latest = max(now, machine or datetime.now(UTC))
    if now - sent <= CLOCK_TOLERANCE and sent - latest <= CLOCK_TOLERANCE:
        return None
    return f"{CLOCK_WRONG} {now:%-d %B %Y}, theirs {sent:%-d %B %Y}"


def request_meta(group: str, *, interface: bool) -> dict[str, Any]:
    """
    The ``meta`` of every request: its group of hosts, and that spiders see error statuses.

    A documented ``interface`` is used by its terms; robots.txt is about pages.
    """
    return {
        "group": group,
        "download_slot": group,
        "dont_obey_robotstxt": interface,
        "handle_httpstatus_list": SEEN_STATUSES,
    }


TOO_LARGE = f"the answer is larger than {MAX_BODY_BYTES} bytes"


class Refused(IgnoreRequest):
    """An address that we do not ask, or a service that does not want us now."""

    def __init__(
        self, reason: str, *, later: bool = False, closed: bool = False, lasting: bool = False
    ) -> None:
        super().__init__(reason)
        self.why = Why(reason, later, closed, lasting)


class Why(NamedTuple):
    """
    Why a request failed; ``later``: ask another time, ``closed``: not again in this run.

    ``lasting``: what was asked for may be at fault, so that a part of it may be answered.
    """

    reason: str
    later: bool = False
    closed: bool = False
    lasting: bool = False


def describe(exception: BaseException) -> str:
    """What went wrong on the wire, in words."""
    if isinstance(exception, DownloadTimeoutError):
        return "no whole answer in 30 s"
    if isinstance(exception, ResponseDataLossError):
        return "the answer broke off"
    if isinstance(exception, CannotResolveHostError):
        return "the name has no public address"
    if isinstance(exception, DownloadConnectionRefusedError):
        return "no connection (refused)"
    if isinstance(exception, HttpError):
        return f"answered with HTTP {exception.response.status}, which leads nowhere"
    if isinstance(exception, IgnoreRequest) and "redirections" in str(exception):
        return "redirects without end"
    if is_untrusted(exception):
        return "its certificate is not to be trusted"
    if isinstance(exception, DownloadFailedError):
        return "the connection was closed without a whole answer"
    text = " ".join(str(exception).split())[:160]
    return f"{type(exception).__name__}: {text}" if text else type(exception).__name__


def is_unreachable(exception: BaseException) -> bool:
    """Whether nobody was reached: no address for the name, no route, no connection."""
    if "not a public address" in str(exception):
        return False
    return isinstance(exception, UNREACHABLE)


def is_untrusted(exception: BaseException) -> bool:
    """Whether OpenSSL, or who compares the names, refused a certificate; Scrapy keeps the words."""
    text = str(exception)
    return "certificate verify failed" in text or "VerificationError" in text


def why_failed(failure: Failure) -> Why:
    """The reason of a failed request, as far as the wire tells."""
    trouble = failure.value
    if isinstance(trouble, Refused):
        return trouble.why
    if trouble is None:
        return Why("failed without a reason")
    if isinstance(trouble, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(trouble):
        _let_go(trouble)
        return Why(TOO_LARGE, lasting=True)
    passing = is_unreachable(trouble) or isinstance(trouble, PASSING_ERRORS)
    return Why(describe(trouble), later=passing and not is_untrusted(trouble))


def _let_go(trouble: BaseException | None) -> None:
    """
    Drop what the functions that raised an error still hold: megabytes of an unpacked answer.

    They would stay until the collector looks, and half a list is asked for again at once.
    """
    while trouble is not None:
        traceback.clear_frames(trouble.__traceback__)
        trouble = trouble.__cause__ or trouble.__context__


def is_decodable(response: TextResponse) -> bool:
    """False for a codec of Python that is no charset of a page: idna, hex, unicode-escape."""
    if response.encoding.replace("-", "_").endswith("unicode_escape"):
        return False
    try:
        return isinstance(response.text, str)
    except (UnicodeError, LookupError):
        return False
