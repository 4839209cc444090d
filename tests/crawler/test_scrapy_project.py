"""The checkout is a Scrapy project: Scrapy's own commands, each a process, in the sandbox."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from crawler.spiders.arxiv_api import ArxivPapersSpider
from crawler.spiders.arxiv_oai import ArxivOaiSpider
from crawler.spiders.arxiv_rss import ArxivRssSpider
from crawler.spiders.links import LinksSpider
from crawler.spiders.sources import SourcesSpider
from sandbox.process import running
from tests import forked
from tests.workspace import REPOSITORY

TUESDAY = datetime(2024, 11, 12, 6, 30, tzinfo=UTC)
AS_OF = ("-a", f"as_of={TUESDAY.isoformat()}")
SPIDERS = ["arxiv_api", "arxiv_oai", "arxiv_papers", "arxiv_rss", "links", "pages", "sources"]
# Each spider with arguments, and the path that its first request goes to.
CRAWLS = {
    "arxiv_rss": (["feeds=cs.CL,cs.LG+cs.AI"], "/rss/cs.CL", "announce_type"),
    "arxiv_api": (["since=2024-11-11", "categories=cs.CL"], "/api/query", "announce_type"),
    "arxiv_oai": (["since=2024-11-11", "categories=cs.CL"], "/oai", "announce_type"),
    "arxiv_papers": (["ids=2411.04965"], "/api/query", "announce_type"),
    "links": (["urls=https://example.org/nothing"], "/robots.txt", "status"),
    "pages": (["urls=https://www.bilibili.com/video/BV1Jq1PYPEYG/"], "/robots.txt", "title"),
    "sources": (["source=hf_daily"], "/api/daily_papers", "work"),
}


@pytest.fixture(scope="module")
def world():
    with running(now=TUESDAY) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(world):
    world.set_fault("rss", None)
    world.forget_seen()
    return world


@pytest.fixture
def scrapy(sandbox, tmp_path):
    """Run a command of Scrapy's in the checkout, with every service on loopback."""
    environment = {**os.environ, **sandbox.environment(), "LISTKEEPER_PACE": "0"}

    def run(command, *arguments):
        line = (command, *arguments, "-s", f"PACE_FOLDER={tmp_path}")
        return forked.scrapy(*line, cwd=REPOSITORY, env=environment, timeout=80)

    return run


@pytest.fixture
def crawl(scrapy, tmp_path):
    """Run a spider; its items as ``-O`` wrote them, and how the command ended."""

    def run(spider, *arguments):
        told = [part for argument in arguments for part in ("-a", argument)]
        path = tmp_path / "out.jsonl"
        ended = scrapy("crawl", spider, *told, *AS_OF, "-O", str(path))
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines], ended

    return run


def paths(sandbox):
    return [visit["path"] for visit in sandbox.seen()]


@pytest.mark.long
def test_python_m_scrapy_finds_the_project(tmp_path):
    """An interpreter of its own; the other tests fork one that has Scrapy loaded."""
    line = [sys.executable, "-m", "scrapy", "list"]

    assert (
        SPIDERS
        == subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True).stdout.split()
    )


def test_list_names_every_spider_once(scrapy, sandbox):
    ended = scrapy("list")

    assert (0, SPIDERS, "") == (ended.returncode, ended.stdout.split(), ended.stderr)
    assert [] == paths(sandbox)


def test_settings_tell_their_values(scrapy):
    name, pace = (
        scrapy("settings", "--get", "BOT_NAME"),
        scrapy("settings", "--get", "SPIDER_MODULES"),
    )

    assert "listkeeper" == name.stdout.strip()
    assert "crawler.spiders" in pace.stdout


def test_check_runs(scrapy, sandbox):
    ended = scrapy("check")

    assert (0, "OK") == (ended.returncode, ended.stderr.split()[-1])


@pytest.mark.long
def test_shell_asks_under_our_rules(scrapy, sandbox):
    """A configured host answers; any other is refused before anything leaves the machine."""
    feed = scrapy("shell", f"{sandbox.url}/rss/cs.CL", "-c", "response.status")
    other = scrapy("shell", "https://example.com/", "-c", "response")

    assert "200" == feed.stdout.split()[0]
    assert "None" == other.stdout.split()[0]
    assert ["/robots.txt", "/rss/cs.CL"] == paths(sandbox)


