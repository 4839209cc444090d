"""Works that a source only names wait until they are there, or given up."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from catalog.paper import Link
from catalog.sightings import Found, Sighting, Waiting
from catalog.store import Store
from config.secret import Secret
from crawler.items import Failure, PapersAnswer, Unchanged, WebAnswer
from crawler.plans import IdsPlan, PagePlan
from crawler.policy import OVERSPENT
from pipelines.discover.sources import (
    MAX_NAMED_PAGES,
    MAX_NAMED_PAPERS,
    Web,
    given_up_note,
    is_due,
    unanswered,
)
from tests.crawler.answers import setting
from tests.fakes import paper

START = datetime(2024, 11, 12, 6, tzinfo=UTC)
DAY = timedelta(days=1)
KNOWN, LATE = "arxiv:2411.07001", "arxiv:2411.07077"
PAGE = "link:https://example.org/page"


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path / "state" / "listkeeper.db")) as opened:
        yield opened


def sighting(key, at=START):
    address = key.removeprefix("link:").replace("arxiv:", "https://arxiv.org/abs/")
    return Sighting("hf_daily", key, at, "mention", 1, None, address)


def names(*keys):
    """The daily papers, which name these works."""
    named = tuple(sighting(key) for key in keys)
    return WebAnswer("hf_daily", "", ids=keys, named=named, total=len(keys))


def at_arxiv(*keys):
    """What arXiv's API answers: the papers it knows."""
    works = tuple(Found(paper(key.removeprefix("arxiv:")), sighting(key)) for key in keys)
    return PapersAnswer("arxiv_api", "papers", works)


def run(store, answer, *results, at=START, closed=False):
    """A run in which the daily papers answered so, and these the look-ups; what was asked, said."""
    web = Web(store, replace(setting(), now=at), Secret(""))
    web.asks_of.add("hf_daily")
    web.take(answer)
    plans = web.look_up(closed=closed)
    asked = [it for plan in plans if isinstance(plan, IdsPlan) for it in plan.ids]
    pages = [ask.key for plan in plans if isinstance(plan, PagePlan) for ask in plan.pages]
    web.looked_up(results)
    (report,) = web.conclude()
    return [*asked, *pages], report, web


def stored(store):
    return {work.key for work in store.works.all()}


def test_paper_that_arxiv_does_not_know_yet_is_asked_for_until_it_does(store):
    """Only what is stored counts as new, on the day on which it is stored."""
    today = names(KNOWN, LATE)
    _, first, _ = run(store, today, at_arxiv(KNOWN))
    asked, second, _ = run(store, today, at_arxiv(), at=START + DAY)
    _, third, _ = run(store, today, at_arxiv(LATE), at=START + 2 * DAY)
    quiet, fourth, _ = run(store, today, at_arxiv(), at=START + 3 * DAY)

    unknown = "1 of 2 named papers is not known at arXiv yet"
    assert ("OK", f"2 items, 1 new; {unknown}") == (first.word, first.reason)
    assert (["2411.07077"], "QUIET") == (asked, second.word)
    assert unknown in second.reason
    assert ("OK", "2 items, 1 new") == (third.word, third.reason)
    assert ([], "QUIET") == (quiet, fourth.word)
    assert {KNOWN, LATE} == stored(store)
    assert [1, 0, 1, 0] == [it.counts["new"] for it in (first, second, third, fourth)]


@pytest.mark.parametrize("later", [Unchanged("hf_daily", ""), names(KNOWN)], ids=["304", "gone"])
def test_paper_is_asked_for_also_when_the_source_shows_it_no_longer(store, later):
    run(store, names(KNOWN, LATE), at_arxiv(KNOWN))

    asked, report, _ = run(store, later, at_arxiv(LATE), at=START + DAY)

    assert (["2411.07077"], "OK", 1) == (asked, report.word, report.counts["new"])


def test_paper_is_given_up_after_two_weeks_and_that_is_said_once(store):
    notes, asked = [], []
    for day in range(18):
        some, _, web = run(store, names(LATE), at_arxiv(), at=START + day * DAY)
        asked.append(len(some))
        notes.append(given_up_note(web.given_up))

    assert [1] * 15 + [0] * 3 == asked
    said = "given up, named but not found: 2411.07077 (hf_daily: arXiv does not know it)"
    assert [None] * 14 + [said] + [None] * 3 == notes


