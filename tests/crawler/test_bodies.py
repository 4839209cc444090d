"""Marks of byte order, shapes and reasons: what can be said of any body."""

import codecs
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsers import bodies
from crawler.parsers.arxiv import read_feed, read_page
from crawler.parsers.bodies import NoJson, as_utf8, error_of, reason_of, said, shape_of, value_of
from crawler.parsers.feeds import read_items
from crawler.parsers.oai import read_records
from tests.crawler.test_names import ATOM, OAI, RAW
from tests.fakes import NOW

FEED = (
    (Path(__file__).parents[1] / "cases" / "feeds" / "working-day" / "feed.xml")
    .read_text()
    .replace("Ana Lopez", "Ána Löpez")
)
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "1", "url": "https://example.org/a", "title": "Ä post"}],
    },
    ensure_ascii=False,
)
MARKED = {
    "UTF-8": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-8 twice": lambda text: codecs.BOM_UTF8 * 2 + text.encode(),
    "UTF-8 and a line": lambda text: codecs.BOM_UTF8 + b"\n" + text.encode(),
    "UTF-16": lambda text: text.replace("'UTF-8'", "'UTF-16'").encode("utf-16"),
    "UTF-16, says UTF-8": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "UTF-16, other order": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-16 without mark": lambda text: text.replace("'UTF-8'", "'UTF-16'").encode("utf-16-le"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "a line": lambda text: b"\n" + text.encode(),
}
TYPES = ("application/rss+xml", "text/xml; charset=iso-8859-1", "application/xml; charset=utf-16")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("mark", [*MARKED])
def test_a_feed_with_a_mark_is_a_feed(mark, kind):
    """Whatever the header says of its charset: complete, with every accent as it was sent."""
    if mark == "a line" and kind.endswith("16"):
        kind = TYPES[0]
    body = MARKED[mark](FEED)

    feed = read_feed(body, kind, "https://rss.arxiv.org", source="x", now=NOW)

    assert (4, None) == (len(feed.works), feed.broken)
    if "iso" not in kind or mark != "a line":
        assert "Ána Löpez" in feed.works[0].work.authors
    items = read_items(body, kind, "https://example.org/feed")
    assert (len(feed.works), None) == (len(items.items), items.broken)


@pytest.mark.parametrize("mark", [*MARKED])
def test_other_answers_with_a_mark(mark):
    """The query API, OAI-PMH, a JSON feed, and JSON of any service."""
    name = "<author><name>Ána</name></author>"
    declared = "<?xml version='1.0' encoding='UTF-8'?>\n"

    page = read_page(MARKED[mark](ATOM.format(name)), "https://export.arxiv.org")
    records = read_records(MARKED[mark](declared + OAI.format(RAW.format("Ána"))))
    items = read_items(MARKED[mark](JSON_FEED), "application/feed+json", "https://example.org")

    assert ("Ána",) == page.papers[0].authors == records.records[0].paper.authors
    assert "Ä post" == items.items[0].title
    assert {"a": "Ä"} == value_of(MARKED[mark]('{"a": "Ä"}'))


@given(st.binary(max_size=40))
def test_any_bytes_are_a_value_or_words(body):
    value = value_of(body)

    assert not isinstance(value, NoJson) or error_of(value) == str(value)
    assert isinstance(as_utf8(body), bytes)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["error", "message", "errors", "detail", "title"]) | st.text(), inner
        )
    ),
    max_leaves=8,
)


@pytest.mark.long
@given(ANY)
def test_any_value_has_a_shape_of_one_line(value):
    for text in (shape_of(value), error_of(value), reason_of(value)):
        assert len(text) <= 300
        assert text == said(text, 300)


def test_the_deepest_value_has_a_shape():
    """A list as deep as JSON may be is described, not printed."""
    deep = value_of(b"[" * 1000 + b"]" * 1000)

    assert "a list of 1 item, the first a list of 1 item, the first a list of 1 item" == shape_of(
        deep
    )
    assert isinstance(value_of(b"[" * 100_000), NoJson)


def test_what_would_take_all_memory_is_not_read(monkeypatch):
    monkeypatch.setattr(bodies, "MAX_PARTS", 10)

    assert "JSON of more than 10 parts" == value_of(b"[" + b"[]," * 10 + b"1]")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"message": "Validation Failed"}, "Validation Failed"),
        ({"error": "No valid paper ids given"}, "No valid paper ids given"),
        (
            {"error": "Invalid query parameters error.", "message": "x is not a field"},
            "Invalid query parameters error.: x is not a field",
        ),
        (
            {"message": "Validation Failed", "errors": [{"message": "The search is too long."}]},
            "Validation Failed: The search is too long.",
        ),
        (
            {"message": "Validation Failed", "errors": [{"resource": "Search", "field": "q"}]},
            "Validation Failed: Search q",
        ),
        ({"errors": ["one", "two"]}, "one: two"),
        ({"error": {"message": "quota"}}, "quota"),
        ({"detail": "Not\n\x1b[31m here\u202e"}, "Not [31m here"),
        ({"message": "a" * 100_000}, "a" * 159 + "…"),
        ({"message": ["no", "text"], "errors": 5}, ""),
        (["message"], ""),
        (None, ""),
    ],
)
def test_the_reason_of_a_refusal(body, reason):
    """In the service's words: on one line, without control characters, shortened."""
    assert reason == reason_of(body)
