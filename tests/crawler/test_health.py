"""The word a source ends in: decided from what it sent, and never quiet without a proof."""

from datetime import UTC, date, datetime

import pytest

from catalog.rows.runs import SourceState
from catalog.sightings import SourceStatus
from crawler.health import judge_feed, judge_window, next_feed_state, unusual
from crawler.items import Failure, PapersAnswer, Summary, Unchanged
from tests.crawler.feeds import Item, found

MONDAY, TUESDAY, WEDNESDAY = date(2024, 11, 11), date(2024, 11, 12), date(2024, 11, 13)
SATURDAY, THANKSGIVING, AFTER = date(2024, 11, 9), date(2024, 11, 28), date(2024, 11, 29)
DAYS_OFF = frozenset({THANKSGIVING})
OLD, NEW = ("2411.10001v1", "2411.10002v1"), ("2411.10003v1", "2411.10004v1")
SOURCE = "arxiv_rss/cs.CL"


def answer(ids=(), day=None, **more):
    return Summary("arxiv_rss", "cs.CL", ids=ids, day=day, **more)


def failure(reason, **more):
    return Failure("arxiv_rss", "cs.CL", reason, **more)


def state(day=MONDAY, batch=OLD):
    at = datetime(2024, 11, 12, 6, 30, tzinfo=UTC)
    return SourceState(SOURCE, "tag", batch, day, SourceStatus.OK, "", 0, at)


