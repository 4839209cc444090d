"""arXiv's OAI-PMH: records of both formats, errors with status 200, and what a record announces."""

from datetime import UTC, date, datetime

import pytest

from crawler.parsers.arxiv import NoFeed
from crawler.parsers.oai import NO_RECORDS, read_records
from crawler.plans import OaiPlan
from crawler.spiders.arxiv_oai import first_day, found_of, set_of

NOW = datetime(2024, 11, 15, 6, 47, tzinfo=UTC)
PLAN = OaiPlan("https://oaipmh.arxiv.org", ("cs.CL",), date(2024, 11, 7), frozenset(), NOW)
START = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
RAW = 'xmlns="http://arxiv.org/OAI/arXivRaw/"'
PLAIN = 'xmlns="http://arxiv.org/OAI/arXiv/"'
V1, V2 = "Thu, 07 Nov 2024 18:41:00 GMT", "Tue, 12 Nov 2024 10:00:00 GMT"


def page(*records, token=""):
    return f"{START}<ListRecords>{''.join(records)}{token}</ListRecords></OAI-PMH>".encode()


def record(arxiv_id="2411.04965", *versions, stamp="2024-11-08", authors="Ada Lovelace", more=""):
    dates = "".join(
        f'<version version="v{number}"><date>{sent}</date><size>9kb</size></version>'
        for number, sent in enumerate(versions or (V1,), 1)
    )
    return (
        f"<record><header><identifier>oai:arXiv.org:{arxiv_id}</identifier>"
        f"<datestamp>{stamp}</datestamp></header><metadata><arXivRaw {RAW}><id>{arxiv_id}</id>"
        f"{dates}<title>Four\n  Bits</title><authors>{authors}</authors>"
        f"<categories>cs.CL cs.LG</categories>{more}<abstract>  We\nround.</abstract></arXivRaw>"
        "</metadata></record>"
    )


def only(body):
    (one,) = read_records(body).records
    return one


def test_raw_record_tells_its_versions():
    """Version 1 is when it was sent, the last one what it says now."""
    one = only(page(record("2411.04965", V1, V2, stamp="2024-11-13")))

    paper = one.paper
    assert ("2411.04965", 2, "Four Bits", "We round.") == (
        paper.arxiv_id,
        paper.version,
        paper.title,
        paper.abstract,
    )
    assert ("cs.CL", "cs.LG") == paper.categories
    assert datetime(2024, 11, 7, 18, 41, tzinfo=UTC) == paper.published
    assert date(2024, 11, 13) == one.stamp


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ("Ada Lovelace and Bo Chen Jr", ("Ada Lovelace", "Bo Chen Jr")),
        ("A. Sandberg, B. And, and C. Land", ("A. Sandberg", "B. And", "C. Land")),
        (r"Jos\'e Li (Univ. of X, Y and Z), D. E", (r"Jos\'e Li", "D. E")),
        ("", ()),
    ],
)
def test_authors_are_names(told, names):
    assert names == only(page(record(authors=told))).paper.authors


def test_plain_record_has_an_element_for_each_name():
    """The format without versions: family names last, and nothing about when it was sent."""
    body = page(
        "<record><header><identifier>oai:arXiv.org:2411.04965</identifier>"
        f"<datestamp>2024-11-08</datestamp></header><metadata><arXiv {PLAIN}><id>2411.04965</id>"
        "<created>2024-11-07</created><authors><author><keyname>Li</keyname><forenames>Jo"
        "</forenames><suffix>Jr</suffix></author></authors><title>T</title></arXiv></metadata>"
        "</record>"
    )

    one = only(body)

    assert (("Jo Li Jr",), None, ()) == (one.paper.authors, one.paper.published, one.versions)
    assert date(2024, 11, 8) == first_day(one, PLAN)


def test_list_ends_without_a_token_and_with_an_empty_one():
    full = '<resumptionToken expirationDate="2024-11-16">verb%3DListRecords</resumptionToken>'

    assert "verb%3DListRecords" == read_records(page(record(), token=full)).token
    assert read_records(page(record(), token="<resumptionToken/>")).token is None
    assert read_records(page(record())).token is None


