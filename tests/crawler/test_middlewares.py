"""
How crawls behave on the wire, over real HTTP, against an outside world that misbehaves.

Pauses are a fiftieth of the real ones, and the outside world's clock runs as much faster.
"""

import socket
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise, product

import pytest
from scrapy.crawler import Crawler

from crawler.child import settings_for
from crawler.hosts import Hosts
from crawler.items import Unchanged, trouble_of, works_of
from crawler.plans import RssPlan
from crawler.policy import MIB
from crawler.politeness import MAX_WAIT_S, CrawlPolicy
from crawler.process import crawl
from crawler.spiders.preload import SPIDERS
from sandbox.process import running
from tests.crawler.crawling import (
    PAUSE,
    SCALE,
    TUESDAY,
    feeds,
    gaps,
    manners,
    missing,
    papers,
    paths,
    polite,
    sandbox,
    world,
)

__all__ = ["manners", "sandbox", "world"]

UNUSED_EXTENSIONS = (
    "scrapy.extensions.telnet.TelnetConsole",
    "scrapy.extensions.remote_control.RemoteControl",
    "scrapy.extensions.feedexport.FeedExporter",
    "scrapy.extensions.throttle.AutoThrottle",
)
UNUSED_MIDDLEWARES = tuple(
    f"scrapy.downloadermiddlewares.{name}"
    for name in (
        "offsite.OffsiteMiddleware",
        "robotstxt.RobotsTxtMiddleware",
        "httpauth.HttpAuthMiddleware",
        "retry.RetryMiddleware",
        "redirect.MetaRefreshMiddleware",
        "cookies.CookiesMiddleware",
        "httpproxy.HttpProxyMiddleware",
        "httpcache.HttpCacheMiddleware",
    )
)
TOO_LARGE = "the answer is larger than 16777216 bytes"


@pytest.mark.parametrize("spider", SPIDERS.values(), ids=lambda spider: spider.__name__)
def test_every_spider_runs_under_hardened_settings(spider, tmp_path):
    """What is in effect for a spider in the end, whatever the spider itself wants."""
    manners = CrawlPolicy("tester", Hosts.of([]), tmp_path)
    settings = Crawler(spider, settings_for(manners)).settings

    expected = {
        "USER_AGENT": "tester",
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "RETRY_ENABLED": False,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": 16 * MIB,
        "DOWNLOAD_TIMEOUT": 30,
        "REDIRECT_MAX_TIMES": 5,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "REFERRER_POLICY": "no-referrer",
        "TWISTED_DNS_RESOLVER": "crawler.resolver.PublicOnlyResolver",
    }
    # Its deprecated name would have priority if it were set.
    assert 0 == settings.getpriority("DNS_RESOLVER")
    assert expected == {name: settings[name] for name in expected}
    handlers = settings["DOWNLOAD_HANDLERS"]
    assert [None] * 4 == [handlers[scheme] for scheme in ("file", "data", "ftp", "s3")]
    middlewares = settings["DOWNLOADER_MIDDLEWARES"]
    assert "crawler.middlewares.RobotsMiddleware" in middlewares
    assert dict.fromkeys(UNUSED_MIDDLEWARES) == {
        name: middlewares[name] for name in UNUSED_MIDDLEWARES
    }
    ours = [
        "crawler.middlewares.AllowedHostsMiddleware",
        "crawler.middlewares.RetryMiddleware",
        "crawler.middlewares.PaceMiddleware",
    ]
    assert [50, 550, 1000] == [middlewares[name] for name in ours]
    assert dict.fromkeys(UNUSED_EXTENSIONS) == settings["EXTENSIONS"].copy_to_dict()
    assert {} == settings["SPIDER_MIDDLEWARES"].copy_to_dict()


def test_no_test_leaves_the_machine():
    """The guard of the test suite holds, so that a forgotten address is noticed."""
    with pytest.raises(AssertionError, match="wanted to leave"):
        socket.create_connection(("192.0.2.1", 80), timeout=0.1)


