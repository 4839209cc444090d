"""A page of the query API is read whole, or not at all."""

from datetime import UTC, datetime

import pytest

from catalog.paper import Paper
from crawler.parsers.arxiv import NoFeed, read_page

URL = "https://export.arxiv.org/api/query?id_list=2611.10007"
ENTRY = """  <entry>
    <id>http://arxiv.org/abs/2611.10007v2</id>
    <title>Half the Bits:
  Pruning $k$-Caches when $a&lt;b$ &amp; &lt;i&gt; – café</title>
    <updated>2026-11-22T08:00:00Z</updated>
    <link href="https://arxiv.org/abs/2611.10007v2" rel="alternate" type="text/html"/>
    <summary>  We study caches
with &lt; 2 bits per key.
</summary>
    <category term="cs.LG" scheme="http://arxiv.org/schemas/atom"/>
    <category term="cs.CL" scheme="http://arxiv.org/schemas/atom"/>
    <published>2026-11-20T17:59:46Z</published>
    <arxiv:comment>Accepted at ICLR 2027. Code: https://github.com/a/b</arxiv:comment>
    <arxiv:journal_ref>J. \\'Ecole 11</arxiv:journal_ref>
    <arxiv:doi>10.5802/jep.257</arxiv:doi>
    <arxiv:primary_category term="cs.CL"/>
    <author><name>Ana Lopez</name><arxiv:affiliation>Univ. A, Lab B</arxiv:affiliation></author>
    <author><name>Bo Chen, Jr</name></author>
  </entry>
"""
PAPER = Paper(
    arxiv_id="2611.10007",
    version=2,
    title="Half the Bits: Pruning $k$-Caches when $a<b$ & <i> – café",
    abstract="We study caches with < 2 bits per key.",
    authors=("Ana Lopez", "Bo Chen, Jr"),
    categories=("cs.CL", "cs.LG"),
    published=datetime(2026, 11, 20, 17, 59, 46, tzinfo=UTC),
    updated=datetime(2026, 11, 22, 8, tzinfo=UTC),
    comments="Accepted at ICLR 2027. Code: https://github.com/a/b",
    journal_ref="J. \\'Ecole 11",
    doi="10.5802/jep.257",
)
ERROR = """  <entry>
    <id>https://arxiv.org/api/errors#incorrect_id_format_for_abc</id>
    <title>Error</title>
    <summary>incorrect id format for abc</summary>
    <author><name>arXiv api core</name></author>
  </entry>
"""


def page(*entries, total="1"):
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" '
        'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">\n'
        "  <id>https://arxiv.org/api/AbCdEf</id>\n  <title>arXiv Query: id_list=</title>\n"
        "  <updated>2026-11-24T06:10:19Z</updated>\n"
        f"  <opensearch:totalResults>{total}</opensearch:totalResults>\n{''.join(entries)}</feed>\n"
    ).encode()


def test_all_fields_of_an_entry_are_read():
    """Text is folded and otherwise as sent; the primary category comes first."""
    told = read_page(page(ENTRY, total="7"), URL)

    assert (PAPER,) == told.papers
    assert (7, ()) == (told.total, told.odd)


