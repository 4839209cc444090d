"""Whatever a service answers, a reader gives works or says why there are none; it never fails."""

import contextlib
import json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.items import Failure, WebAnswer
from crawler.parsers.arxiv import NoFeed, parse, read_feed, read_page
from crawler.parsers.feeds import read_items
from crawler.parsers.oai import read_records
from crawler.sources import github, hf_daily, hf_hub, inbox, lists
from crawler.sources.base import NoAnswer, SourceRequest, SourceResponse
from tests.fakes import NOW

NAMES = [
    *("paper", "id", "title", "upvotes", "githubRepo", "publishedAt", "slug", "tags", "items"),
    *("full_name", "homepage", "description", "stargazers_count", "total_count", "html_url"),
    *("name", "tag_name", "body", "created_at", "published_at", "number", "private", "version"),
]
VALUES = st.sampled_from(
    [
        *("2411.04965", "2411.4965", "foo/bar", "https://github.com/foo/bar/releases/tag/v1"),
        *("https://example.org/post", "2024-11-09T00:00:00Z", "javascript:alert(1)", "a" * 3_000),
        *("https://jsonfeed.org/version/1.1", "arxiv:2411.04965", "\x00\u202e", "https://["),
    ]
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | VALUES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=15,
)


@dataclass(frozen=True)
class Reader:
    """A source, and the request whose answer it reads."""

    module: object
    part: str = ""
    kind: str = ""

    def read(self, body):
        url = "https://api.github.com/search/repositories?q=x"
        request = SourceRequest(self.part, url, "x", kind=self.kind)
        answer = SourceResponse(request, body, "application/json", url, NOW)
        return list(self.module.read(answer))


READERS = {
    "hf_daily": Reader(hf_daily),
    "hf_hub models": Reader(hf_hub, "org/models", "model"),
    "hf_hub collections": Reader(hf_hub, "org/collections", "collection"),
    "github search": Reader(github, "search", "search"),
    "github releases": Reader(github, "releases/foo/bar", "releases"),
    "github readme": Reader(github, "search", "readme"),
    "inbox": Reader(inbox, "issues"),
    "lists": Reader(lists, "other"),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60)
@given(value=ANY)
def test_any_json(name, value):
    """Addresses are well-formed and short, numbers are numbers, texts have an end."""
    try:
        items = READERS[name].read(json.dumps(value).encode())
    except NoAnswer:
        return

    assert all(isinstance(item, WebAnswer | Failure | SourceRequest) for item in items)
    for answer in (item for item in items if isinstance(item, WebAnswer)):
        for found in answer.works:
            assert found.work.url.startswith("https://")
            assert len(found.work.url) <= 2_100
            assert len(found.work.description or "") <= 5_000
        for fact in answer.facts:
            assert fact.kind not in ("stars", "upvotes") or fact.count >= 0
            assert fact.url is None or fact.url.startswith("https://")


STRANGE = {
    "hf_daily": ([[[]]], [{}], [None, 5], [{"paper": {"id": 5}}]),
    "hf_hub models": ([[[]]], [{}], [None], [{"id": {"a": 1}}]),
    "github search": (
        *({"items": [[]]}, {"items": [{}]}, {"items": [None]}),
        {"items": [{"full_name": ["foo", "bar"]}]},
    ),
    "github releases": ([[[]]], [{}], [{"html_url": ["https://github.com/foo/bar"]}]),
    "inbox": ([[[]]], [{}], [None], [{"title": 5}]),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in STRANGE.items() for value in values]
)
def test_items_that_are_none_break_the_source(name, value):
    """They were a quiet day before: a line tells how many, and of what shape."""
    (answer,) = READERS[name].read(json.dumps(value).encode())

    assert "items not understood (" in answer.broken
    assert () == (*answer.works, *answer.named)


def test_one_strange_item_among_others_is_told():
    """The others are taken; what was not understood may come another time."""
    good = {"paper": {"id": "2411.04965", "submittedOnDailyAt": "2024-11-10T00:00:00Z"}}

    (answer,) = READERS["hf_daily"].read(json.dumps([good, {}]).encode())

    assert (None, "1 of 2 items not understood") == (answer.broken, answer.part_only)
    assert 1 == len(answer.named)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/foo/bar/releases/tag/v1 https://evil.example/",
        "https://evil.example/foo/bar/releases/tag/v1",
        "javascript:alert(1)",
        "https://github.com/foo/bar/releases/" + "a" * 100_000,
        "https://github.com/foo/bar/releases/tag/v1\n",
    ],
)
def test_the_address_of_a_release_is_exactly_one(url):
    release = {"name": "v1", "html_url": url, "published_at": "2024-11-10T00:00:00Z"}

    (answer,) = READERS["github releases"].read(json.dumps([release]).encode())

    assert () == answer.works


