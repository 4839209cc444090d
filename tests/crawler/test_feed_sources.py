"""Feeds and blogs as sources: what they ask, and what their items mean. No wire."""

from datetime import date

import pytest

from crawler.items import trouble_of
from crawler.sources import feeds, hf_blog
from tests.crawler.answers import keys, named, read

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>A Blog</title>
<link>https://blog.example.org/</link>{}</channel></rss>"""
ITEM = """<item><title>{title}</title><link>{link}</link><pubDate>{day}</pubDate>
<description>{says}</description></item>"""
TODAY, LONG_AGO = "Mon, 11 Nov 2024 09:00:00 GMT", "Mon, 01 Jan 2024 09:00:00 GMT"


def item(title="A Post", link="https://blog.example.org/a", day=TODAY, says=""):
    return ITEM.format(title=title, link=link, day=day, says=says)


def rss(*items) -> bytes:
    return RSS.format("".join(items)).encode()


def test_feed_shows_links_and_the_papers_that_its_text_names():
    """A tracking parameter is no part of an address; the papers were seen in the post."""
    says = "On &lt;a href='https://arxiv.org/abs/2411.04965v2'&gt;BitNet a4.8&lt;/a&gt;"
    post = item(
        "Four &lt;b&gt;Bits&lt;/b&gt;", "https://www.blog.example.org/a/?utm_source=x", TODAY, says
    )

    batch, _ = read(feeds, rss(post), part="blog", kind="blog")

    (found,) = batch.works
    assert "link:https://blog.example.org/a" == found.work.key
    assert ("blog", "Four Bits", "On BitNet a4.8") == (
        found.work.kind,
        found.work.title,
        found.work.description,
    )
    assert "https://www.blog.example.org/a/" == found.sighting.raw_link
    assert {"arxiv:2411.04965"} == named(batch)
    assert date(2024, 11, 11) == batch.named[0].announced


KINDS = {
    "https://www.youtube.com/watch?v=abcdefghijk": "video",
    "https://github.com/a/b": "repository",
    "https://huggingface.co/a/b": "model",
    "https://x.com/a/status/1": "post",
    "https://blog.example.org/a": "post",
}


@pytest.mark.parametrize(("link", "kind"), KINDS.items())
def test_address_tells_the_kind_where_it_can(link, kind):
    """Else the feed's own kind counts."""
    batch, _ = read(feeds, rss(item(link=link)), kind="post")

    assert [kind] == [found.work.kind for found in batch.works]


def test_item_that_is_a_paper_is_a_sighting_of_it():
    batch, _ = read(feeds, rss(item(link="http://arxiv.org/abs/2411.04965v1")))

    assert ({"arxiv:2411.04965"}, set()) == (named(batch), keys(batch))


def test_archive_of_a_feed_is_no_news():
    """Old items are counted, and their days tell how often something comes."""
    batch, _ = read(feeds, rss(item(day=LONG_AGO), item(link="https://blog.example.org/b")))

    assert {"link:https://blog.example.org/b"} == keys(batch)
    assert (1, 2, 2) == (batch.old, batch.total, len(batch.days))


def test_items_without_title_or_address_are_odd():
    batch, _ = read(feeds, rss(item(title=""), item(link="javascript:alert(1)"), item(link="")))

    assert (set(), 3) == (keys(batch), len(batch.odd))


def test_post_without_title_is_called_by_what_it_says_first():
    batch, _ = read(feeds, rss(item(title="", says="A short post on KV caches")), kind="post")

    assert ["A short post on KV caches"] == [found.work.title for found in batch.works]


def test_feed_that_breaks_off_loses_only_what_was_cut():
    """Its whole items are kept, the last one is not, and it is broken."""
    whole = rss(item(), item(link="https://blog.example.org/b"), item(link="https://x.org/c"))

    batch, _ = read(feeds, whole[: whole.index(b"</item></channel>")])

    assert {"link:https://blog.example.org/a", "link:https://blog.example.org/b"} == keys(batch)
    assert "is not well-formed" in trouble_of(batch)


def test_feed_that_is_written_badly_is_read_as_well_as_it_can_be():
    """An entity that nobody declared: common, and no reason to lose a blog for ever."""
    batch, _ = read(feeds, rss(item(title="Caf&eacute; &nope; &amp; LLMs")))

    assert trouble_of(batch) is None
    assert 1 == len(batch.works)


def test_json_feed_is_a_feed():
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {"id": "1", "url": "/posts/1", "title": "One", "date_published": "2024-11-11T05:00:00Z",
             "content_html": "<p>arXiv:2411.04965</p>"}
        ],
    }  # fmt: skip

    batch, _ = read(feeds, told, url="https://news.example.org/feed.json")

    assert {"link:https://news.example.org/posts/1"} == keys(batch)
    assert {"arxiv:2411.04965"} == named(batch)


BLOG_ITEM = item("A Release", "https://huggingface.co/blog/release")


def test_blog_of_hugging_face_is_a_feed_of_blog_posts():
    batch, _ = read(hf_blog, rss(BLOG_ITEM), kind="blog")

    assert [("blog", "A Release")] == [(f.work.kind, f.work.title) for f in batch.works]
