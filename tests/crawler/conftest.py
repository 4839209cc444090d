"""The outside world for crawls of single pages and feeds, and the manners of who asks there."""

import pytest

from crawler.hosts import Hosts
from crawler.politeness import CrawlPolicy
from sandbox.process import running
from tests.crawler.answers import NOW


@pytest.fixture(scope="module")
def world():
    with running(now=NOW) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(world):
    world.set_fault("robots", None)
    world.forget_seen()
    return world


@pytest.fixture
def manners(sandbox, tmp_path):
    """Those of somebody in a hurry."""
    return CrawlPolicy("tester", Hosts.of([sandbox.url]), tmp_path / "pace", {}, 0.0)
