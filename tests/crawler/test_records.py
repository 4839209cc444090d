"""Records of changes and papers by their ids are read page by page."""

from datetime import date

import pytest

from crawler.items import trouble_of, works_of
from crawler.process import crawl
from sandbox.process import running
from tests.crawler.crawling import SCALE, TUESDAY, changed, manners, papers, polite, sandbox, world

__all__ = ["manners", "sandbox", "world"]


@pytest.fixture(scope="module")
def pages():
    """The outside world with records three a page."""
    with running(now=TUESDAY, speed=1 / SCALE, profile={"oai_page": 3}) as sandbox:
        yield sandbox


def test_records_are_read_page_by_page(pages, tmp_path):
    """Each set to its end, by the tokens, which are sent alone."""
    pages.set_clock(TUESDAY)
    pages.forget_seen()

    told = list(crawl([changed(pages, date(2024, 11, 11))], polite(pages, tmp_path)))

    assert {None} == {trouble_of(batch) for batch in told}
    assert {"cs.CL", "cs.LG"} == {batch.part for batch in told}
    found = {item.work.arxiv_id for batch in told for item in works_of(batch)}
    # Cross-listed that day, and replaced that day.
    assert len(found) > 15
    assert "2410.20399" in found
    resumed = [visit["query"] for visit in pages.seen() if "resumptionToken" in visit["query"]]
    assert len(resumed) > 3
    assert {("verb", "resumptionToken")} == {tuple(query) for query in resumed}


def test_token_that_died_makes_the_list_begin_anew(pages, tmp_path):
    """Tokens live until midnight: all the records nevertheless, and no trouble, once."""
    pages.forget_seen()
    pages.set_fault("oai", "dead-token", times=2)
    plan = changed(pages, date(2024, 11, 11), "cs.CL")

    told = list(crawl([plan], polite(pages, tmp_path)))

    assert 2 == sum("from" in visit["query"] for visit in pages.seen())
    assert {None} == {trouble_of(batch) for batch in told}

    pages.set_fault("oai", "dead-token")
    told = list(crawl([plan], polite(pages, tmp_path)))
    pages.set_fault("oai", None)

    assert trouble_of(told[-1]).startswith("refused: badResumptionToken")


def test_empty_list_is_no_failure_and_a_refusal_is_one(sandbox, manners):
    """Errors come with status 200: nothing there, or something wrong with the question."""
    wrong = changed(sandbox, date(1999, 1, 1), "cs.CL")

    (nothing,) = crawl([changed(sandbox, date(2024, 11, 11), "q-fin.TR")], manners)
    (refused,) = crawl([wrong], manners)

    assert (None, ()) == (trouble_of(nothing), works_of(nothing))
    assert trouble_of(refused).startswith("refused: badArgument (")


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("html-200", "answered with a document type of its own"),
        ("truncate-xml", "is not well-formed"),
        ("503", "HTTP 503 (no reason given), 3 times"),
    ],
)
def test_broken_records_are_no_records(sandbox, manners, fault, trouble):
    sandbox.set_fault("oai", fault)

    (batch,) = crawl([changed(sandbox, date(2024, 11, 11), "cs.CL")], manners)
    sandbox.set_fault("oai", None)

    assert trouble in trouble_of(batch)
    assert () == works_of(batch)


def test_papers_are_asked_for_by_their_ids(sandbox, manners):
    """All in one question; one that arXiv does not know is simply not there."""
    (batch,) = crawl([papers(sandbox, "2411.04965", "2411.00001", "2406.11235")], manners)

    assert {"2411.04965", "2406.11235"} == {item.work.arxiv_id for item in works_of(batch)}
    assert {("mention", None)} == {
        (item.sighting.announce_type, item.sighting.announced) for item in works_of(batch)
    }
    assert (1, None) == (len(sandbox.seen()), trouble_of(batch))


def test_a_malformed_id_is_said(sandbox, manners):
    """arXiv refuses the question that has it, in its own words; the other paper comes alone."""
    found, refused = crawl([papers(sandbox, "2411.04965", "abc")], manners)

    assert ["2411.04965"] == [item.work.arxiv_id for item in works_of(found)]
    assert "incorrect id format for abc" in trouble_of(refused)
