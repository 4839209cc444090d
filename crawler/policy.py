"""
Limits that hold for every request, whichever client sends it: the crawler or an enricher.

Both read them from here: how large and how slow a response may be, what is tried again, how often
and after which wait, and which addresses no name may lead to.
"""

from random import uniform

from crawler.hosts import is_public

MIB = 2**20
# Bytes of one response: of anything, of a service's API (Semantic Scholar's own limit is 10 MB),
# of a web page, and of a robots.txt (RFC 9309: half a megabyte is enough).
MAX_BODY_BYTES = 16 * MIB
MAX_API_BODY_BYTES = 12 * MIB
MAX_PAGE_BYTES = 2 * MIB
MAX_ROBOTS_BYTES = MIB // 2
# For one complete response, and for looking up a name.
RESPONSE_TIMEOUT_S = 30
DNS_TIMEOUT_S = 10
# Statuses that may pass. Any other 4xx says the same next time.
PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
# Attempts in all: of a crawl, which has a next run, and of an API that enrichers ask in batches.
# Semantic Scholar answers 429 to every second or third call, and that passes.
ATTEMPTS = 3
API_ATTEMPTS = 4
API_ATTEMPTS_THROTTLED = 6
FIRST_RETRY_WAIT_S = 2.0
# Why a request was not sent: it says nothing about what was to be asked.
OVERSPENT = "the run's budget of requests is spent: asked by the next run"
# How the failure of a paper begins that makes arXiv refuse every list of ids it is in.
REFUSED_ALONE = "arXiv refuses it alone"
GITHUB_HEADERS = {"X-GitHub-Api-Version": "2022-11-28"}
GITHUB_JSON_HEADERS = {"Accept": "application/vnd.github+json", **GITHUB_HEADERS}


def retry_wait(attempt: int) -> float:
    """Seconds after a failed attempt, where the service names none: 2, 4, 8 …, jittered."""
    return FIRST_RETRY_WAIT_S**attempt * uniform(0.75, 1.25)


def address_refusal(name: str, address: str) -> str | None:
    """Why a name must not be connected to at this IP address; None if it may be."""
    return None if is_public(address) else f"{name} is {address}, which is not a public address"
