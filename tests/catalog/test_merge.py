"""Whatever order a paper's sightings come in, the same paper results."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.paper import Link, Paper
from catalog.store.works import merge

FIRST = Paper(
    arxiv_id="2411.10001",
    version=1,
    title="Half the Bits",
    abstract="We study caches.",
    authors=("Ana Lopez", "Bo Chen"),
    categories=("cs.CL",),
    published=datetime(2024, 11, 11, 12, tzinfo=UTC),
    updated=datetime(2024, 11, 11, 12, tzinfo=UTC),
    announced=date(2024, 11, 12),
    comments="9 pages",
    journal_ref="J. 1",
    doi="10.1/a",
    license="http://creativecommons.org/licenses/by/4.0/",
)
THIRD = replace(
    FIRST,
    version=3,
    title="Half",
    abstract="Shorter.",
    authors=("Bo Chen",),
    updated=datetime(2024, 12, 1, tzinfo=UTC),
    announced=None,
)
FEED = replace(FIRST, published=None, updated=None, comments=None, authors=("A. Lopez", "B. Chen"))
BARE = Paper("2411.10001", 1, "Half the Bits")


def test_the_newest_version_speaks_in_any_order():
    """A shorter title of version 3 wins over that of version 1, first or last."""
    for order in permutations([FIRST, THIRD, FEED, BARE]):
        paper = reduce(merge, order)
        assert (3, "Half", "Shorter.") == (paper.version, paper.title, paper.abstract)
        assert (("Bo Chen",), FIRST.comments) == (paper.authors, paper.comments)
        assert (FIRST.published, THIRD.updated) == (paper.published, paper.updated)
        assert FIRST.announced == paper.announced


def test_what_a_newer_version_does_not_say_is_kept():
    """A feed's replacement knows no comments; they are not lost."""
    bare = replace(BARE, version=2)

    paper = merge(FIRST, bare)

    assert replace(FIRST, version=2, title=bare.title) == paper
    assert paper == merge(bare, FIRST)


def test_the_fuller_telling_of_one_version_wins():
    """The query API knows full names and comments; a feed adds what it knows."""
    api = replace(FIRST, announced=None, license=None)

    assert FIRST == merge(api, FEED) == merge(FEED, api)


@pytest.mark.parametrize("paper", [FIRST, THIRD, FEED, BARE], ids=["v1", "v3", "feed", "bare"])
def test_a_sighting_again_changes_nothing(paper):
    """The same paper twice is the same paper."""
    assert paper == merge(paper, paper)


def test_a_link_keeps_its_words():
    """A later sighting without a description does not erase one; its kind is believed."""
    old = Link("https://example.org/a", "page", "A", "About A")
    new = Link("https://example.org/a", "blog", "")

    assert Link("https://example.org/a", "blog", "A", "About A") == merge(old, new)


words = st.text("abcé ", min_size=1, max_size=6).map(lambda text: f"x{text}")
names = st.lists(words, min_size=1, max_size=3).map(tuple)
moments = st.integers(0, 10**6).map(
    lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
)
days = st.integers(0, 300).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
sightings = st.builds(
    Paper,
    arxiv_id=st.just("2411.10001"),
    version=st.integers(1, 3),
    title=words,
    abstract=words,
    authors=names,
    categories=names,
    published=st.none() | moments,
    updated=st.none() | moments,
    announced=st.none() | days,
    comments=words,
    journal_ref=words,
    doi=words,
    license=words,
)


@pytest.mark.long
@given(
    st.lists(sightings, min_size=1, max_size=5).flatmap(
        lambda some: st.tuples(st.just(some), st.permutations(some))
    )
)
def test_any_order_of_sightings_is_the_same_paper(orders):
    """Feeds, the query API and other sources may come in any order, over any number of runs."""
    one, other = orders

    assert reduce(merge, one) == reduce(merge, other)


@pytest.mark.long
@given(sightings, sightings, sightings)
def test_runs_may_be_joined_anyhow(one, two, three):
    """What one run stored is merged with what the next one found, or all of it at once."""
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


def test_what_was_told_of_a_link_first_stands():
    """Two sources that tell it differently do not take turns; one that says more adds to it."""
    first = Link("https://github.com/a/b", "repository", "b", "A tool")
    more = Link("https://github.com/a/b", "page", "b: a tool", "A tool\n\nFirst lines")

    merged = merge(merge(first, more), Link("https://github.com/a/b", "blog", "B!", "Another"))

    assert Link("https://github.com/a/b", "repository", "b", "A tool\n\nFirst lines") == merged