UNCHANGED = Unchanged("arxiv_rss", "cs.CL")
EMPTY = answer()
# Answers of the run, what was there before, the day; and the word, the reason, the day proved.
TABLE = {
    "a new batch": (
        [answer(NEW, TUESDAY)],
        state(),
        TUESDAY,
        (SourceStatus.OK, "2 items announced on Tuesday, 12 November", TUESDAY),
    ),
    "the first batch ever": (
        [answer(NEW, TUESDAY)],
        None,
        TUESDAY,
        (SourceStatus.OK, "2 items announced on Tuesday, 12 November", TUESDAY),
    ),
    "a batch that was grown": (
        [answer(OLD + NEW, TUESDAY)],
        state(),
        TUESDAY,
        (SourceStatus.OK, "4 items announced on Tuesday, 12 November", TUESDAY),
    ),
    "items without a day": (
        [answer(NEW)],
        state(),
        TUESDAY,
        (SourceStatus.OK, "2 items announced on Tuesday, 12 November", TUESDAY),
    ),
    "odd items only": (
        [answer(odd=1)],
        state(),
        TUESDAY,
        (SourceStatus.BROKEN, "1 item, none usable", None),
    ),
    "odd items only, at the weekend": (
        [answer(odd=2)],
        state(),
        SATURDAY,
        (SourceStatus.BROKEN, "2 items, none usable", None),
    ),
    "the same batch on the same day": (
        [answer(OLD, MONDAY)],
        state(),
        MONDAY,
        (SourceStatus.OK, "nothing new since 06:30 UTC", MONDAY),
    ),
    "not changed on the same day": (
        [UNCHANGED],
        state(),
        MONDAY,
        (SourceStatus.OK, "nothing new since 06:30 UTC", MONDAY),
    ),
    "not changed on the next day": (
        [UNCHANGED],
        state(),
        TUESDAY,
        (SourceStatus.STALE, "still shows the batch of 11 November, unchanged", None),
    ),
    "not changed, and nothing known": (
        [UNCHANGED],
        None,
        TUESDAY,
        (SourceStatus.STALE, "still shows the batch of an earlier day, unchanged", None),
    ),
    "not changed at the weekend": (
        [UNCHANGED],
        state(),
        SATURDAY,
        (SourceStatus.QUIET, "Saturday: arXiv announces nothing at weekends", None),
    ),
    "not changed on a day off": (
        [UNCHANGED],
        state(),
        THANKSGIVING,
        (SourceStatus.QUIET, "28 November is one of arXiv's days off", None),
    ),
    "all ids seen, with today's date": (
        [answer(OLD, TUESDAY)],
        state(),
        TUESDAY,
        (SourceStatus.STALE, "all 2 items were in the batch before", None),
    ),
    "some ids seen, the others gone": (
        [answer(OLD[:1], TUESDAY)],
        state(),
        TUESDAY,
        (SourceStatus.STALE, "the only item was in the batch before", None),
    ),
    "dated yesterday": (
        [answer(NEW, MONDAY)],
        state(SATURDAY),
        TUESDAY,
        (SourceStatus.STALE, "shows the batch of Monday, 11 November", MONDAY),
    ),
    "empty on a working day": (
        [EMPTY],
        state(),
        TUESDAY,
        (
            SourceStatus.QUIET,
            (
                "a feed without items on Tuesday, 12 November, a working day; usually 2 items when "
                "there are any; the next run asks the query API about that day"
            ),
            None,
        ),
    ),
    "empty, and many are usual": (
        [EMPTY],
        state(batch=tuple(f"2411.{number}v1" for number in range(10_000, 10_010))),
        TUESDAY,
        (SourceStatus.BROKEN, "a feed without items on Tuesday, 12 November, a working day", None),
    ),
    "empty, and nothing known": (
        [EMPTY],
        None,
        TUESDAY,
        (SourceStatus.BROKEN, "a feed without items on Tuesday, 12 November, a working day", None),
    ),
    "empty at the weekend": (
        [EMPTY],
        state(),
        SATURDAY,
        (SourceStatus.QUIET, "Saturday: arXiv announces nothing at weekends", None),
    ),
    "empty on a day off": (
        [EMPTY],
        state(),
        THANKSGIVING,
        (SourceStatus.QUIET, "28 November is one of arXiv's days off", None),
    ),
    "empty after a day off": (
        [EMPTY],
        state(),
        AFTER,
        (SourceStatus.QUIET, "the day after arXiv's day off on 28 November", None),
    ),
    "old items after a day off": (
        [answer(OLD, date(2024, 11, 27))],
        state(date(2024, 11, 27)),
        AFTER,
        (
            SourceStatus.QUIET,
            "the day after arXiv's day off on 28 November; the feed still shows the batch before",
            None,
        ),
    ),
    "old items at the weekend": (
        [answer(NEW, date(2024, 11, 8))],
        None,
        SATURDAY,
        (
            SourceStatus.QUIET,
            "Saturday: arXiv announces nothing at weekends; the feed still shows the batch before",
            None,
        ),
    ),
    "new items after a day off": (
        [answer(NEW, AFTER)],
        state(),
        AFTER,
        (SourceStatus.OK, "2 items announced on Friday, 29 November", AFTER),
    ),
    "new items on a day off": (
        [answer(NEW, THANKSGIVING)],
        state(),
        THANKSGIVING,
        (SourceStatus.OK, "2 items announced on Thursday, 28 November", THANKSGIVING),
    ),
    "broken": (
        [failure("answered with a web page, not a feed")],
        state(),
        TUESDAY,
        (SourceStatus.BROKEN, "answered with a web page, not a feed", None),
    ),
    "broken at the weekend": (
        [failure("answered with nothing")],
        state(),
        SATURDAY,
        (SourceStatus.BROKEN, "answered with nothing", None),
    ),
    "broken after some items": (
        [answer(NEW, TUESDAY, broken="is not well-formed", papers=2)],
        state(),
        TUESDAY,
        (SourceStatus.BROKEN, "is not well-formed; 2 complete items stored", None),
    ),
    "one half broken": (
        [answer(OLD, TUESDAY, papers=2), answer(NEW, TUESDAY), failure("HTTP 503, 3 times")],
        None,
        TUESDAY,
        (SourceStatus.BROKEN, "HTTP 503, 3 times; 2 complete items stored", None),
    ),
    "cut, one category alone": (
        [answer(NEW, TUESDAY, cut=True)],
        state(),
        TUESDAY,
        (SourceStatus.BROKEN, "cut off by arXiv at 2 items, for a single category", None),
    ),
    "asked for again in halves": (
        [answer(OLD, TUESDAY), answer(OLD[:1], TUESDAY), answer(NEW, TUESDAY)],
        state(SATURDAY),
        TUESDAY,
        (SourceStatus.OK, "4 items announced on Tuesday, 12 November", TUESDAY),
    ),
}


@pytest.mark.parametrize(("batches", "before", "today", "expected"), TABLE.values(), ids=TABLE)
def test_word_of_a_feed(batches, before, today, expected):
    """The word, the reason, and the day that the answer proves to be complete."""
    judged = judge_feed(batches, before, today, DAYS_OFF)

    assert expected == (judged.report.word, judged.report.reason, judged.proves)
    assert SOURCE == judged.report.source


@pytest.mark.parametrize("later", [True, False])
def test_a_service_that_asks_for_patience_is_asked_later(later):
    """The word is BROKEN either way; the report keeps whether waiting may help."""
    batch = failure("HTTP 429, 3 times", later=later)

    assert later == judge_feed([batch], None, TUESDAY, DAYS_OFF).report.later


