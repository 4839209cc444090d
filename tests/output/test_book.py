"""One book: the digest's ticks and the review page's decisions are the same set."""

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.rows.digests import KeptDigest
from output.digest.book import merged, on_page, record_of, stamp_of, with_answers
from output.digest.markdown import guide, page
from output.digest.ticks import read_ticks
from tests.fakes import KEY, LIST, NOW, decision, digest, in_fences, paper, tick

SECOND, THIRD = "arxiv:2411.03350", "arxiv:2411.03351"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def text():
    return page(digest(paper(), paper("2411.03350", "Two"), paper("2411.03351", "Three")))


def read(text):
    return read_ticks(text, "page")


def said(act, key=KEY, at=NOW, **more):
    section = "Pruning" if act == "pick" else None
    return decision(act, key, at, **{"section": section, "digest": "review", **more})


def decided(*decisions):
    return {one.work_key: one for one in decisions}


def test_decisions_become_ticks_that_are_read_back(text):
    """Act, section, star and reason; an open candidate stays open."""
    star = "- 🌟 **Two**"
    known = decided(
        said("reject", reason="off [x] topic"),
        said("pick", SECOND, entry=star),
        said("later", THIRD),
    )

    told = read(with_answers(text, known, LATER))

    assert [("reject", "off [x] topic"), ("accept", ""), ("later", "")] == [
        (one.act, one.reason) for one in told.ticks
    ]
    assert ((False, True, False), "Pruning") == (
        tuple(one.starred for one in told.ticks), told.ticks[1].section,
    )  # fmt: skip
    assert () == told.unclear
    assert merged(told, LATER, known).ticks == ()


def test_a_page_in_another_hand_keeps_what_else_is_on_it(text):
    mine = in_fences(tick(text, 3, "later")).replace("Two", "Two, which Ada likes")

    told = with_answers(mine, decided(said("reject")), LATER)

    assert "Two, which Ada likes" in told
    assert {KEY: "reject", THIRD: "later"} == {one.key: one.act for one in read(told).ticks}


def test_doing_it_twice_is_doing_it_once(text):
    known = decided(said("pick"))

    once = with_answers(text, known, LATER)

    assert once == with_answers(once, known, LATER)
    assert LATER == stamp_of(once)


def test_an_old_page_with_a_box_a_line(text):
    boxes = "- [ ] accept\n- [ ] accept with 🌟\n- [ ] later\n- [ ] reject, because:"
    old = text.replace("- [ ] accept  [ ] ★  [ ] later  [ ] no:", boxes)

    told = with_answers(old, decided(said("pick", entry="🌟"), said("reject", SECOND)), LATER)

    assert [(KEY, "accept", True), (SECOND, "reject", False)] == [
        (one.key, one.act, one.starred) for one in read(told).ticks
    ]


STORIES = {
    "ticked, and nobody decided": ("accept", None, "tick"),
    "ticked as decided": ("accept", said("pick", section="Quantization"), "nothing"),
    "another tick than the one before": ("later", said("pick"), "tick"),
    "an older copy with another tick": ("later", said("pick", at=LATER), "question"),
    "taken back since": ("later", said("undo", at=LATER), "nothing"),
    "ticked again after it was taken back": ("later", said("undo"), "tick"),
    "the tick was removed": (None, said("pick"), "removed"),
    "an older copy without the tick": (None, said("pick", at=LATER), "nothing"),
    "already in the list": (None, said("accept"), "nothing"),
    "open": (None, None, "nothing"),
}


@pytest.mark.parametrize(("box", "known", "becomes"), STORIES.values(), ids=STORIES)
def test_what_a_saved_page_says_that_the_store_does_not_know(text, box, known, becomes):
    """``NOW`` is up to when the page knows; what is younger is not on it."""
    saved = tick(text, 1, box) if box else text

    told = merged(read(saved), NOW, decided(known) if known else {})

    found = {
        "tick": bool(told.ticks), "removed": bool(told.removed), "question": bool(told.questions),
    }  # fmt: skip
    assert [becomes] == ([name for name, is_so in found.items() if is_so] or ["nothing"])


