"""A sandbox on a Tuesday morning, and the plans of a crawl of it in a hurry."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from crawler.calendar import window
from crawler.hosts import Hosts
from crawler.plans import ApiPlan, IdsPlan, OaiPlan, RssPlan
from crawler.politeness import CrawlPolicy
from sandbox.process import running

TUESDAY = datetime(2024, 11, 12, 6, 30, tzinfo=UTC)
SCALE = 0.02
PAUSE = 3.0


@pytest.fixture(scope="module")
def world():
    with running(now=TUESDAY, speed=1 / SCALE) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(world):
    """The outside world on a Tuesday morning, without faults or memories."""
    world.set_clock(TUESDAY, speed=1 / SCALE)
    for service in ("rss", "api", "arxiv", "*"):
        world.set_fault(service, None)
    world.forget_seen()
    return world


def polite(sandbox, folder, **changes):
    manners = CrawlPolicy("tester", Hosts.of([sandbox.url]), folder, {"arxiv": PAUSE}, SCALE)
    return replace(manners, **changes)


@pytest.fixture
def manners(sandbox, tmp_path):
    return polite(sandbox, tmp_path / "pace")


def feeds(sandbox, *names, fault="", **more):
    return RssPlan(f"{sandbox.url}{fault}", dict.fromkeys(names or ("cs.CL",)), TUESDAY, **more)


def papers(sandbox, *ids):
    return IdsPlan(sandbox.url, ids, TUESDAY)


def missing(sandbox, page, *days):
    start, end = window(days, 0)
    return ApiPlan(sandbox.url, ("cs.CL", "cs.LG"), start, end, frozenset(), TUESDAY, page)


def paths(sandbox):
    return [visit["path"] for visit in sandbox.seen()]


def gaps(sandbox):
    """Seconds between requests as the server saw them, in the time that we hurry through."""
    times = [visit["monotonic"] for visit in sandbox.seen()]
    return [(after - before) / SCALE for before, after in pairwise(times)]


def changed(sandbox, since, *categories):
    return OaiPlan(sandbox.url, categories or ("cs.CL", "cs.LG"), since, frozenset(), TUESDAY)
