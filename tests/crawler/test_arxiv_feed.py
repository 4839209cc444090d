"""A feed is read as arXiv means it, and what is no whole feed says so."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsers.arxiv import NoFeed, read_feed
from crawler.parsers.names import split_names
from tests.crawler.feeds import DAY, NOW, Item, atom, found, rss

CASES = Path(__file__).parents[1] / "cases" / "feeds"
URL = "https://rss.arxiv.org/rss/cs.CL"
KINDS = {"rss": rss, "atom": atom}
ACCENTS = (
    Item("2411.10001v1", "Café – quantisation of $a<b$", abstract="At ≥ 1 bit & <b> 2 bits."),
    Item("2411.10002v1", "Plain", kind="cross", names="王小明, José Núñez"),
    Item("2411.10003v2", "Third", kind="replace", abstract="中文 &amp; 𝒪(n²)"),
)
TITLES = {
    "tex": r"\textbf{FLOP}s: $\mathcal{O}(n^2)$, Schr\"odinger and Caf\'e",
    "less-than": "When $a<b$ and $b>c$, x<y",
    "script": "<script>alert('KV cache')</script> of <b>Bold</b>",
    "link": "x](javascript:alert(1)) [y | z `",
    "entity": "Q&A &amp; more &lt;i&gt; than once",
    "bidi": "Small \u202eesrever\u202c Models\u2066",
    "comment": "<!-- [//]: # --> # Heading @everyone #12",
    "doctype": "A ]]> B <![CDATA[ C",
    "path": "file:///etc/hostname",
}


def read(body, content_type="application/rss+xml"):
    return read_feed(body, content_type, URL, source="arxiv_rss", now=NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_all_fields_are_read(kind):
    """Every element that arXiv documents ends in its field; the label of the abstract does not."""
    item = Item(
        "2411.10007v1",
        "Half the Bits: Pruning $k$-Caches",
        abstract="We study caches\nwith < 2 bits.",
        names="Ana Lopez (Univ. A, Lab (B, C)), Bo Chen Jr",
        more="<arxiv:DOI>10.5802/jep.257</arxiv:DOI>"
        "<arxiv:journal_reference>J. \\'Ecole 11 (2024)</arxiv:journal_reference>",
    )

    feed = read(KINDS[kind](item))

    expected = found(
        item,
        abstract="We study caches with < 2 bits.",
        doi="10.5802/jep.257",
        journal_ref="J. \\'Ecole 11 (2024)",
    )
    assert (expected,) == feed.works
    assert (("2411.10007v1",), DAY, None, ()) == (feed.ids, feed.day, feed.broken, feed.odd)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_a_title_is_data(kind, title):
    """TeX, tags and signs of Markdown are kept as the author sent them."""
    item = Item("2411.10001v1", title, abstract=f"Of {title}.")

    assert (found(item),) == read(KINDS[kind](item)).works


@pytest.mark.parametrize("announced", ["new", "cross", "replace", "replace-cross"])
def test_only_a_first_announcement_dates_a_paper(announced):
    """A replacement says that it was seen today, and nothing of the paper's own day."""
    feed = read(rss(Item("2411.10001v2", "Again", kind=announced)))

    dated = DAY if announced in {"new", "cross"} else None
    assert [(announced, 2, DAY, dated)] == [
        (
            one.sighting.announce_type,
            one.sighting.version,
            one.sighting.announced,
            one.work.announced,
        )
        for one in feed.works
    ]


@pytest.mark.parametrize(
    ("creator", "names"),
    [
        ("Ana Lopez", ["Ana Lopez"]),
        ("Ana Lopez, Bo Chen Jr", ["Ana Lopez", "Bo Chen Jr"]),
        ("Ana (Univ. A, Lab B), Bo (C)", ["Ana", "Bo"]),
        ("Ana (U (A, B), C), Bo", ["Ana", "Bo"]),
        ("Ana (never closed, Bo", ["Ana", "Bo"]),
        ("Jing (Jane) Wu, Bo (B) Li (Lab, C)", ["Jing (Jane) Wu", "Bo (B) Li"]),
        ("Ana [Univ. A, Lab B], Bo （某大学）", ["Ana", "Bo"]),
        ("Ana (1), Bo (2) ((1) Univ. A, (2) Univ. B)", ["Ana", "Bo"]),
        ("(GLM Team), Bo", ["(GLM Team)", "Bo"]),
        ("Ana) and so on, Bo", ["Ana and so on", "Bo"]),
        ("  Ana\n  Lopez ,, Bo,", ["Ana Lopez", "Bo"]),
        ("Paulo Andr\\'e Lima de Castro", ["Paulo Andr\\'e Lima de Castro"]),
        ("", []),
    ],
)
def test_names_are_split_outside_parentheses(creator, names):
    """A comma within an affiliation separates nobody."""
    assert names == list(split_names(creator))