def test_deleted_and_useless_records_are_named():
    deleted = (
        '<record><header status="deleted"><identifier>oai:arXiv.org:2411.00001</identifier>'
        "<datestamp>2024-11-08</datestamp></header></record>"
    )

    told = read_records(page(deleted, record("2411.99"), record()))

    assert ["2411.04965"] == [one.paper.arxiv_id for one in told.records]
    assert ("oai:arXiv.org:2411.00001: deleted", "oai:arXiv.org:2411.99: without id") == told.odd


def test_error_comes_with_status_200():
    body = f"{START}<error code='noRecordsMatch'>Nothing\n there.</error></OAI-PMH>".encode()

    told = read_records(body)

    assert (NO_RECORDS, "Nothing there.", ()) == (told.error, told.message, told.records)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>One moment, please</body></html>",
        b"not XML",
        page(record())[:-40],
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + page(record()),
        f"{START}</OAI-PMH>".encode(),
        b'{"status": "ok"}',
    ],
    ids=["empty", "web-page", "text", "cut", "entities", "nothing-in-it", "json"],
)
def test_anything_else_is_no_answer(body):
    with pytest.raises(NoFeed):
        read_records(body)


@pytest.mark.parametrize(
    ("told", "kind", "version", "day"),
    [
        pytest.param(record(), "new", 1, date(2024, 11, 8), id="new"),
        pytest.param(record(stamp="2024-11-13"), "new", 1, date(2024, 11, 13), id="held"),
        pytest.param(
            record("2411.04965", V1, V2, stamp="2024-11-13"), "new", 1, date(2024, 11, 8), id="both"
        ),
        pytest.param(
            record("2409.01234", "Mon, 02 Sep 2024 10:00:00 GMT", V2, stamp="2024-11-13"),
            *("replace", 2, date(2024, 11, 13)),
            id="replaced",
        ),
        pytest.param(
            record("2409.01234", "Mon, 02 Sep 2024 10:00:00 GMT", stamp="2024-11-13"),
            *("cross", 1, date(2024, 11, 13)),
            id="cross-listed",
        ),
        pytest.param(
            record(
                *("2409.01234", "Mon, 02 Sep 2024 10:00:00 GMT", "Mon, 16 Sep 2024 10:00:00 GMT"),
                stamp="2024-11-13",
            ),
            *("cross", 2, date(2024, 11, 13)),
            id="cross-listed-later",
        ),
        pytest.param(record(stamp="2024-11-10"), "new", 1, date(2024, 11, 8), id="on-a-sunday"),
    ],
)
def test_record_is_read_as_the_feed_would_have_shown_it(told, kind, version, day):
    """What changed since the first missing day: new, replaced, or cross-listed."""
    found = found_of(only(page(told)), PLAN)

    seen = found.sighting
    assert (kind, version, day) == (seen.announce_type, seen.version, seen.announced)
    assert (None if kind == "replace" else day) == found.work.announced


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("cs.CL", "cs:cs:CL"),
        ("stat.ML", "stat:stat:ML"),
        ("hep-th", "physics:hep-th"),
        ("physics.optics", "physics:physics:optics"),
        ("math.NA", "math:math:NA"),
        ("cs", "cs"),
    ],
)
def test_sets_have_arxivs_names(category, name):
    assert name == set_of(category)


def test_captured_records(shared):
    """The recorded answers: as many records as the files have, and their errors by name."""
    folder = shared / "wire" / "arxiv-oai"
    told = {path.name: read_records(path.read_bytes()) for path in sorted(folder.glob("*.xml"))}

    for path in folder.glob("listrecords-*.xml"):
        assert path.read_bytes().count(b"<record>") == len(told[path.name].records) > 0
    assert "TOKEN-PAGE-2" == told["listrecords-arXivRaw-2026-09-15.xml"].token
    assert ["cannotDisseminateFormat", NO_RECORDS] == [
        one.error for one in told.values() if one.error
    ]