def test_a_page_without_entries_has_a_total():
    """An unknown id is no error, and no paper."""
    told = read_page(page(total="0"), URL)

    assert ((), 0) == (told.papers, told.total)


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("2026-11-20T17:59:46Z", "in autumn", "published", None),
        ("2026-11-20T17:59:46Z", "2026-11-20T17:59:46", "published", None),
        ("2026-11-20T17:59:46Z", "2026-11-20T12:59:46-05:00", "published", PAPER.published),
        ('<arxiv:primary_category term="cs.CL"/>', "", "categories", ("cs.LG", "cs.CL")),
        ("<name>Ana Lopez</name>", "<name></name>", "authors", ("Bo Chen, Jr",)),
        ("abs/2611.10007v2", "abs/2611.10007", "version", 1),
        ("http://arxiv.org/abs/", "https://export.arxiv.org/abs/", "arxiv_id", "2611.10007"),
    ],
)
def test_what_an_entry_lacks_is_left_out(old, new, field, value):
    """The rest of the paper stays."""
    (paper,) = read_page(page(ENTRY.replace(old, new, 1)), URL).papers

    assert value == getattr(paper, field)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("http://arxiv.org/abs/2611.10007v2", "http://arxiv.org/abs/nonsense", "nonsense"),
        (
            "Half the Bits:\n  Pruning $k$-Caches when $a&lt;b$ &amp; &lt;i&gt; – café",
            "",
            "2611.10007",
        ),
    ],
    ids=["without id", "without title"],
)
def test_an_unusable_entry_is_named(old, new, named):
    """It is counted, so that a page is not taken for short."""
    told = read_page(page(ENTRY.replace(old, new, 1)), URL)

    assert ((), [True]) == (told.papers, [named in one for one in told.odd])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "answered with nothing"),
        (b"\n", "answered with nothing"),
        (b"Rate exceeded.", "no feed: b'Rate exceeded.'"),
        (b"<!DOCTYPE html><html></html>", "no feed"),
        (b'{"error": "later"}', "no feed"),
        (page(ERROR), "refused the question: incorrect id format for abc"),
        (page(ENTRY, ERROR), "refused the question: incorrect id format for abc"),
        (page(ENTRY, total=""), "does not say how many results"),
        (page(ENTRY, total="many"), "does not say how many results"),
        (page(ENTRY, total="-1"), "does not say how many results"),
    ],
)
def test_what_is_no_page_is_said_in_words(body, reason):
    """An error that looks like an entry is not a paper, at any status."""
    with pytest.raises(NoFeed, match=reason):
        read_page(body, URL)


def test_cut_anywhere_it_is_refused():
    """A page can be asked for again: nothing of a broken one is kept."""
    body = page(ENTRY)

    for end in range(0, body.rindex(b">"), 17):
        with pytest.raises(NoFeed):
            read_page(body[:end], URL)


def test_one_bad_byte_spoils_one_letter():
    """The accents of a page do not suffer from a damaged one among them."""
    body = page(ENTRY).replace("é".encode(), b"\xff", 1)

    assert ["– caf\ufffd"] == [paper.title[-6:] for paper in read_page(body, URL).papers]


# Counted by hand in the files: entries, and the total that the answer names.
CAPTURES = {
    "id_0000.0000_start0_max100.xml": (0, 0),
    "id_1605.08386_start0_max100.xml": (1, 1),
    "id_1707.08567_start0_max100.xml": (1, 1),
    "q_cs.RO-neural_start0_max2_2025-10-17_old-layout.xml": (2, 5_619),
    "q_testing_start0_max10.xml": (10, 214_881),
    "q_testing_start0_max15.xml": (15, 214_881),
    "q_testing_start10_max10.xml": (10, 214_881),
    "q_testing_start5_max10.xml": (10, 214_881),
    "q_testing_start5_max15.xml": (15, 214_881),
}
ERROR_PAGE = "id_abc_start0_max100.xml"


@pytest.mark.parametrize("name", CAPTURES)
def test_recorded_page(shared, name):
    """What the API really sent is read, in the layout of 2026 and in the one before."""
    told = read_page((shared / "wire" / "arxiv-api" / name).read_bytes(), URL)

    assert CAPTURES[name] == (len(told.papers), told.total)
    assert () == told.odd
    assert all(paper.published and paper.authors and paper.abstract for paper in told.papers)
    assert not any("\n" in paper.title for paper in told.papers)


def test_recorded_error(shared):
    """A malformed id is refused in arXiv's words."""
    with pytest.raises(NoFeed, match="refused the question: incorrect id format for abc"):
        read_page((shared / "wire" / "arxiv-api" / ERROR_PAGE).read_bytes(), URL)


def test_recorded_refusal(shared):
    """Plain text is no page."""
    with pytest.raises(NoFeed, match="no feed"):
        read_page((shared / "wire" / "arxiv-api" / "rate-limited.429.txt").read_bytes(), URL)


def test_every_recorded_page_is_looked_at(shared):
    """A new recording has to be counted."""
    files = {path.name for path in (shared / "wire" / "arxiv-api").glob("*.xml")}

    assert {*CAPTURES, ERROR_PAGE} == files