@given(st.lists(st.text("abcé (.-", min_size=1).map(str.strip), max_size=5))
def test_names_never_hold_an_affiliation(affiliations):
    """Whatever stands in closed parentheses, the names are the same."""
    inner = [text.replace("(", "") for text in affiliations]
    creator = ", ".join(f"Name {n} ({text}, {text})" for n, text in enumerate(inner))

    assert [f"Name {n}" for n in range(len(inner))] == list(split_names(creator))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "answered with nothing"),
        (b" \r\n\t", "answered with nothing"),
        (b"<!DOCTYPE html>\n<html><body>One moment</body></html>", "a web page, not a feed"),
        (b"<html><head></head></html>", "a web page, not a feed"),
        (b'{"status": "ok"}', "JSON, not a feed"),
        (b"[]", "JSON, not a feed"),
        (b"Rate exceeded.", "something else, not a feed"),
        (b"/etc/hostname", "something else, not a feed"),
        (b"<p>Please name an archive, as in /rss/cs.CL.</p>", "something else, not a feed"),
        (
            rss().replace(b"cs.CL updates on arXiv.org", b"Feed error for query: cs.LLM"),
            "answered with an error",
        ),
    ],
)
def test_what_is_no_feed_is_said_in_words(body, reason):
    """A body of another kind is never a day without papers."""
    with pytest.raises(NoFeed, match=reason):
        read(body)


def test_a_feed_without_items_is_a_feed():
    """On a Saturday the whole channel comes, without items."""
    feed = read(rss())

    assert ((), (), None, None) == (feed.works, feed.ids, feed.day, feed.broken)


def cuts(body):
    """Some bytes apart, and within every letter that is more than one byte."""
    within = [place for place in range(len(body)) if body[place] & 0xC0 == 0x80]
    return sorted({*range(0, len(body), 11), *within})


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_cut_anywhere_it_shows_only_papers_of_the_whole(kind):
    """However short a feed breaks off: no half paper, no misread letter, and it says so."""
    body = KINDS[kind](*ACCENTS)
    whole = read(body).works
    most = 0

    for end in cuts(body[: body.rindex(b"</")]):
        try:
            feed = read(body[:end])
        except NoFeed:
            continue
        assert whole[: len(feed.works)] == feed.works, end
        assert "is not well-formed" in (feed.broken or ""), end
        most = max(most, len(feed.works))

    assert 2 == most
    assert 3 == len(whole)


def test_cut_within_a_letter_it_keeps_a_single_accent():
    """One accent before the break is enough to know the charset."""
    body = rss(Item("2411.10001v1", "Café"), Item("2411.10002v1", "Naïve"))
    end = body.index("ï".encode()) + 1

    assert ["Café"] == [one.work.title for one in read(body[:end]).works]


def test_one_bad_byte_spoils_one_letter():
    """A damaged letter does not turn all others into those of another charset."""
    body = rss(Item("2411.10001v1", "Café – naïve"), Item("2411.10002v1", "Résumé"))
    bad = body.replace("ï".encode(), b"\xff")

    assert ["Café – na\ufffdve", "Résumé"] == [one.work.title for one in read(bad).works]