def test_a_day_of_feeds(sandbox, manners):
    """Each feed is asked for once, in arXiv's spelling, and says its day, ids and tag."""
    told = {batch.part: batch for batch in crawl([feeds(sandbox, "cs.CL+cs.IR", "cs.LG")], manners)}

    assert ["/rss/cs.CL+cs.IR", "/rss/cs.LG"] == paths(sandbox)
    assert {"tester"} == {visit["headers"]["user-agent"] for visit in sandbox.seen()}
    assert {"cs.CL+cs.IR", "cs.LG"} == set(told)
    both = told["cs.CL+cs.IR"]
    assert (date(2024, 11, 12), None, ()) == (both.day, trouble_of(both), both.odd)
    assert len(both.ids) == len(works_of(both)) > 10
    assert 64 == len(both.etag)
    titles = {item.sighting.raw_link: item.work.title for item in works_of(both)}
    hostile = "Quantization of Language Models](javascript:alert(1)) [and More"
    assert hostile == titles["2411.99001v1"]


def test_a_tag_is_returned_byte_for_byte(sandbox, manners):
    """arXiv's tags have no quotes; sent back as they came, they bring "not changed"."""
    (first,) = crawl([feeds(sandbox)], manners)
    (again,) = crawl([RssPlan(sandbox.url, {"cs.CL": first.etag}, TUESDAY)], manners)

    assert [None, first.etag] == [v["headers"].get("if-none-match") for v in sandbox.seen()]
    assert Unchanged("arxiv_rss", "cs.CL") == again


# Fault; what is said of it, how many requests it takes, whether later is better.
FAULTS = {
    "503": ("HTTP 503 (no reason given), 3 times", 3, True),
    "500": ("HTTP 500 (no reason given), 3 times", 3, True),
    "429": ("HTTP 429 ('Rate exceeded.'), 3 times", 3, True),
    "401": ("HTTP 401: answered with a web page, not a feed", 1, False),
    "drop": ("the connection was closed without a whole answer, 3 times", 3, True),
    "truncate": ("the answer broke off, 3 times", 3, True),
    "html-200": ("answered with a web page, not a feed", 1, False),
    "empty-200": ("answered with nothing", 1, False),
    "json-200": ("answered with JSON, not a feed", 1, False),
    "error-200": ("answered with JSON, not a feed", 1, False),
    "bomb": (TOO_LARGE, 1, False),
    "huge": (TOO_LARGE, 1, False),
    "redirect-loop": ("redirects without end", 6, False),
    "500-once": (None, 2, False),
}


@pytest.fixture(scope="module")
def spoiled(world, tmp_path_factory):
    """One crawl that meets every fault, each in a feed of its own; and what the server saw."""
    world.set_clock(TUESDAY, speed=1 / SCALE)
    world.forget_seen()
    # The same feed under many names: letter case is ignored by arXiv.
    names = ("".join(letters) for letters in product("cC", "sS", ".", "cC", "lL"))
    parts = dict(zip(FAULTS, names, strict=False))
    plans = [feeds(world, part, fault=f"/~{fault}") for fault, part in parts.items()]
    batches = defaultdict(list)
    for batch in crawl(plans, polite(world, tmp_path_factory.mktemp("pace"))):
        batches[batch.part].append(batch)
    seen = world.seen()
    return {
        fault: (batches[part], [v for v in seen if v["path"].startswith(f"/~{fault}/")])
        for fault, part in parts.items()
    }


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(spoiled, fault):
    """What may pass is asked for three times in all; everything else is told at once."""
    reason, requests, later = FAULTS[fault]

    batches, seen = spoiled[fault]

    assert [(reason, later, False)] == [
        (trouble_of(b), getattr(b, "later", False), getattr(b, "closed", False)) for b in batches
    ]
    assert requests == len(seen)
    assert ([] if reason else [13]) == [len(works_of(b)) for b in batches if works_of(b)]


def test_one_fault_does_not_stop_the_others(spoiled):
    """In a crawl full of troubles the feed that recovers is read."""
    (batch,), _ = spoiled["500-once"]

    assert (13, date(2024, 11, 12)) == (len(batch.ids), batch.day)


def test_a_feed_that_is_cut_keeps_its_whole_items(sandbox, manners):
    """Half a feed of the right length: what is whole is found, and it says that it is broken."""
    (whole,) = crawl([feeds(sandbox)], manners)
    (cut,) = crawl([feeds(sandbox, fault="/~truncate-xml")], manners)

    assert trouble_of(cut).startswith("is not well-formed after 7 items")
    assert 7 == len(works_of(cut))
    assert set(works_of(cut)) < set(works_of(whole))


def test_text_in_another_charset_is_right(sandbox, manners):
    """A feed in the Windows code page that claims to be UTF-8 has no strange letters."""
    (whole,) = crawl([feeds(sandbox)], manners)
    (other,) = crawl([feeds(sandbox, fault="/~wrong-charset")], manners)

    assert trouble_of(other) is None
    expected = [f"Résumé – {item.work.title}" for item in works_of(whole)]
    assert [item.work.title for item in works_of(other)] == expected