def test_the_rejection_before_a_second_chance_is_no_answer_to_it():
    """An open box would take it back, and a tick beside it would be a second one."""
    before, since = said("reject", at=NOW - timedelta(days=9)), said("later", at=LATER)
    other = said("reject", SECOND, at=NOW - timedelta(days=9))

    assert {SECOND: other} == on_page(decided(before, other), {KEY}, NOW)
    assert {KEY: since} == on_page(decided(since), {KEY}, NOW)


def kept_digest(**shelves):
    """The digest of a week with these works on its shelves."""
    body = {shelf: [{"key": key} for key in keys] for shelf, keys in shelves.items()}
    return KeptDigest(LIST, "2024-W46", NOW, b"", body)


def test_how_a_digest_ended():
    """Applied, or all decided; an open one has no such line."""
    kept = kept_digest(candidates=[KEY, SECOND, THIRD])
    some = [said("accept", digest="2024-W46"), replace(said("reject", SECOND, LATER), who="ben")]

    assert record_of(kept, some) == (
        "applied 11 Nov: 1 in, 1 out, 1 without a tick, by ada and ben."
    )
    assert "" == record_of(kept, [said("pick"), said("reject", SECOND)])
    everything = [said("pick"), said("reject", SECOND), said("later", THIRD)]
    assert "decided 11 Nov: 1 in, 1 out, 1 later, by ada." == record_of(kept, everything)


def test_an_applied_near_miss_ends_a_digest_too():
    """What was ticked on it counts; a near miss that nobody ticked is no candidate."""
    kept = kept_digest(candidates=[KEY], near_misses=[SECOND], second_chances=[THIRD])
    before = said("reject", THIRD, digest="2024-W40")
    applied = said("accept", SECOND, digest="2024-W46")

    assert "applied 11 Nov: 1 in, 1 without a tick, by ada." == record_of(kept, [before, applied])
    assert "" == record_of(kept, [before])
    assert "" == record_of(kept, [before, applied, said("undo", SECOND)])


def test_a_done_page_says_how_it_ended_in_place_of_what_to_do(text):
    """And an undone one says again what there is to do, to the byte."""
    to_do = guide(digest(paper(), paper("2411.03350", "Two"), paper("2411.03351", "Three")))
    known = decided(said("pick"))
    opened = with_answers(text, known, NOW, "", to_do)

    done = with_answers(opened, known, NOW, "applied 11 Nov: 1 in, by ada.", to_do)

    assert "Tick one box" not in done
    assert "3 candidates" not in done
    assert "**Done:** applied 11 Nov: 1 in, by ada.\n" in done
    assert done == with_answers(done, known, NOW, "applied 11 Nov: 1 in, by ada.", to_do)
    assert opened == with_answers(done, known, NOW, "", to_do)


def test_a_done_page_of_an_earlier_version_loses_its_guide_too(text):
    """It has the record in its head, above the guide."""
    to_do = guide(digest(paper(), paper("2411.03350", "Two"), paper("2411.03351", "Three")))
    known = decided(said("pick"))
    before = with_answers(text, known, NOW, "applied 11 Nov: 1 in, by ada.")
    assert to_do in before

    done = with_answers(before, known, NOW, "applied 11 Nov: 1 in, by ada.", to_do)

    assert (1, 0) == (done.count("**Done:**"), done.count("Tick one box"))
    assert with_answers(text, known, NOW) == with_answers(before, known, NOW, "", to_do)


def test_the_record_stands_in_the_head_once(text):
    done = with_answers(text, decided(said("pick")), NOW, "applied 11 Nov: 1 in, by ada.")

    again = with_answers(done, decided(said("pick")), NOW, "applied 12 Nov: 2 in, by ada.")

    assert "**Done:** applied 11 Nov: 1 in, by ada.\n" in done.partition("## ")[0]
    assert 1 == again.count("**Done:**")
    assert "applied 12 Nov" in again