def test_a_small_last_batch_makes_no_small_feed():
    """An empty feed is believable only where the earlier days had few items, too."""
    judged = judge_feed([EMPTY], state(), TUESDAY, DAYS_OFF, earlier=[90, 110])

    assert (SourceStatus.BROKEN, True) == (judged.report.word, judged.report.later)


def test_an_empty_feed_keeps_no_etag():
    """It may fill up later on that day: then it must come as a whole."""
    empty = answer(etag="empty")
    judged = judge_feed([empty], state(), TUESDAY, DAYS_OFF)

    kept = next_feed_state(judged, [empty], state(), datetime(2024, 11, 12, 6, tzinfo=UTC))

    assert ("tag", OLD, MONDAY) == (kept.etag, kept.batch, kept.day)


@pytest.mark.parametrize("batch", [answer(OLD, TUESDAY), UNCHANGED, answer(NEW, MONDAY)])
def test_a_stale_feed_is_asked_later(batch):
    """Yesterday's batch is replaced some hours later."""
    assert judge_feed([batch], state(), TUESDAY, DAYS_OFF).report.later


def test_counts_add_up_over_the_answers():
    """Items shown, papers stored, announced as new, and items that could not be used."""
    new, old = Item("2411.10001v1", "New"), Item("2411.10002v2", "Old", kind="replace")
    ids = ("2411.10001v1", "2411.10002v2")
    one = PapersAnswer("arxiv_rss", "cs.CL", (found(new), found(old)), ids).slim()
    two = answer(("2411.10003v1",), odd=2, papers=1)

    report = judge_feed([one, two], None, TUESDAY, DAYS_OFF).report

    assert {"items": 5, "found": 3, "new": 1, "odd": 2} == report.counts


def test_a_slim_batch_keeps_numbers_and_no_papers():
    """What was stored need not be carried on."""
    papers = (found(Item("2411.10001v1", "New")),)
    whole = PapersAnswer("arxiv_rss", "cs.CL", papers, ("2411.10001v1",), TUESDAY)

    slim = whole.slim()

    assert (False, 1, 1) == (hasattr(slim, "found"), slim.papers, slim.new)
    assert (whole.ids, whole.day) == (slim.ids, slim.day)


PAGE = Summary("arxiv_api", "2024-11-01 to 2024-11-11", ids=NEW, papers=2)
TROUBLE = Failure("arxiv_api", "2024-11-01 to 2024-11-11", "HTTP 503, 3 times", later=True)


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        pytest.param(
            [PAGE, PAGE], (SourceStatus.OK, "filled Mon 11 Nov, Wed 13 Nov", False), id="whole"
        ),
        pytest.param(
            [PAGE, TROUBLE],
            (SourceStatus.BROKEN, "HTTP 503, 3 times; still missing: Mon 11 Nov, Wed 13 Nov", True),
            id="partial",
        ),
        pytest.param(
            [Summary("arxiv_api", "", newest=date(2024, 9, 2))],
            (
                SourceStatus.OK,
                "filled Mon 11 Nov, Wed 13 Nov: nothing was submitted since 2 Sep 2024",
                False,
            ),
            id="nothing, proved",
        ),
        pytest.param(
            [Summary("arxiv_api", "")],
            (
                SourceStatus.BROKEN,
                "says that nothing was announced at all; still missing: Mon 11 Nov, Wed 13 Nov",
                True,
            ),
            id="nothing, not proved",
        ),
        pytest.param(
            [],
            (
                SourceStatus.BROKEN,
                "the spider ended without an answer; still missing: Mon 11 Nov, Wed 13 Nov",
                False,
            ),
            id="no answer",
        ),
    ],
)
def test_word_of_a_window(batches, expected):
    """Missing days are filled by a window without trouble, and by nothing less."""
    report = judge_window(batches, [WEDNESDAY, MONDAY])

    assert expected == (report.word, report.reason, report.later)
    assert "arxiv_api" == report.source


@pytest.mark.parametrize(
    ("found", "earlier", "remark"),
    [
        (100, [90, 100, 110], None),
        (21, [100, 100, 100], None),
        (20, [100, 100, 100], "80% fewer than usual (20; usually 100)"),
        (0, [100, 100, 100], "100% fewer than usual (0; usually 100)"),
        (499, [100, 100, 100], None),
        (500, [100, 100, 100], "5 times as many as usual (500; usually 100)"),
        (1, [100, 100], None),
        (1, [], None),
        (50, [0, 0, 0], None),
        (100, [100] * 10 + [100_000] * 30, None),
    ],
)
def test_unusual_counts_are_remarked_on(found, earlier, remark):
    """Against the mean of the last ten runs; fewer than three say nothing."""
    assert remark == unusual(found, earlier)