@pytest.mark.parametrize(
    ("charset", "content_type"),
    [
        ("utf-8", "application/rss+xml"),
        ("utf-8", "application/rss+xml; charset=iso-8859-1"),
        ("utf-8-sig", "application/rss+xml"),
        ("cp1252", "application/rss+xml"),
        ("utf-8", "text/html"),
        ("utf-8", ""),
    ],
)
def test_text_is_right_whatever_the_charset_is_said_to_be(charset, content_type):
    """A feed that is another charset than it says is read as what it is."""
    item = Item("2411.10001v1", "Résumé – “quoted” café")
    body = rss(item).decode().encode(charset)

    feed = read(body, content_type)

    assert ([found(item).work.title], None) == ([one.work.title for one in feed.works], feed.broken)


def test_a_paper_that_stands_twice_is_found_once():
    """Two items of one version are one paper; another version is another sighting."""
    one, two = Item("2411.10001v1", "One"), Item("2411.10001v2", "Two", kind="replace")

    feed = read(rss(one, one, two))

    assert ("2411.10001v1", "2411.10001v2") == feed.ids
    assert (found(one), found(two)) == feed.works


ODD = {
    "title-missing": (b"<title>Odd</title>", b"", "an item without title"),
    "title-blank": (b"<title>Odd</title>", b"<title> </title>", "an item without title"),
    "title-long": (b"<title>Odd", b"<title>" + b"x" * 5_001, "5001 characters of title"),
    "abstract-long": (b"We study caches.", b"y" * 100_001, "100001 of abstract"),
    "id-nonsense": (b"2411.10009", b"nonsense", "an item without id"),
    "type-unknown": (b"announce_type>new<", b"announce_type>newest<", "announced as 'newest'"),
    "type-empty": (b"announce_type>new<", b"announce_type><", "announced as ''"),
}


@pytest.mark.parametrize(("old", "new", "reason"), ODD.values(), ids=ODD)
def test_an_unusable_item_is_counted_and_named(old, new, reason):
    """An item without id or title is a fault of the feed, not a paper; the others are kept."""
    good, odd = Item("2411.10001v1", "Good"), Item("2411.10009v1", "Odd")

    first, last = rss(good, odd).rsplit(b"<item>", 1)
    feed = read(first + b"<item>" + last.replace(old, new))

    assert (found(good),) == feed.works
    assert [True] == [reason in said for said in feed.odd]
    assert feed.broken is None


def test_the_link_names_a_paper_whose_guid_does_not():
    """Without a readable guid the version is unknown, and the first is meant."""
    body = rss(Item("2411.10009v1", "Odd")).replace(b"oai:arXiv.org:2411.10009v1", b"item 9")

    assert ("2411.10009",) == read(body).ids


def test_the_day_is_that_of_the_newest_item():
    """The channel's own dates say when it was built; the items say what it is."""
    body = rss(Item("2411.10001v1", "Old"))
    stale = body.replace(
        b"Tue, 12 Nov 2024 00:00:00 -0500</pubDate>\n      <arxiv",
        b"Mon, 11 Nov 2024 00:00:00 -0500</pubDate>\n      <arxiv",
    )

    assert DAY - timedelta(days=1) == read(stale).day


@pytest.mark.parametrize("said", ["", "yesterday", "Tue, 99 Nov 2024", "2024-13-01", "0"])
def test_an_unreadable_date_is_no_date(said):
    """A paper without a readable date is still a paper."""
    body = rss(Item("2411.10001v1", "One")).replace(
        b"Tue, 12 Nov 2024 00:00:00 -0500", said.encode()
    )

    feed = read(body)

    assert (None, ("2411.10001v1",)) == (feed.day, feed.ids)


