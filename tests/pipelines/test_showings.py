"""What people have seen of a candidate, which ones a week shows, and when a week ends."""

from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.weeks import play
from catalog.facts import Fact, Verdict
from catalog.store import Store
from pipelines.enrich.repositories import GONE, key_of
from pipelines.showings import (
    History,
    Look,
    OnPage,
    Showing,
    Standing,
    changes,
    fair_share,
    standing,
    standings,
)
from tests.fakes import NOW, decision, paper

WEEK = timedelta(days=7)
LOOK = Look("Fewer Bits", 1, "Quantization", frozenset({"bits"}), None, None, 3)


def shown(week, *, applied=False, look=LOOK):
    return Showing(f"2024-W{week}", NOW + (week - 46) * WEEK, applied, look)


def named(week):
    return shown(week, look=None)


def seen(*showings, now=LOOK, week=50, decided=None):
    return standing(showings, now, f"2024-W{week}", decided)


def test_new_is_what_no_earlier_week_had():
    assert Standing() == seen()
    assert seen(shown(50)).is_new
    assert (1, False) == (seen(shown(49)).times, seen(shown(49)).is_new)


def test_nobody_decides_and_it_comes_back_twice():
    """Then it rests on the shelf, with the weeks that it was shown in."""
    assert "" == seen(shown(48), shown(49)).shelved
    told = seen(shown(47), shown(48), shown(49))
    assert "in 3 digests without a decision, 2024-W47 to 2024-W49" == told.shelved


def test_a_title_that_was_only_named_counts_as_one_of_the_three():
    assert "" == seen(named(48), named(49)).shelved
    assert seen(named(47), named(48), named(49)).shelved


def test_no_tick_in_an_applied_digest():
    """It doesn't come back, not even in the same week; naming it asked nobody."""
    assert "no tick in 2024-W49" == seen(shown(49, applied=True)).shelved
    assert "no tick in 2024-W50" == seen(shown(50, applied=True)).shelved
    assert "" == seen(replace(named(49), applied=False)).shelved


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (replace(LOOK, title="Still Fewer Bits"), 'its title was "Fewer Bits"'),
        (replace(LOOK, title="Fewer bits!"), ""),
        (replace(LOOK, version=2), "version 2, it was 1"),
        (replace(LOOK, venue="ICML 2025"), "it appeared at ICML 2025"),
        (replace(LOOK, code="a/b"), "it has code now"),
        (replace(LOOK, citations=28), "28 citations, 3 then"),
        (replace(LOOK, citations=27), ""),
        (replace(LOOK, section="Pruning"), "it was proposed for Quantization"),
        (replace(LOOK, words=frozenset({"bits", "int4"})), "the rules find int4 in it now"),
        (replace(LOOK, words=frozenset()), ""),
    ],
)
def test_a_change_brings_it_back_from_the_shelf(now, words):
    """Facts, version and words: each says what is new, and the count begins again."""
    assert words == changes(LOOK, now)
    told = seen(shown(47), shown(48), shown(49, applied=True), now=now)
    assert (words, not words) == (told.changed, bool(told.shelved))


def test_code_that_no_longer_exists_is_no_news(tmp_path):
    """A page that says so can't say beside it that the work has code now."""
    work = paper()
    verdict = Verdict("Quantization", 1.0)
    page = OnPage(NOW, applied=False, item={"title": work.title, "section": "Quantization"})
    history = History({work.key: {"2024-W46": page}})
    with closing(Store(tmp_path / "listkeeper.db")) as store:
        for kind, key, value in (("code", work.key, "a/b"), ("repository", key_of("a/b"), GONE)):
            store.facts.record(Fact(key, kind, value, "github", "https://github.com/a/b", NOW))
        found = standings(store, [(work, verdict)], history, "2024-W47", {})

    assert "" == found[work.key].changed


def test_a_change_that_was_shown_is_no_change_any_more():
    now = replace(LOOK, venue="ICML 2025")

    told = seen(shown(47), shown(48), shown(49, look=now), now=now)

    assert ("", "", 3) == (told.changed, told.shelved, told.times)


@pytest.mark.parametrize("act", ["later", "undo"])
def test_who_asks_for_it_again_gets_it(act):
    """What was shown before that decision doesn't count against it."""
    said = decision(act, at=NOW + 4 * WEEK)

    told = seen(shown(47), shown(48), shown(49, applied=True), decided=said)

    assert ("", 3) == (told.shelved, told.times)


def works(*sections):
    return [(paper(f"2411.{n:05}"), Verdict(section, 1.0)) for n, section in enumerate(sections, 1)]


def chosen(sections, size, taken=()):
    return Counter(v.section for _, v in fair_share(works(*sections), size, taken))


@pytest.mark.parametrize(
    ("sections", "size", "taken", "counts"),
    [
        ("aaaaaaaabb", 4, "", {"a": 2, "b": 2}),
        ("aaaaaaaab", 4, "", {"a": 3, "b": 1}),
        ("aaaaaaaa", 4, "", {"a": 4}),
        ("aaaabbbb", 4, "aa", {"b": 2}),
        ("aaaa", 4, "aaaa", {}),
        ("ab", 1, "", {"a": 1}),
        ("", 4, "", {}),
    ],
)
def test_no_section_has_more_than_half_while_others_wait(sections, size, taken, counts):
    assert counts == chosen(sections, size, taken)


@pytest.mark.long
@pytest.mark.parametrize("name", ["ticks half", "never"])
def test_weeks_end(tmp_path, name):
    """Nothing decided comes again, nothing new is missing, and what is open stays bounded."""
    weeks = play(tmp_path, name, weeks=4, arriving=34, days=1)

    assert [] == [key for week in weeks for key in week.shown_again]
    assert [] == [key for week in weeks for key in week.missing]
    assert max(week.open for week in weeks) <= 60
    assert max(week.largest_share for week in weeks if week.others_wait) <= 0.6
    assert {25} == {week.shown for week in weeks}
    if name == "never":
        assert "Nobody has decided anything from 3 digests." in weeks[-1].head
