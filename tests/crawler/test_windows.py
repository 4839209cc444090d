"""A window of days is read page by page, and believed only with proof."""

from dataclasses import replace
from datetime import date

import pytest

from crawler.items import trouble_of, works_of
from crawler.process import crawl
from tests.crawler.crawling import manners, missing, sandbox, world

__all__ = ["manners", "sandbox", "world"]


def test_a_window_is_read_page_by_page(sandbox, manners):
    """All that was submitted for the missing days, oldest first, each paper once."""
    plan = missing(sandbox, 4, date(2024, 11, 8), date(2024, 11, 11))

    told = list(crawl([plan], manners))

    found = [item for batch in told for item in works_of(batch)]
    total = told[0].total
    assert [None] * len(told) == [trouble_of(batch) for batch in told]
    assert total == len({item.work.key for item in found}) == len(found) > 8
    starts = [visit["query"]["start"] for visit in sandbox.seen()]
    assert [str(start) for start in range(0, total, 4)] == starts
    assert sorted(item.work.published for item in found) == [i.work.published for i in found]
    assert {"new"} == {item.sighting.announce_type for item in found}
    assert {date(2024, 11, 8), date(2024, 11, 11)} == {item.work.announced for item in found}
    assert {"(cat:cs.CL OR cat:cs.LG) AND submittedDate:[202411061900 TO 202411081900]"} == {
        visit["query"]["search_query"] for visit in sandbox.seen()
    }


def test_a_falsely_empty_page_is_asked_for_once_more(sandbox, manners):
    """Nothing at all in a week is not believed, the second time neither."""
    nothing = replace(missing(sandbox, 4, date(2024, 11, 11)), categories=("q-fin.TR",))

    (batch,) = crawl([nothing], manners)

    assert "says that nothing was submitted at all, twice" == trouble_of(batch)
    assert ["4", "4", "1"] == [visit["query"]["max_results"] for visit in sandbox.seen()]


def test_a_window_without_papers_is_proved_by_the_newest_before(sandbox, manners):
    """Small categories have such weeks; a page that holds an older paper is not falsely empty."""
    nothing = replace(missing(sandbox, 4, date(2024, 11, 11)), categories=("cs.CR",))

    (batch,) = crawl([nothing], manners)

    assert (None, 0, date(2024, 11, 4)) == (trouble_of(batch), batch.total, batch.newest)


def test_an_empty_window_is_not_believed_beside_a_paper_in_it(sandbox, manners):
    """Two pages were falsely empty, and the third is not."""
    sandbox.set_fault("api", "no-entries", times=2)

    (batch,) = crawl([missing(sandbox, 4, date(2024, 11, 11))], manners)

    trouble = trouble_of(batch)
    assert "says that nothing was submitted at all, twice, but knows a paper of 8 Nov" in trouble


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("html-200", "HTTP 200: answered with something that is no feed"),
        ("truncate-xml", "HTTP 200: is not well-formed"),
        ("empty-200", "HTTP 200: answered with nothing"),
        ("503", "HTTP 503 (no reason given), 3 times"),
    ],
)
def test_a_broken_window_is_no_window(sandbox, manners, fault, trouble):
    """Whatever is wrong with a page, its papers are not taken for all there are."""
    sandbox.set_fault("api", fault)

    (batch,) = crawl([missing(sandbox, 4, date(2024, 11, 11))], manners)

    assert trouble_of(batch).startswith(trouble)
    assert () == works_of(batch)


@pytest.mark.long
def test_a_window_with_more_than_can_be_reached_is_cut(sandbox, manners):
    """Halves, as often as it takes, and together all of it."""
    plan = missing(sandbox, 4, date(2024, 11, 8), date(2024, 11, 11))

    whole = {item.work.key for batch in crawl([plan], manners) for item in works_of(batch)}
    told = list(crawl([replace(plan, deepest=5)], manners))

    assert whole == {item.work.key for batch in told for item in works_of(batch)}
    assert {None} == {trouble_of(batch) for batch in told}
    deepest = max(int(visit["query"]["start"]) for visit in sandbox.seen()[-len(told) :])
    assert deepest <= 4
