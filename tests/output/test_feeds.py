"""Feeds that a reader understands, whatever is in a title, and that do not change by themselves."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from xml.etree import ElementTree

import feedparser
import pytest

from output.escape import plain
from output.feeds import FeedEntry, atom, feed, json_feed
from tests.review.titles import titles

AT = datetime(2024, 11, 12, 12, tzinfo=UTC)


def item(number=1, title="A Title", at=AT, **more):
    told = {
        "key": f"arxiv:2411.{number:05}",
        "title": title,
        "url": f"https://arxiv.org/abs/2411.{number:05}",
        "summary": f"About {title}",
        "authors": ("Ana Lopez", title),
        "section": "Pruning",
        "at": at,
    }
    return FeedEntry(**{**told, **more})


def parsed(made):
    read = feedparser.parse(BytesIO(atom(made)))
    assert not read.bozo, read.get("bozo_exception")
    return read


def test_a_reader_sees_the_newest_first():
    made = feed("A List", "candidates", [item(1), item(2, at=AT + timedelta(days=1))])

    read = parsed(made)

    assert "A List: candidates" == read.feed.title
    assert ["2411.00002", "2411.00001"] == [entry.link[-10:] for entry in read.entries]
    assert "2024-11-13T12:00:00Z" == read.feed.updated == read.entries[0].updated
    assert [entry.id for entry in read.entries] == [
        one["id"] for one in json.loads(json_feed(made))["items"]
    ]


@pytest.mark.long
def test_titles_from_hell_arrive_as_text():
    hostile = [title for title in titles(1000, seed=5) if plain(title)]
    made = feed("A List", "accepted", [item(n, title) for n, title in enumerate(hostile[:100])])
    wanted = {f"https://arxiv.org/abs/2411.{n:05}": t for n, t in enumerate(hostile[:100])}

    for entry in parsed(made).entries:
        assert plain(wanted[entry.link]) == entry.title
        assert "text/plain" == entry.title_detail.type
    for one in json.loads(json_feed(made))["items"]:
        assert plain(wanted[one["url"]]) == one["title"]
    for start in range(100, 1000, 100):
        some = hostile[start : start + 100]
        parsed(feed("A List", "accepted", [item(n, title) for n, title in enumerate(some)]))


def test_the_same_is_the_same_and_what_stays_in_the_digest_is_no_news():
    first = feed("A List", "candidates", [item(1), item(2)])
    again = feed("A List", "candidates", [item(2, at=AT + timedelta(days=7)), item(2), item(1)])

    assert atom(first) == atom(again)
    assert json_feed(first) == json_feed(again)


def test_a_feed_with_nothing_in_it_is_a_feed():
    made = feed("A List", "candidates", [])

    assert [] == parsed(made).entries
    assert [] == json.loads(json_feed(made))["items"]


def test_a_feed_names_itself_and_its_list_and_says_why():
    """RFC 4287: one link to itself, one to the list; evidence and entry are in the item."""
    one = item(why="It says bits.", entry="- **A <b>**, `arXiv`")
    made = feed(
        "A List", "candidates", [one], here="https://a.org/f/candidates", home="https://a.org/list"
    )

    read = parsed(made)

    links = {link.rel: (link.href, link.type) for link in read.feed.links}
    assert {
        "self": ("https://a.org/f/candidates.atom", "application/atom+xml"),
        "alternate": ("https://a.org/list", "text/html"),
    } == links
    (content,) = read.entries[0].content
    assert "<p>It says bits.</p><p><code>- **A &lt;b&gt;**" in content.value
    told = json.loads(json_feed(made))
    assert ("https://a.org/list", "https://a.org/f/candidates.json") == (
        told["home_page_url"],
        told["feed_url"],
    )
    assert "It says bits." in told["items"][0]["content_html"]


@pytest.mark.parametrize("about", ["candidates", "accepted"])
def test_what_rfc_4287_asks_of_a_feed(about):
    """One id, title and updated each; dates with a zone; every address a whole one."""
    made = feed("A List", about, [item(), item(2)], here="https://a.org/f", home="https://a.org")
    root = ElementTree.fromstring(atom(made))
    name = "{http://www.w3.org/2005/Atom}"

    for element in (root, *root.iter(f"{name}entry")):
        for child in ("id", "title", "updated"):
            assert 1 == len(element.findall(f"{name}{child}"))
        assert element.findall(f"{name}author")
        assert datetime.fromisoformat(element.find(f"{name}updated").text).tzinfo
        rels = [link.get("rel") for link in element.findall(f"{name}link")]
        assert len(rels) == len(set(rels))
    ids = [one.text for one in root.iter(f"{name}id")]
    assert len(ids) == len(set(ids))
    assert all("://" in link.get("href") for link in root.iter(f"{name}link"))
