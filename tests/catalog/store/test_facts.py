"""Every value of a fact is kept; the newest that isn't held counts."""

import random
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import event

from tests.catalog.store.rows import LATER, LATEST, ask
from tests.fakes import KEY, NOW, citations, miss


def test_the_same_value_moves_its_last_time_only(store):
    """Ten looks at an unchanged count are one row, first and last time apart."""
    store.facts.record(citations(7, seen_at=NOW))
    store.facts.record(citations(7, seen_at=LATER))

    assert citations(7, seen_at=LATER) == store.facts.latest("citations", [KEY])[KEY]
    assert [(citations(7, seen_at=NOW), LATER)] == list(store.facts.history("citations", KEY))
    assert [(1,)] == ask(store, "SELECT count(*) FROM facts")


def test_an_older_look_does_not_move_time_back(store):
    store.facts.record(citations(7, seen_at=LATER))
    store.facts.record(citations(7, seen_at=NOW))

    assert LATER == store.facts.latest("citations", [KEY])[KEY].seen_at


def test_every_change_is_kept(store):
    """Up, down and back again are three rows; the newest counts."""
    for count, at in ((7, NOW), (9, LATER), (7, LATEST)):
        store.facts.record(citations(count, seen_at=at))

    assert [7, 9, 7] == [fact.count for fact, _ in store.facts.history("citations")]
    assert 7 == store.facts.latest("citations", [KEY])[KEY].count
    assert [("7",), ("9",), ("7",)] == ask(store, "SELECT value FROM facts ORDER BY id")


def test_a_held_fact_does_not_count(store):
    """A suspicious fall waits for a person; what was known before is what counts."""
    store.facts.record(citations(100, seen_at=NOW))
    fall = citations(3, seen_at=LATER, held=True)
    store.facts.record(fall)

    assert 100 == store.facts.latest("citations", [KEY])[KEY].count
    assert {KEY: fall} == store.facts.latest("citations", [KEY], held=True)
    assert [fall] == store.facts.held("citations")


def test_a_later_count_ends_the_hold(store):
    store.facts.record(citations(100))
    store.facts.record(citations(3, seen_at=LATER, held=True))
    store.facts.record(citations(101, seen_at=LATEST))

    assert [] == store.facts.held("citations")
    assert 101 == store.facts.latest("citations", [KEY])[KEY].count


def test_facts_of_other_kinds_and_works_stay_apart(store):
    other = citations(1, key="arxiv:2411.03350")
    code = replace(citations(), kind="code", value="microsoft/BitNet", source="arxiv")
    for fact in (citations(), other, code):
        store.facts.record(fact)

    assert {KEY: citations()} == store.facts.latest("citations", [KEY])
    assert {KEY: code} == store.facts.latest("code", [KEY, other.work_key])
    assert {} == store.facts.latest("venue", [KEY])


def test_misses_are_counted_and_an_answer_erases_them(store):
    """How often nobody knew is kept with the last reason, until somebody knows."""
    store.facts.record(miss("not-found", seen_at=NOW))
    store.facts.record(miss("wrong-paper", seen_at=LATER, detail="theirs: Cats"))

    last = miss("wrong-paper", seen_at=LATER, detail="theirs: Cats")
    assert [replace(last, times=2)] == store.facts.misses("citations")

    store.facts.record(citations(seen_at=LATEST))
    assert [] == store.facts.misses("citations")
    assert [] == ask(store, "SELECT * FROM misses")


def test_many_answers_are_kept_as_one_after_the_other_would_be(store):
    """Whatever comes between: new and old values, held ones, and misses before and after."""
    chance = random.Random(7)
    days = [NOW + timedelta(days=day) for day in range(60)]
    answers = [
        miss(chance.choice(("not-found", "failed")), chance.choice((KEY, "arxiv:2411.03350")), day)
        if chance.random() < 0.4
        else citations(
            chance.choice((7, 9)),
            chance.choice((KEY, "arxiv:2411.03350")),
            day,
            held=chance.random() < 0.3,
        )
        for day in days
    ]

    def kept():
        history = [*store.facts.history("citations")]
        return history, store.facts.misses("citations")

    for answer in answers:
        store.facts.record(answer)
    one_by_one = kept()
    with store._database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM facts")
        connection.exec_driver_sql("DELETE FROM misses")
    store.facts.record(*answers[:20])
    store.facts.record(*answers[20:])

    assert one_by_one == kept()


def test_many_answers_are_few_questions_to_the_database(store):
    """A server far away takes its time for each: a list's hundred counts are not 300 questions."""
    keys = [f"arxiv:2411.{number:05}" for number in range(100)]
    asked = []
    event.listen(
        store._database.engine, "before_cursor_execute", lambda *values: asked.append(values[2])
    )

    store.facts.record(*(citations(key=key) for key in keys))

    assert len(asked) <= 4, asked
    assert 100 == len(store.facts.latest("citations", keys))


def test_a_miss_does_not_forget_what_was_known(store):
    store.facts.record(citations(7))
    store.facts.record(miss(seen_at=LATER))

    assert citations(7) == store.facts.latest("citations", [KEY])[KEY]


def test_asked_is_the_last_look_answered_or_not(store):
    """Facts, held ones and misses alike are looks; another source's are not."""
    unknown = "arxiv:2411.03350"
    store.facts.record(citations(seen_at=NOW))
    store.facts.record(miss(seen_at=LATER))
    store.facts.record(miss(key=unknown, seen_at=NOW))
    store.facts.record(citations(key="arxiv:2411.00009", source="openalex"))

    asked = store.facts.asked("citations", "semanticscholar")

    assert {KEY: LATER, unknown: NOW} == asked


def test_facts_of_several_kinds_are_one_question(store):
    """Each kind has its newest fact; what nothing is known of is empty, not missing."""
    store.facts.record(citations(7))
    store.facts.record(citations(9, key="arxiv:2411.03350"))

    found = store.facts.latest_of(("citations", "venue"), [KEY, "arxiv:2411.03350"])

    assert {"citations", "venue"} == set(found)
    assert {KEY: 7, "arxiv:2411.03350": 9} == {k: f.count for k, f in found["citations"].items()}
    assert {} == found["venue"]
    assert [7] == [fact.count for fact, _ in store.facts.history_of("citations", [KEY])]
    assert [] == list(store.facts.history_of("citations", []))