TAGS = ["item", "entry", "title", "link", "id", "guid", "author", "name", "record", "header"]
TAGS += ["identifier", "datestamp", "metadata", "arXivRaw", "authors", "version", "date", "summary"]
TEXT = st.text(max_size=6) | st.sampled_from(["2411.04965", "oai:arXiv.org:2411.04965v1", "new"])
TREE = st.recursive(
    TEXT.map(lambda text: text.replace("<", "&lt;").replace("&", "&amp;")),
    lambda inner: st.tuples(st.sampled_from(TAGS), st.lists(inner, max_size=4)).map(
        lambda told: f"<{told[0]}>{''.join(told[1])}</{told[0]}>"
    ),
    max_leaves=15,
)
FEED = (
    '<feed xmlns="http://www.w3.org/2005/Atom" '
    'xmlns:o="http://a9.com/-/spec/opensearch/1.1/"><o:totalResults>1</o:totalResults>{}</feed>'
)
RECORDS = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>{}</ListRecords></OAI-PMH>'
)
ROOTS = ('<rss version="2.0"><channel>{}</channel></rss>', FEED, RECORDS, "{}")
PARSERS = {
    "feed": lambda body: read_feed(body, "text/xml", "https://x.org", source="x", now=NOW),
    "page": lambda body: read_page(body, "https://x.org"),
    "records": read_records,
    "items": lambda body: read_items(body, "text/xml", "https://x.org"),
}


@pytest.mark.long
@pytest.mark.parametrize("parser", PARSERS)
@settings(max_examples=60)
@given(root=st.sampled_from(ROOTS), trees=st.lists(TREE, max_size=4), cut=st.integers(0, 40))
def test_any_xml(parser, root, trees, cut):
    """Whole or cut off anywhere near its end."""
    text = root.format("".join(trees)).encode("utf-8", "replace")

    with contextlib.suppress(NoFeed):
        PARSERS[parser](text[: len(text) - cut])


@pytest.mark.parametrize("parser", PARSERS)
@given(body=st.binary(max_size=60))
def test_any_bytes(parser, body):
    with contextlib.suppress(NoFeed):
        PARSERS[parser](body)


@pytest.mark.parametrize("parser", PARSERS)
def test_more_tags_than_any_answer_has(parser):
    """They would take hundreds of megabytes."""
    with pytest.raises(NoFeed, match=r"tags|items"):
        PARSERS[parser](b"<rss><channel>" + b"<item/>" * 600_001)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("piece", [b"\n", b"\r", b"&#65;", b"&amp;"])
def test_a_text_of_a_million_pieces_is_refused_before_it_is_read(parser, piece):
    """Each line and each reference is a piece of its own for expat: hundreds of megabytes."""
    body = b"<rss><channel><item><title>a" + piece * 800_000 + b"b</title></item></channel></rss>"

    with pytest.raises(NoFeed, match="has more than 750,000 lines and character references"):
        PARSERS[parser](body)


@pytest.mark.parametrize("tag", ["a", "item", "description", "media:group"])
def test_a_feed_of_tags_within_one_another_is_refused_before_it_is_read(tag):
    body = b"<rss><channel><item>" + f"<{tag}>".encode() * 2_000 + b"</item></channel></rss>"

    with pytest.raises(NoFeed, match="has more than 1,000 tags within one another"):
        read_feed(body, "application/xml", "https://x.org/feed", source="x", now=NOW)


@pytest.mark.parametrize("attribute", [b"a=1 ", b"a "], ids=["bare value", "no value"])
def test_a_tag_of_thousands_of_attributes_is_refused_before_it_is_read(attribute):
    """feedparser takes a kilobyte for each."""
    body = b"<html><title>A</title><p " + attribute * 5_000 + b">"

    with pytest.raises(NoFeed, match="has a tag with more than 2,000 attributes"):
        read_feed(body, "application/xml", "https://x.org/feed", source="x", now=NOW)


@pytest.mark.long
def test_a_feed_with_quoted_or_single_tags_is_no_deep_one():
    """Pages in CDATA leave tags open, and so do lines and pictures anywhere."""
    item = "<item><title>A</title><guid>{}</guid><description>{}</description><a/></item>"
    items = "".join(
        item.format(n, text)
        for n in range(600)
        for text in ("<![CDATA[<p>x<li>y]]>", "a<br>b<hr>", "<!-- <b> -->")
    )
    body = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()

    assert 1_800 == len(parse(body, "application/xml", "https://x.org/feed").entries)


@pytest.mark.parametrize("total", ["²", "9" * 5_000, "-1", "", "١"], ids=ascii)
def test_a_total_that_is_no_number_is_no_answer(total):
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><title>x</title>'
        f"<opensearch:totalResults>{total}</opensearch:totalResults></feed>"
    )

    with pytest.raises(NoFeed, match="does not say how many results there are"):
        read_page(body.encode(), "https://export.arxiv.org/api/query")