BOMBS = {
    "laughs": b'<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "'
    + b"&a;" * 1000
    + b'"><!ENTITY c "'
    + b"&b;" * 1000
    + b'">]><rss version="2.0"><channel><item><title>&c;</title>'
    b"<guid>oai:arXiv.org:2411.10001v1</guid></item></channel></rss>",
    "nested": b'<rss version="2.0"><channel>' + b"<a>" * 900,
    "external": b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0">'
    b"<channel><item><title>&x;</title><guid>oai:arXiv.org:2411.10001v1</guid></item>"
    b"</channel></rss>",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_hostile_xml_brings_no_paper(body):
    """Entities that grow, that open files, and endless nesting end in nothing found."""
    feed = read(body)

    assert () == feed.works
    assert feed.broken or feed.odd
    assert "root" not in repr(feed)


CASE_FOLDERS = sorted(folder.name for folder in CASES.iterdir() if folder.is_dir())


@pytest.mark.parametrize("name", CASE_FOLDERS)
def test_case(name):
    """A folder of cases: what a feed as it was sent must be read as."""
    folder = CASES / name
    expected = json.loads((folder / "expect.json").read_text("utf-8"))

    feed = read((folder / "feed.xml").read_bytes())

    papers = {one.sighting.raw_link: one for one in feed.works}
    shown = {
        "day": feed.day and feed.day.isoformat(),
        "broken": feed.broken is not None,
        "odd": len(feed.odd),
        "types": {link: one.sighting.announce_type for link, one in papers.items()},
        "titles": {link: one.work.title for link, one in papers.items()},
        "authors": {link: list(one.work.authors) for link, one in papers.items()},
    }
    assert expected == shown


def test_every_case_is_used():
    """A folder is a feed and what is expected of it, and nothing else lies about."""
    files = {path.relative_to(CASES).as_posix() for path in CASES.rglob("*") if path.is_file()}

    assert {f"{n}/{f}" for n in CASE_FOLDERS for f in ("feed.xml", "expect.json")} == files


# Counted by hand in the files: items, the day they carry, and whether the feed is whole.
CAPTURES = {
    "RECONSTRUCTED-rss-cs.CL-2024-11-09-empty-weekend.xml": (0, None, True),
    "RECONSTRUCTED-rss-cs.CL-2024-12-19.xml": (87, date(2024, 12, 19), True),
    "RECONSTRUCTED-rss-cs.CL-2024-12-20.xml": (83, date(2024, 12, 20), True),
    "RECONSTRUCTED-rss-cs.CL-2024-12-30.xml": (66, date(2024, 12, 30), True),
    "atom-cs.AI-2025-08-20-7entries.xml": (7, date(2025, 8, 20), True),
    "atom-cs.AI-2025-08-20-TRUNCATED-short.xml": (10, date(2025, 8, 20), False),
    "rss-cs.AI-2025-09-22-TRUNCATED.xml": (0, None, False),
    "rss-cs.AI-2026-04-27-first3.xml": (3, date(2026, 4, 27), True),
    "rss-cs.CL-2026-04-27-first3.xml": (3, date(2026, 4, 27), True),
    "rss-docs-example-doi-jref-replace-cross.xml": (1, date(2024, 8, 23), True),
}
ERROR_FEED = "ASSEMBLED-rss-error-cs.LLM.400.xml"


@pytest.mark.parametrize("name", CAPTURES)
def test_recorded_feed(shared, name):
    """What arXiv really sent is read: every item of it, without an odd one."""
    feed = read((shared / "wire" / "arxiv-rss" / name).read_bytes())

    assert CAPTURES[name] == (len(feed.works), feed.day, feed.broken is None)
    assert () == feed.odd


def test_recorded_error_feed(shared):
    """The feed of a category that does not exist is an error, with arXiv's own words."""
    with pytest.raises(NoFeed, match="answered with an error: Bad subject class 'LLM'"):
        read((shared / "wire" / "arxiv-rss" / ERROR_FEED).read_bytes())


def test_every_recorded_feed_is_looked_at(shared):
    """A new recording has to be counted."""
    files = {path.name for path in (shared / "wire" / "arxiv-rss").glob("*.xml")}

    assert {*CAPTURES, ERROR_FEED} == files


@pytest.mark.parametrize("reference", ["&#xD800;", "&#xdfff;", "&#55296;"])
def test_half_a_sign_does_not_stop_the_feed(reference):
    """A reference to a lone surrogate becomes a sign for what cannot be read; the rest is read."""
    body = (
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0' "
        "xmlns:arxiv='http://arxiv.org/schemas/atom'><channel><title>t</title><item>"
        f"<title>Half {reference} Sign</title><guid>oai:arXiv.org:2411.00001v1</guid>"
        "<arxiv:announce_type>new</arxiv:announce_type></item></channel></rss>"
    )

    feed = read_feed(body.encode(), "text/xml", "https://x.org", source="arxiv_rss", now=NOW)

    assert ["Half \N{REPLACEMENT CHARACTER} Sign"] == [item.work.title for item in feed.works]