def test_feed_is_exported_paper_by_paper(crawl, sandbox):
    """One line a paper, with what the feed says of it; the service is asked once, by our name."""
    papers, ended = crawl("arxiv_rss", "feeds=cs.CL")

    assert 0 == ended.returncode
    assert 10 < len(papers) == len({paper["arxiv_id"] for paper in papers})
    (paper,) = [paper for paper in papers if paper["arxiv_id"] == "2411.05894"]
    assert "SSSD: Simply-Scalable Speculative Decoding" == paper["title"]
    assert "Michele Marzollo" == paper["authors"][0]
    assert paper["abstract"].startswith("Speculative decoding is thought")
    assert "cs.CL" == paper["categories"][0]
    assert ("new", "2024-11-12") == (paper["announce_type"], paper["announced"])
    (visit,) = sandbox.seen()
    assert ("/rss/cs.CL", 200) == (visit["path"], visit["status"])
    assert visit["headers"]["user-agent"].startswith("Listkeeper/")


@pytest.mark.parametrize("spider", CRAWLS)
def test_every_spider_takes_arguments(crawl, sandbox, spider):
    arguments, first, key = CRAWLS[spider]

    items, ended = crawl(spider, *arguments)

    assert 0 == ended.returncode, ended.stderr
    assert first == paths(sandbox)[0]
    assert not key or (items and all(key in item for item in items)), ended.stderr


def test_answer_that_cannot_be_used_is_dropped_with_its_reason(crawl, sandbox):
    sandbox.set_fault("rss", "403")

    papers, ended = crawl("arxiv_rss", "feeds=cs.CL,cs.LG")

    assert ([], 1) == (papers, len(sandbox.seen()))
    assert "Dropped: arxiv_rss cs.CL: HTTP 403 Forbidden" in ended.stderr


def test_forbidden_page_is_not_requested(crawl, sandbox):
    """robots.txt is obeyed by a spider that Scrapy's command started, too."""
    (page,), _ = crawl("links", "urls=https://closed.example/page")

    assert "its robots.txt does not allow programs to read it" == page["trouble"]
    assert ["/robots.txt"] == paths(sandbox)


@pytest.mark.parametrize(
    ("spider", "argument", "reason"),
    [
        (ArxivRssSpider, {"feed": "cs.CL"}, "no argument 'feed'; it takes: feeds, as_of"),
        (ArxivPapersSpider, {"ids": ""}, "say which: -a ids="),
        (ArxivOaiSpider, {"since": "Monday"}, "write a day like 2024-11-11"),
        (LinksSpider, {"urls": "http://127.0.0.1:80/"}, "not on a host of the public internet"),
        (SourcesSpider, {"source": "nobody"}, "one of hf_daily"),
    ],
)
def test_wrong_argument_is_refused_with_a_reason(spider, argument, reason):
    settings = Settings()
    settings.setmodule("crawler.settings")

    with pytest.raises(UsageError, match=reason):
        spider.from_crawler(Crawler(spider, settings), **argument)


LOADED_BY_A_CRAWL = """
import sys
from datetime import UTC, datetime
from multiprocessing import Pipe
from pathlib import Path
import crawler.child
from crawler.hosts import Hosts
from crawler.plans import RssPlan
from crawler.politeness import CrawlPolicy

url, folder = sys.argv[1:]
policy = CrawlPolicy("tester", Hosts.of([url]), Path(folder), {}, 0.0)
_, sender = Pipe()
before = {*sys.modules}
crawler.child.run(sender, (RssPlan(url, {"cs.CL": None}, datetime.now(UTC)),), policy)
print(*sorted(name for name in {*sys.modules} - before if name.startswith(("scrapy", "twisted"))))
"""


@pytest.mark.long
def test_a_crawl_has_nothing_of_scrapy_left_to_load(sandbox, tmp_path):
    """What the server of crawls does not load, each crawl loads; the reactor is each one's own."""
    line = [sys.executable, "-P", "-c", LOADED_BY_A_CRAWL, sandbox.url, tmp_path]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}

    ended = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=80)

    assert "twisted.internet.reactor" == ended.stdout.strip(), ended.stderr
