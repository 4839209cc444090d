"""A paper that makes arXiv's query API refuse every list it is in costs the others nothing."""

import pytest

from catalog.paper import paper_key
from crawler.items import Failure, PapersAnswer
from crawler.plans import IdsPlan
from crawler.process import crawl
from crawler.spiders.arxiv_api import MAX_UNANSWERED
from tests.crawler.answers import NOW

IDS = ("2411.04965", "2411.03350", "2411.02355", "2411.05882", "2411.05282", "2411.04330")
BAD = "2411.02355"


@pytest.fixture
def ask(sandbox, manners):
    """The keys of the papers that came, the failures, and how many ids each request had."""

    def crawled(fault, ids=IDS, alone=()):
        sandbox.set_fault("api", fault)
        items = list(crawl([IdsPlan(sandbox.url, ids, NOW, alone)], manners))
        sandbox.set_fault("api", None)
        papers = {
            it.work.key for item in items if isinstance(item, PapersAnswer) for it in item.works
        }
        failures = [item for item in items if isinstance(item, Failure)]
        lists = [visit["query"]["id_list"].split(",") for visit in sandbox.seen()]
        return papers, failures, [len(names) for names in lists]

    return crawled


def test_the_list_is_halved_until_the_paper_is_alone(ask):
    """Three attempts for the list, one for each part, two for the paper."""
    all_papers, none, _ = ask(None)
    papers, failures, lists = ask(f"refuses={BAD}")

    assert [] == none
    assert all_papers - {paper_key(BAD)} == papers
    (failure,) = failures
    assert paper_key(BAD) == failure.part
    told = "arXiv refuses it alone (HTTP 500 (Internal Server Error), 2 times)"
    assert told == failure.reason
    assert len(lists[1:]) <= 12


def test_an_answer_that_cannot_be_read_is_asked_for_in_halves_too(ask):
    all_papers, none, _ = ask(None)
    papers, failures, lists = ask(f"garbles={BAD}")

    assert [] == none
    assert all_papers - {paper_key(BAD)} == papers
    assert [paper_key(BAD)] == [failure.part for failure in failures]
    assert "arXiv refuses it alone (HTTP 200: " in failures[0].reason
    assert len(lists[1:]) <= 12


def test_a_paper_that_was_refused_is_asked_about_apart(ask):
    others = tuple(name for name in IDS if name != BAD)

    papers, failures, lists = ask(f"refuses={BAD}", others, (BAD,))

    assert {paper_key(name) for name in others} >= papers
    assert [paper_key(BAD)] == [failure.part for failure in failures]
    assert {5, 1} == set(lists)


@pytest.mark.parametrize("fault", ["500", "html-200", "json-200", "empty-200"])
def test_where_nothing_is_answered_arxiv_fails(ask, fault):
    """No paper is blamed, and arXiv is soon left alone."""
    papers, failures, lists = ask(fault)

    assert set() == papers
    assert ["papers"] == [failure.part for failure in failures]
    assert len(lists) <= MAX_UNANSWERED + 1 + 2 * len(IDS)


@pytest.mark.parametrize("fault", ["403", "429-retry-after=3600"])
def test_a_service_that_wants_no_requests_gets_no_halves(ask, fault):
    _, failures, lists = ask(fault)

    assert ["papers"] == [failure.part for failure in failures]
    assert [len(IDS)] == lists