@pytest.mark.parametrize(
    "results",
    [(), (Failure("arxiv_api", "papers", "HTTP 503"),), (Failure("page", "", "died"),)],
    ids=["nothing came", "arXiv failed", "the crawl died"],
)
def test_days_without_an_answer_do_not_count(store, results):
    """A paper is given up for what arXiv says, not for its silence."""
    for day in range(30):
        _, report, _ = run(store, names(LATE), *results, at=START + day * DAY)
        assert "1 named work left for the next run" in report.reason

    run(store, names(LATE), at_arxiv(LATE), at=START + 30 * DAY)

    assert {LATE} == stored(store)


@pytest.mark.parametrize(
    ("crowd", "fresh"),
    [
        ([f"arxiv:2411.0{n}" for n in range(8_000, 8_000 + MAX_NAMED_PAPERS)], "arxiv:2411.09999"),
        ([f"{PAGE}{n}" for n in range(MAX_NAMED_PAGES)], f"{PAGE}s"),
    ],
    ids=["papers", "pages"],
)
def test_works_that_do_not_exist_do_not_crowd_out_others(store, crowd, fresh):
    """A list that names hundreds of dead links must not keep a new paper waiting for weeks."""
    failures = [Failure("page", key, "answered with HTTP 404") for key in crowd]
    first, _, _ = run(store, names(*crowd), at_arxiv(), *failures)
    second, _, _ = run(store, names(*crowd, fresh), at_arxiv(), at=START + 2 * DAY)

    assert len(crowd) == len(first) == len(second)
    assert fresh.removeprefix("arxiv:") == second[0]


def test_arxiv_that_wants_no_more_questions_is_asked_another_day(store):
    assert [] == run(store, names(LATE), closed=True)[0]
    assert ["2411.07077"] == run(store, names(LATE), at_arxiv(), at=START + DAY)[0]


def test_paper_that_a_feed_brought_meanwhile_is_seen_where_it_was_named(store):
    run(store, names(LATE), at_arxiv())
    store.works.save([Found(paper("2411.07077"), replace(sighting(LATE), source="arxiv_rss"))])

    asked, report, _ = run(store, names(LATE), at=START + DAY)

    assert ([], "OK", []) == (asked, report.word, store.named.all())
    assert {"arxiv_rss", "hf_daily"} == {it.source for it in store.works.sighted(START.date())}


def test_run_killed_between_seeing_and_looking_up_loses_nothing(store):
    """What an answer names is kept together with what it shows."""
    killed = Web(store, replace(setting(), now=START), Secret(""))
    killed.take(names(LATE))

    asked, _, _ = run(store, Unchanged("hf_daily", ""), at_arxiv(LATE), at=START + DAY)

    assert (["2411.07077"], {LATE}) == (asked, stored(store))


def test_page_is_asked_for_ever_less_often(store):
    """And a budget that is spent says nothing about a page."""
    failure = Failure("page", PAGE, "answered with HTTP 404")
    asked = [day for day in range(20) if run(store, names(PAGE), failure, at=START + day * DAY)[0]]
    assert [0, 1, 3, 7, 15] == asked
    assert store.named.all()[0].given_up

    other = f"{PAGE}/other"
    spent = Failure("page", other, OVERSPENT, later=True)
    assert [[other]] * 3 == [run(store, names(other), spent)[0] for _ in range(3)]


def test_page_that_leads_to_another_work_is_had(store):
    """A renamed repository is stored under its new name, and not asked for every day."""
    there = Link("https://example.org/new", "page", "New")
    answer = WebAnswer("page", PAGE, (Found(there, sighting(there.key)),), (PAGE,))

    run(store, names(PAGE), answer)
    asked, _, web = run(store, names(PAGE), at=START + DAY)

    assert ([], {there.key}, []) == (asked, stored(store), web.given_up)


def test_address_that_must_not_be_asked_is_given_up_at_once(store):
    _, _, web = run(store, names("link:https://localhost/page"))

    assert 1 == len(web.given_up)
    assert web.given_up[0].given_up


@pytest.mark.parametrize("wrong", [DAY * 365, -DAY * 365], ids=["ahead", "behind"])
def test_clock_that_was_wrong_once_gives_nothing_up(wrong):
    waiting = unanswered(Waiting("hf_daily", sighting(LATE)), "unknown", START)
    waiting = unanswered(waiting, "unknown", START + wrong)

    for day in range(1, 8):
        assert is_due(waiting, START + day * DAY)
        waiting = unanswered(waiting, "unknown", START + day * DAY)

    assert not waiting.given_up
