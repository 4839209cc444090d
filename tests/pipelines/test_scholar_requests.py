"""Requests to Semantic Scholar: no answer is trouble, patience is kept, and the key stays ours."""

import logging
from itertools import pairwise

import pytest

from crawler.policy import API_ATTEMPTS, API_ATTEMPTS_THROTTLED
from pipelines.enrich.client import (
    RequestFailed,
)
from tests.pipelines.scholar import (
    CANARY,
    COUNTS,
    answering,
    ask,
    counts,
    keys,
    sandbox,
    scholar,
    world,
)

# Fixtures.
__all__ = ["sandbox", "scholar", "world"]

# No answer


TROUBLES = {
    "500": ("HTTP 500, 4 times", API_ATTEMPTS),
    "503": ("HTTP 503, 4 times", API_ATTEMPTS),
    "429": ("HTTP 429, 6 times", API_ATTEMPTS_THROTTLED),
    "401": ("HTTP 401: refused without a key", 1),
    "403": ("HTTP 403: refused without a key", 1),
    "html-200": ("HTTP 200, but not understood: something that is no JSON", 1),
    "html-scholar": ("HTTP 200, but not understood: something that is no JSON", 1),
    "empty-200": ("HTTP 200, but not understood: something that is no JSON", 1),
    "json-200": ("HTTP 200, but not understood: an object with status, data", 1),
    "error-200": ("HTTP 200, but not understood: Internal error, please try again", 1),
    "truncate-json": ("HTTP 200, but not understood: something that is no JSON", 1),
    "truncate": ("RemoteProtocolError", API_ATTEMPTS),
    "drop": ("RemoteProtocolError|ReadError", API_ATTEMPTS),
    "huge": ("larger than", 1),
    "redirect-private": ("HTTP 302", 1),
    "redirect-metadata": ("HTTP 302", 1),
    "redirect-loop": ("HTTP 302", 1),
}


@pytest.mark.parametrize("fault", TROUBLES)
def test_no_answer_is_trouble(sandbox, scholar, fault):
    """Whatever comes instead of papers is said, and never read as "nobody knows them"."""
    reason, requests = TROUBLES[fault]

    with pytest.raises(RequestFailed, match=reason):
        ask(scholar(fault))

    assert requests == len(sandbox.seen())


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        pytest.param(502, b"<html>Bad Gateway</html>", "HTTP 502: something that is no", id="502"),
        pytest.param(
            504, b'{"message": "Endpoint request timed out"}', "HTTP 504: Endpoint", id="504"
        ),
        pytest.param(404, b'{"message": "Not Found"}', "HTTP 404: Not Found", id="404"),
        pytest.param(
            400,
            b'{"error": "Unrecognized or unsupported fields: [x]"}',
            r"HTTP 400: Unrecognized or unsupported fields: \[x\]",
            id="a field it does not know",
        ),
    ],
)
def test_statuses_the_package_is_silent_about(status, body, reason):
    """What the package turns into "nothing found" is trouble, in the service's own words."""
    with pytest.raises(RequestFailed, match=reason):
        ask(answering(body, status))


def test_what_passes_is_asked_again(sandbox, scholar):
    """One stumble of the service costs a second request, not the answer."""
    assert COUNTS == counts(ask(scholar("500-once")))
    assert [500, 200] == [visit["status"] for visit in sandbox.seen()]


def test_a_redirect_is_not_followed_and_the_key_goes_nowhere(sandbox, scholar):
    """The only request is the first one; no other address hears of the key."""
    with pytest.raises(RequestFailed, match="HTTP 302"):
        ask(scholar("redirect-private", key=CANARY))

    (visit,) = sandbox.seen()
    assert visit["path"].endswith("/paper/batch")
    assert [CANARY] == keys(sandbox)


# Patience


def test_it_waits_as_long_as_it_was_asked_to(sandbox, scholar):
    """Retry-After is kept: no request comes sooner, on the service's own watch."""
    sandbox.set_fault("scholar", "429-retry-after=30", times=2)

    assert COUNTS == counts(ask(scholar(scale=0.005)))

    seen = sandbox.seen()
    assert [429, 429, 200] == [visit["status"] for visit in seen]
    assert all(gap >= 0.15 for gap in gaps(seen))


def test_it_comes_back_at_the_date_that_was_named(sandbox, scholar):
    sandbox.set_fault("scholar", "429-retry-after-date=40", times=1)

    assert COUNTS == counts(ask(scholar(scale=0.005)))

    (gap,) = gaps(sandbox.seen())
    assert 0.1 <= gap


def test_it_waits_longer_each_time_when_nobody_says_how_long(sandbox, scholar):
    """2, 4, 8, 16 and 32 seconds, a quarter more or less; 1/200 of it in this story."""
    with pytest.raises(RequestFailed, match="HTTP 429, 6 times") as trouble:
        ask(scholar("429", scale=0.005))

    assert trouble.value.later
    least = [wait * 0.75 * 0.005 for wait in (2, 4, 8, 16, 32)]
    assert all(gap >= wait for gap, wait in zip(gaps(sandbox.seen()), least, strict=True))


def test_who_asks_for_an_hour_is_left_alone_by_the_next_run_too(sandbox, scholar):
    """More patience than a run has: it stops at once, and the next one does not even ask."""
    with pytest.raises(RequestFailed, match="HTTP 429") as trouble:
        ask(scholar("429-retry-after=3600", scale=1.0))
    assert trouble.value.later

    with pytest.raises(RequestFailed, match="asked to be left alone") as trouble:
        ask(scholar(scale=1.0))
    assert trouble.value.later
    assert 1 == len(sandbox.seen())


def gaps(seen):
    return [later["monotonic"] - earlier["monotonic"] for earlier, later in pairwise(seen)]


# The key


@pytest.mark.parametrize("fault", ["401", "403"])
def test_a_refused_key_is_left_at_home(sandbox, scholar, fault):
    """The anonymous pool is slower, not closed: the same papers are asked for without a key."""
    sandbox.set_fault("scholar", fault, times=1)

    assert COUNTS == counts(ask(scholar(key=CANARY)))
    assert [CANARY, None] == keys(sandbox)


def test_without_a_key_no_key_is_sent(sandbox, scholar):
    ask(scholar())

    assert [None] == keys(sandbox)


@pytest.mark.parametrize(
    "fault", ["401", "403", "429", "500", "html-200", "error-200", "redirect-private", "drop"]
)
def test_the_key_is_in_no_word_we_say(sandbox, scholar, caplog, capfd, fault):
    """Not in the trouble, its causes, the log at its loudest, the screen, or any repr."""
    caplog.set_level(logging.DEBUG)
    service = scholar(fault, key=CANARY)

    with pytest.raises(RequestFailed) as trouble:
        ask(service)

    said = [str(service), repr(service), repr(service.client), caplog.text, *capfd.readouterr()]
    cause = trouble.value
    while cause is not None:
        said += [str(cause), repr(cause), repr(vars(cause))]
        cause = cause.__cause__ or cause.__context__
    assert [] == [text for text in said if CANARY in text]
    assert CANARY in keys(sandbox)
