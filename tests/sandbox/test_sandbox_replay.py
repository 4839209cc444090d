"""A captured feed is served as it was recorded."""

import urllib.request

import feedparser
import pytest

from sandbox.process import running

FEED = "wire/arxiv-rss/RECONSTRUCTED-rss-cs.CL-2024-12-19.xml"


@pytest.fixture(scope="module")
def capture(shared):
    return shared / FEED


def read(url):
    with urllib.request.urlopen(url, timeout=30) as reply:
        return reply.read()


def test_captured_feed_is_served_byte_for_byte_and_its_papers_are_known(capture):
    with running(replay=[capture]) as sandbox:
        body = read(f"{sandbox.url}/rss/cs.CL+cs.LG")
        entries = feedparser.parse(body).entries
        ids = ",".join(entry.link.rpartition("/")[2] for entry in entries)
        found = feedparser.parse(read(f"{sandbox.url}/api/query?max_results=100&id_list={ids}"))
        now = sandbox.now()

    assert capture.read_bytes() == body
    assert 87 == len(entries) == len(found.entries)
    assert "2024-12-19T06:30" == now.isoformat()[:16]


def test_broken_capture_is_served_too(tmp_path):
    """A feed that broke off has no papers to look up, but it has a day."""
    broken = tmp_path / "cut.xml"
    broken.write_bytes(b"<rss><channel><pubDate>Mon, 11 Nov 2024 00:00:00 -0500</pubDate><item>")

    with running(replay=[tmp_path]) as sandbox:
        assert broken.read_bytes() == read(f"{sandbox.url}/rss/cs.CL")
        assert b"BitNet" in read(f"{sandbox.url}/api/query?id_list=2411.04965")
