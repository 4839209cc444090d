"""A paper that makes a service refuse every list it is in is found, and the others are answered."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.facts import Fact, Miss
from pipelines.enrich.bisection import MAX_REFUSALS, MAX_UNANSWERED, ask_in_halves
from pipelines.enrich.client import RequestFailed, not_understood
from tests.fakes import NOW, paper

PAPERS = [paper(f"2411.{number:05}") for number in range(1, 501)]
WITNESS = paper("2410.00001")


class Service:
    """Answers about papers, unless a list has one of ``bad``; remembers how long the lists were."""

    source, refused, client = "semanticscholar", "", None

    def __init__(self, bad=(), trouble=None, after=1_000):
        self.bad, self.after, self.lists = set(bad), after, []
        self.trouble = trouble or RequestFailed("HTTP 500", status=500, lasting=True)

    async def counts(self, papers, now, attempts=4):
        self.lists.append((len(papers), attempts))
        if len(self.lists) > self.after:
            raise RequestFailed("HTTP 429, 6 times", later=True, status=429)
        if any(work.key in self.bad for work in papers):
            raise self.trouble
        return [Fact(work.key, "citations", "1", self.source, None, now) for work in papers]


def ask(service, papers=PAPERS, witness=None, **more):
    return asyncio.run(ask_in_halves(service, papers, NOW, witness, **more))


def keys(answers):
    return {answer.work_key for answer in answers}


@pytest.mark.parametrize("place", [0, 1, 249, 250, 499])
def test_one_bad_paper_of_five_hundred(place):
    """About twenty requests more, one attempt each, two for the paper alone."""
    bad = PAPERS[place].key
    service = Service([bad])

    halved = ask(service)

    assert {work.key for work in PAPERS} - {bad} == keys(halved.answers)
    assert [(bad, "refused", "HTTP 500")] == [
        (miss.work_key, miss.reason, miss.detail) for miss in halved.refused
    ]
    assert halved.trouble is None
    assert 20 >= len(service.lists)
    assert {1, 2, 4} == {attempts for _, attempts in service.lists}


def test_a_service_that_refuses_everything_is_soon_left_alone():
    """A dozen requests tell that it is the service: no paper is blamed."""
    service = Service([work.key for work in PAPERS])

    with pytest.raises(RequestFailed, match="HTTP 500"):
        ask(service, witness=WITNESS)

    assert MAX_UNANSWERED + 1 == len(service.lists)


@pytest.mark.parametrize("number", [1, 2])
def test_where_all_are_refused_a_witness_tells_who_is_at_fault(number):
    """The service answers about the witness: then it is these papers."""
    few = PAPERS[:number]
    bad = [work.key for work in few]

    with pytest.raises(RequestFailed):
        ask(Service(bad), few)
    with pytest.raises(RequestFailed):
        ask(Service([*bad, WITNESS.key]), few, WITNESS)
    assert set(bad) == keys(ask(Service(bad), few, WITNESS).refused)
    assert set(bad) == keys(ask(Service(bad), few, is_well=True).refused)


@pytest.mark.parametrize(
    "trouble",
    [
        RequestFailed("HTTP 429, 6 times", later=True, status=429),
        RequestFailed("HTTP 403: refused without a key", status=403),
        RequestFailed("ConnectError: no way"),
    ],
    ids=lambda trouble: trouble.reason,
)
def test_what_is_not_about_the_papers_halves_nothing(trouble):
    service = Service([PAPERS[3].key], trouble)

    with pytest.raises(RequestFailed) as caught:
        ask(service)

    assert trouble is caught.value
    assert 1 == len(service.lists)


def test_a_service_that_wants_to_rest_meanwhile_keeps_what_it_gave():
    """What was answered until then is stored; the rest waits for the next run."""
    halved = ask(Service([PAPERS[0].key], after=3))

    assert 250 == len(halved.answers)
    assert halved.trouble.later
    assert [] == halved.refused


@given(st.sets(st.integers(0, 199), max_size=12))
def test_whichever_papers_are_bad_no_sound_one_is_blamed(places):
    """Each paper is answered, refused alone, or left for the next run; requests are bounded."""
    papers = PAPERS[:200]
    bad = {papers[place].key for place in places}
    service = Service(bad)

    try:
        halved = ask(service, papers, WITNESS)
    except RequestFailed:
        assert len(service.lists) <= MAX_UNANSWERED + 2
        return

    assert keys(halved.refused) <= bad
    assert keys(halved.answers) <= {work.key for work in papers} - bad
    assert halved.trouble or keys(halved.answers) | keys(halved.refused) == {
        work.key for work in papers
    }
    assert len(service.lists) <= 2 * MAX_REFUSALS + 3


class Garbled(Service):
    """
    Answers a list with ``bad`` by a list of ``items`` items, whatever was asked; None: one short.

    Such an item is about no paper that was asked for.
    """

    def __init__(self, bad=(), items=None):
        super().__init__(bad)
        self.items = items

    async def counts(self, papers, now, attempts=4):
        self.lists.append((len(papers), attempts))
        if not any(work.key in self.bad for work in papers):
            return [Fact(work.key, "citations", "1", self.source, None, now) for work in papers]
        items = len(papers) - 1 if self.items is None else self.items
        if items != len(papers):
            raise not_understood(f"{items} items, where {len(papers)} were asked for")
        return [Miss(work.key, "citations", self.source, "wrong-paper", now) for work in papers]


@pytest.mark.parametrize("place", [0, 7, 14])
def test_a_paper_that_makes_the_list_one_short_is_alone_in_the_end(place):
    papers, bad = PAPERS[:15], PAPERS[place].key

    halved = ask(Garbled([bad]), papers)

    assert {work.key for work in papers} - {bad} == keys(halved.answers)
    assert ["HTTP 200, but not understood: 0 items, where 1 were asked for"] == [
        miss.detail for miss in halved.refused
    ]


@pytest.mark.parametrize("number", [2, 3, 5, 15, 500])
@pytest.mark.parametrize("items", [0, 1, 2, 7, 15])
def test_who_says_the_same_whatever_is_asked_answers_nothing(number, items):
    """A list of one fits one paper, and tells nothing of it or of the others."""
    papers = PAPERS[:number]
    service = Garbled([work.key for work in [*papers, WITNESS]], items)
    if items == number:
        return

    with pytest.raises(RequestFailed, match=f"{items} items, where {number} were asked for"):
        ask(service, papers, WITNESS, is_well=True)


def test_after_a_garbled_answer_the_witness_needs_a_count():
    """Of two papers one count has come: as many as papers to blame, which is too few."""
    papers = PAPERS[:2]
    service = Garbled([papers[0].key])

    with pytest.raises(RequestFailed, match="1 items, where 2 were asked for"):
        ask(service, papers)
    assert {papers[0].key} == keys(ask(service, papers, WITNESS).refused)