def test_an_error_feed_is_an_error(sandbox, manners):
    """A category that does not exist answers with a feed, but it is none."""
    (batch,) = crawl([feeds(sandbox, "cs.LLM")], manners)

    assert trouble_of(batch).startswith("HTTP 400: answered with an error: Bad subject class 'LLM'")
    assert 1 == len(sandbox.seen())


@pytest.mark.long
@pytest.mark.parametrize("fault", ["billion-laughs", "entity-external", "entity-external=http"])
def test_hostile_xml_finds_nothing_and_asks_nobody(sandbox, manners, fault):
    """Entities are neither unfolded nor fetched."""
    (batch,) = crawl([feeds(sandbox, fault=f"/~{fault}")], manners)

    assert ((), True) == (works_of(batch), bool(trouble_of(batch) or batch.odd))
    assert [f"/~{fault}/rss/cs.CL"] == paths(sandbox)


@pytest.mark.parametrize(
    ("fault", "target"),
    [("redirect-private", "http://127.0.0.2:"), ("redirect-metadata", "http://169.254.169.254/")],
)
def test_a_redirect_to_a_private_network_is_not_followed(sandbox, manners, fault, target):
    """It is refused before anything connects: the listener there saw nobody."""
    (batch,) = crawl([feeds(sandbox, fault=f"/~{fault}")], manners)

    assert trouble_of(batch).startswith(f"will not ask '{target}")
    assert trouble_of(batch).endswith("it is not https (http)")
    assert ["arxiv"] == [visit["service"] for visit in sandbox.seen()]


def test_a_name_with_a_private_address_is_not_asked(sandbox, manners):
    """An allowed name that leads to this machine: the address is looked at, not the name."""
    trusting = replace(manners, hosts=Hosts(frozenset({"localhost"})))

    (batch,) = crawl([RssPlan("https://localhost", {"cs.CL": None}, TUESDAY)], trusting)

    assert "the name has no public address" in trouble_of(batch)
    assert [] == sandbox.seen()


@pytest.mark.parametrize("base", ["http://127.0.0.2:1", "file:///etc", "https://arxiv.org.evil"])
def test_a_first_request_is_checked_as_well(sandbox, manners, base):
    """Not only redirects: whatever a plan says, it must be a configured host."""
    (batch,) = crawl([RssPlan(base, {"cs.CL": None}, TUESDAY)], manners)

    assert trouble_of(batch).startswith("will not ask ")


def test_after_403_nothing_is_asked_again(sandbox, manners):
    """One request, and all of arXiv is left alone: by the other feeds and the query API too."""
    sandbox.set_fault("arxiv", "403")
    plans = [feeds(sandbox, "cs.CL", "cs.LG", "cs.AI"), papers(sandbox, "2406.11235")]

    told = list(crawl(plans, manners))

    assert 1 == len(sandbox.seen())
    reason = "HTTP 403 Forbidden: not asked again in this run"
    assert [(reason, True, ())] * 4 == [(trouble_of(b), b.closed, works_of(b)) for b in told]
    assert {"cs.CL", "cs.LG", "cs.AI", "papers"} == {batch.part for batch in told}


def test_no_more_requests_than_the_budget_has(sandbox, manners):
    """Second tries count; what is left is said to be left, and is no reason for a person."""
    sandbox.set_fault("rss", "500-once")
    plan = feeds(sandbox, "cs.CL", "cs.LG", "cs.AI")

    told = list(crawl([plan], replace(manners, budget=3)))

    assert 3 == len(sandbox.seen())
    (left,) = [batch for batch in told if trouble_of(batch)]
    assert ("the run's budget of requests is spent: asked by the next run", True) == (
        trouble_of(left),
        left.later,
    )


def test_asked_to_wait_some_seconds_everyone_waits(sandbox, manners):
    """The server sees the gap that it asked for, also from feeds that were not refused."""
    sandbox.set_fault("rss", "429-retry-after=30", times=1)

    told = list(crawl([feeds(sandbox, "cs.CL", "cs.LG")], manners))

    statuses = [visit["status"] for visit in sandbox.seen()]
    assert ([429, 200, 200], [None, None]) == (statuses, [trouble_of(batch) for batch in told])
    first, second = gaps(sandbox)
    assert (True, True) == (first >= 30, second >= PAUSE)


