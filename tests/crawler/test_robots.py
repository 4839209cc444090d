"""robots.txt over real HTTP: who is obeyed, what cannot be read, and how long it is kept."""

import json
from datetime import UTC, datetime

import pytest

from config.secret import Secret
from crawler.items import trouble_of
from crawler.plans import WebPlan
from crawler.politeness import wait_asked
from crawler.process import crawl
from crawler.sources import feeds
from crawler.sources.base import SourceRequest
from tests.crawler.answers import NOW

OPEN, CLOSED = "bair.berkeley.edu/blog/feed.xml", "closed.example/feed.xml"


@pytest.fixture
def ask(sandbox, manners):
    """Ask for feeds; their batches by part."""

    def asked(*addresses):
        questions = tuple(
            SourceRequest(one, f"{sandbox.url}/page/{one}", "test") for one in addresses
        )
        plan = WebPlan("feeds", questions, feeds.read, NOW, Secret(""))
        return {batch.part: batch for batch in crawl([plan], manners)}

    return asked


def paths(sandbox):
    return [visit["path"] for visit in sandbox.seen()]


def test_what_is_forbidden_is_not_asked(sandbox, ask):
    told = ask(OPEN, CLOSED)

    assert trouble_of(told[OPEN]) is None
    assert "its robots.txt does not allow programs to read it" == trouble_of(told[CLOSED])
    assert ["/robots.txt", f"/page/{OPEN}"] == paths(sandbox)


@pytest.mark.parametrize("fault", ["503", "500", "drop"])
def test_rules_that_cannot_be_read_forbid_everything_for_now(sandbox, ask, fault):
    """RFC 9309: a server in trouble is left alone; the next run asks again."""
    sandbox.set_fault("robots", fault)

    told = ask(OPEN)

    assert trouble_of(told[OPEN]).startswith("its robots.txt cannot be read")
    assert told[OPEN].later
    assert {"/robots.txt"} == set(paths(sandbox))
    sandbox.set_fault("robots", None)
    assert trouble_of(ask(OPEN)[OPEN]) is None


@pytest.mark.parametrize("fault", ["403", "401", "html-200", "empty-200"])
def test_where_there_are_no_rules_everything_is_allowed(sandbox, ask, fault):
    """4xx, and a page instead of rules."""
    sandbox.set_fault("robots", fault)

    assert trouble_of(ask(OPEN)[OPEN]) is None


def test_rules_that_moved_are_followed(sandbox, ask):
    """RFC 9309: five redirects are followed, and what stands there counts."""
    sandbox.set_fault("robots", "hops=5")

    assert trouble_of(ask(CLOSED)[CLOSED]).startswith("its robots.txt does not allow")

    assert 6 == len(paths(sandbox))


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("hops=6", None),
        ("robots-large", None),
        ("404", None),
        ("robots-disallow", "its robots.txt does not allow programs to read it"),
    ],
)
def test_other_rules(sandbox, ask, fault, trouble):
    """Rules that lead on for ever are none; of two megabytes the beginning counts."""
    sandbox.set_fault("robots", fault)

    assert trouble == trouble_of(ask(OPEN)[OPEN])


def test_rules_are_read_once_a_day(sandbox, ask, tmp_path):
    ask(OPEN)
    ask(OPEN, CLOSED)

    assert 1 == paths(sandbox).count("/robots.txt")
    (kept,) = (tmp_path / "pace").glob("robots-*.json")
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "at": 0}))
    ask(OPEN)
    assert 2 == paths(sandbox).count("/robots.txt")


WAITS = {
    "seconds": ({"retry-after": "30"}, 30),
    "hugging face": ({"ratelimit": '"api";r=0;t=57'}, 57),
    "hugging face, some left": ({"ratelimit": '"api";r=12;t=57'}, None),
    "github": ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1731394120"}, 100),
    "github, some left": ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "1731394120"}, None),
    "github, nonsense": ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, None),
    "nothing": ({}, None),
}


@pytest.mark.parametrize(("headers", "seconds"), WAITS.values(), ids=WAITS)
def test_services_say_when_to_come_again_in_their_own_headers(headers, seconds):
    assert seconds == wait_asked(headers, datetime.fromtimestamp(1731394020, UTC))
