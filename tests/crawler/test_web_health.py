"""The word of a source that shows links, and what it remembers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.rows.runs import SourceState
from catalog.sightings import SourceStatus
from crawler.items import Failure, Unchanged, WebAnswer
from crawler.web_health import judge_web, next_web_state, silent

NOW = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
TODAY = NOW.date()


UNCHANGED = Unchanged("feeds", "a")


def batch(*ids, **told):
    told = {"total": len(ids), "etag": "7", "modified": "Mon", **told}
    return WebAnswer("feeds", "a", ids=tuple(f"link:https://x.org/{one}" for one in ids), **told)


def failure(reason):
    return Failure("feeds", "a", reason)


def days(*numbers):
    return tuple(date(2024, 11, number) for number in numbers)


def state(*ids, **told):
    known = tuple(f"link:https://x.org/{one}" for one in ids)
    fields = {
        "etag": "6",
        "day": None,
        "word": SourceStatus.OK,
        "reason": "",
        "streak": 0,
        "at": NOW,
    }
    return SourceState("feeds/a", batch=known, **{**fields, **told})


WORDS = {
    "first look": ([batch(1, 2)], None, "OK", "2 items, 2 new"),
    "something new": ([batch(1, 2)], state(1), "OK", "2 items, 1 new"),
    "nothing new": ([batch(1)], state(1), "QUIET", "1 item, nothing new"),
    "unchanged": (
        [UNCHANGED],
        state(1, news=days(3)),
        "QUIET",
        "unchanged, newest item: 3 Nov",
    ),
    "empty from the first": ([batch()], None, "QUIET", "no items"),
    "empty suddenly": ([batch()], state(1, 2), "BROKEN", "is empty, and had 2 works before"),
    "empty, as it may be": ([batch(may_be_empty=True)], state(1, 2), "QUIET", "no items"),
    "trouble": ([failure("HTTP 404")], state(1), "BROKEN", "HTTP 404"),
    "trouble again": (
        [failure("HTTP 404")],
        state(1, streak=2),
        "BROKEN",
        "HTTP 404; 3 times in a row",
    ),
}


@pytest.mark.parametrize(("batches", "old", "word", "reason"), WORDS.values(), ids=WORDS)
def test_word_and_reason(batches, old, word, reason):
    said = judge_web("feeds/a", batches, old, NOW)

    assert (word, reason) == (said.word, said.reason)


def test_a_failure_waits_for_the_next_run():
    """Feeds of YouTube fail for hours: days ask for a person (catalog/report.py), not runs."""
    said = [judge_web("feeds/a", [failure("x")], state(streak=n), NOW) for n in (0, 1, 2)]

    assert [True, True, True] == [one.later for one in said]


README = Failure(
    "github", "q", "answered with HTTP 404", detail="README", about="link:https://x.org/1"
)


def test_failed_detail_is_told_and_breaks_nothing():
    """A repository without README is judged by its description."""
    said = judge_web("github/q", [batch(1, 2), README], None, NOW)

    reason = "2 items, 2 new; 1 README not read: answered with HTTP 404"
    assert (SourceStatus.OK, reason) == (said.word, said.reason)


def test_detail_is_asked_for_again_unless_that_is_no_use():
    """What was left before what failed, so that what always fails keeps nothing else waiting."""
    answers = [batch(1, 2, open=("link:https://x.org/2",))]

    def after(failure):
        said = judge_web("github/q", [*answers, failure], None, NOW)
        return next_web_state(said, [*answers, failure], None, NOW).open

    assert ("link:https://x.org/2", "link:https://x.org/1") == after(README)
    assert ("link:https://x.org/2",) == after(replace(README, lasting=True))


def test_part_of_an_answer_is_told_and_forgets_nothing():
    """A search that ran out of time: what it showed before is not new when it comes back."""
    part = batch(3, part_only="1 of 850")
    said = judge_web("github/q", [part], state(1, 2), NOW)
    kept = next_web_state(said, [part], state(1, 2), NOW)

    assert "1 item, 1 new; 1 of 850" == said.reason
    assert ("link:https://x.org/3", *state(1, 2).batch) == kept.batch


def test_empty_part_of_an_answer_says_that_it_is_a_part():
    said = judge_web("github/q", [batch(part_only="ran out of time")], state(1), NOW)

    assert "is empty, and had 1 works before; ran out of time" == said.reason


def test_silence_three_times_the_usual_is_worth_a_look():
    """Usual is the middle of the last gaps; without three gaps nothing is usual."""
    assert silent(days(1, 3, 5, 7), date(2024, 11, 13)) is None
    remark = silent(days(1, 3, 5, 7), date(2024, 11, 14))
    assert remark == "silent for 7 days, usually a new item comes every 2 days"
    assert silent(days(1, 3, 5), date(2025, 11, 1)) is None


def test_silent_source_is_looked_at_whatever_its_word():
    said = judge_web("feeds/a", [UNCHANGED], state(1, news=days(1, 2, 3, 4)), NOW)

    assert (SourceStatus.QUIET, True) == (said.word, said.look)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (5, "5 items, 4 new; 90% fewer than usual (5; usually 50)"),
        (300, "300 items, 299 new; 6 times as many as usual (300; usually 50)"),
        (40, None),
    ],
)
def test_count_far_from_that_of_the_last_runs_is_worth_a_look(items, reason):
    """A feed that lists a tenth of what it lists is half a feed, though each item is whole."""
    said = judge_web("feeds/a", [batch(*range(1, items + 1))], state(1), NOW, [50] * 10)

    assert (SourceStatus.OK, reason is not None) == (said.word, said.look)
    assert reason in (None, said.reason)


def test_unchanged_answer_has_no_count():
    """Nothing was sent, because nothing changed: that is no fall to nothing."""
    said = judge_web("feeds/a", [UNCHANGED], state(1), NOW, [50] * 10)

    assert not said.look


def test_tag_is_kept_with_what_it_stands_for():
    """Not with a broken answer, nor while a detail is left that only the whole answer shows."""
    whole, broken = [batch(1)], [batch(1, broken="cut")]
    left = [batch(1, open=("link:https://x.org/1",))]

    def after(batches):
        said = judge_web("feeds/a", batches, state(2), NOW)
        return next_web_state(said, batches, state(2), NOW)

    assert ("7", "Mon", 1) == (after(whole).etag, after(whole).modified, len(after(whole).batch))
    assert (None, 1) == (after(broken).etag, after(broken).streak)
    assert state(2).batch == after(broken).batch
    assert (None, ("link:https://x.org/1",)) == (after(left).etag, after(left).open)


def test_unchanged_answer_keeps_everything():
    old = state(1, 2, news=days(3), modified="Sun")

    new = next_web_state(
        judge_web("feeds/a", [UNCHANGED], old, NOW),
        [UNCHANGED],
        old,
        NOW,
    )

    assert (old.etag, "Sun", old.batch, old.news) == (new.etag, new.modified, new.batch, new.news)


def test_days_of_news_are_those_of_the_items_else_ours():
    dated = next_web_state(
        judge_web("feeds/a", [batch(1, days=days(9, 11))], None, NOW),
        [batch(1, days=days(9, 11))],
        None,
        NOW,
    )
    undated = next_web_state(judge_web("feeds/a", [batch(1)], None, NOW), [batch(1)], None, NOW)

    assert (days(9, 11), (TODAY,)) == (dated.news, undated.news)
    later = NOW + timedelta(days=1)
    again = next_web_state(
        judge_web("feeds/a", [batch(1)], undated, later), [batch(1)], undated, later
    )
    assert (TODAY,) == again.news