def test_asked_to_wait_until_a_date_it_waits(sandbox, manners):
    """The same as a date; it is compared with the real clock, so the world's is set to it."""
    sandbox.set_clock(datetime.now(UTC), speed=1)
    sandbox.set_fault("api", "429-retry-after-date=40", times=1)

    told = list(crawl([papers(sandbox, "2406.11235")], manners))

    assert [None] == [trouble_of(batch) for batch in told]
    # Dates have whole seconds, and some time passes on the way.
    assert [True] == [gap >= 38 for gap in gaps(sandbox)]


def test_asked_to_wait_for_ages_the_next_run_waits_too(sandbox, manners):
    """Longer than a run waits: nothing more is asked now, nor by another run soon after."""
    sandbox.set_fault("rss", "429-retry-after=1000000000")

    (first,) = crawl([feeds(sandbox)], manners)
    (second,) = crawl([papers(sandbox, "2406.11235")], manners)

    assert trouble_of(first).endswith("asked to be left alone for 86400 s")
    assert trouble_of(second).startswith("arxiv asked to be left alone for another ")
    assert (True, True) == (first.later, second.later)
    assert 1 == len(sandbox.seen())
    assert MAX_WAIT_S < 86_400


def test_yesterdays_batch_is_read_as_it_is(sandbox, manners):
    """A stale feed is a good answer; its own day, where it tells it, gives it away."""
    plans = [
        feeds(sandbox, "cs.CL", fault="/~stale"),
        feeds(sandbox, "cs.cl", fault="/~stale-dated"),
    ]

    told = {batch.part: batch for batch in crawl(plans, manners)}

    assert told["cs.CL"].ids == told["cs.cl"].ids
    assert (date(2024, 11, 12), date(2024, 11, 11)) == (told["cs.CL"].day, told["cs.cl"].day)


def test_a_feed_that_was_cut_is_asked_for_in_halves(tmp_path):
    """At arXiv's limit the new papers are missing: fewer categories at a time bring them."""
    with running(now=TUESDAY, speed=1 / SCALE) as whole:
        (expected,) = crawl([feeds(whole, "cs.CL+cs.LG+cs.AI")], polite(whole, tmp_path / "a"))
    with running(now=TUESDAY, speed=1 / SCALE, feed_limit=15) as small:
        manners = polite(small, tmp_path / "b")
        told = list(crawl([feeds(small, "cs.CL+cs.LG+cs.AI", limit=15)], manners))
        asked = paths(small)

    assert "/rss/cs.CL+cs.LG+cs.AI" == asked[0]
    assert {"/rss/cs.CL", "/rss/cs.LG+cs.AI"} <= set(asked[1:])
    assert {"cs.CL+cs.LG+cs.AI"} == {batch.part for batch in told}
    assert 15 == len(told[0].ids) < len(expected.ids)
    assert set(expected.ids) == {arxiv_id for batch in told for arxiv_id in batch.ids}
    assert [None] * len(told) == [batch.etag for batch in told]
    assert not any(batch.cut for batch in told)


def test_one_category_that_was_cut_says_so(sandbox, manners):
    """It cannot be halved, and is never believed."""
    (batch,) = crawl([feeds(sandbox, limit=13)], manners)

    assert (True, 13, None) == (batch.cut, len(batch.ids), batch.etag)


def test_arxiv_is_asked_politely_by_all_together(tmp_path):
    """Feeds, windows and papers at once: one connection, three seconds apart, none refused."""
    with running(now=TUESDAY, speed=1 / SCALE, strict=True) as strict:
        plans = [
            feeds(strict, "cs.CL", "cs.LG", "cs.AI", "stat.ML"),
            missing(strict, 8, date(2024, 11, 11)),
            papers(strict, "2411.04965"),
        ]
        told = list(crawl(plans, polite(strict, tmp_path / "pace")))
        seen, between = strict.seen(), gaps(strict)

    assert [None] * len(told) == [trouble_of(batch) for batch in told]
    assert {200} == {visit["status"] for visit in seen}
    assert {0} == {visit["in_flight"] for visit in seen}
    assert len(seen) - 1 == sum(gap >= PAUSE for gap in between)
    times = [datetime.fromisoformat(visit["at"]) for visit in seen]
    assert [] == [p for p in pairwise(times) if (p[1] - p[0]).total_seconds() < PAUSE]
    assert len(seen) >= 7
