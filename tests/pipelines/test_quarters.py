"""Each quarter is judged by what was known before it: no later label touches anything."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from catalog.facts import Evidence, Verdict
from output.reports.rank_eval import quarter_lines
from pipelines.rank.features import Features
from pipelines.rank.lines import choose_section_share, choose_share, set_line, set_own_line
from pipelines.rank.metrics import precision_at, share_interval
from pipelines.rank.model import Scale
from pipelines.rank.quarters import KeptLabel, Quarter, as_of, moments, week_parts
from pipelines.rank.rolling import as_dict, roll
from pipelines.rank.samples import Sample, Samples, samples

ON_TOPIC = ["quantizing", "caches", "sparse", "pruned", "lowbit", "serving"]
OFF_TOPIC = ["poetry", "rivers", "birds", "weather", "cooking", "history"]
EITHER = [f"word{number}" for number in range(30)]
SPRING, SUMMER = Quarter(2024, 2), Quarter(2024, 3)


def text(chance, topic):
    return Features(" ".join(chance.choices(topic, k=2) + chance.choices(EITHER, k=4)))


def labelled(chance, number, month, topic, *, day=15, section=None):
    key = f"arxiv:{24}{month:02}.{number:05}"
    return Sample(key, text(chance, topic), datetime(2024, month, day, tzinfo=UTC), section)


@pytest.fixture(scope="module")
def known():
    """Thirty listed and sixty rejected in each half year, and a background of every month."""
    chance = random.Random(4)
    listed = [labelled(chance, n, 1 + n % 9, ON_TOPIC, section="AB"[n % 2]) for n in range(90)]
    rejected = [labelled(chance, 100 + n, 1 + n % 9, OFF_TOPIC) for n in range(180)]
    rest = [
        Sample(f"arxiv:24{1 + n % 9:02}.{1000 + n:05}", text(chance, OFF_TOPIC)) for n in range(300)
    ]
    return samples(listed, rejected, rest, most=None)


def judged(known, quarter):
    return next(roll(known, lambda _cut: None, since=quarter.begins, names=["A", "B"]))


def moved(known, key, *, listed):
    """The same papers, with one label turned around and its date kept."""
    label = next(s for s in known.all if s.key == key)
    without = [[s for s in group if s.key != key] for group in (known.listed, known.rejected)]
    without[0 if listed else 1].append(label)
    return samples(*without, known.background, most=None)


def test_a_label_after_the_cut_touches_nothing(known):
    """
    Every label of the quarter and after it is turned around: what was learned stays the same.

    The turned labels would betray themselves, because they say the opposite of all earlier ones.
    """
    later = [s.key for s in (*known.listed, *known.rejected) if s.labelled_at >= SUMMER.begins]
    listed_keys = {s.key for s in known.listed}
    turned = known
    for key in later:
        turned = moved(turned, key, listed=key not in listed_keys)

    before, after = judged(known, SUMMER), judged(turned, SUMMER)

    assert len(later) > 50
    assert sorted(before.points) == sorted(after.points)
    assert before.learned_from == after.learned_from
    assert before.listed.count(True) == after.listed.count(False) == 30


def test_a_label_before_the_cut_does_touch(known):
    """The same change of one earlier label shows, so the test above could fail."""
    early = next(s.key for s in known.listed if s.labelled_at < SPRING.begins)

    turned = moved(known, early, listed=False)

    assert sorted(judged(known, SUMMER).points) != sorted(judged(turned, SUMMER).points)


def test_a_paper_that_was_labelled_later_was_unlabelled_then(known):
    """Announced in June and listed in July, it is background for July's model and no more."""
    june = Sample("arxiv:2406.00999", Features("late"), datetime(2024, 7, 9, tzinfo=UTC), "A")
    more = samples([*known.listed, june], known.rejected, known.background, most=None)

    then = as_of(more, SUMMER.begins, moments(more))

    assert june.key not in {s.key for s in then.listed}
    (found,) = [s for s in then.background if s.key == june.key]
    assert (None, None) == (found.labelled_at, found.section)
    assert all(s.key < "arxiv:2407" for s in then.all)


def test_labels_committed_in_one_piece_are_dated_by_their_months_on_arxiv(known):
    day = datetime(2024, 11, 2, tzinfo=UTC)
    at_once = Samples(
        *(
            tuple(Sample(s.key, s.seen, day) for s in group)
            for group in (known.listed, known.rejected)
        ),
        known.background,
    )

    when = moments(at_once)

    assert "months on arXiv" in when.source
    assert {Quarter(2024, 1), SPRING, SUMMER} == {Quarter.of(at) for at in when.of.values()}
    assert "dates of the labels" in moments(known).source


@pytest.mark.long
def test_figures_have_their_number_and_interval(known):
    figures = as_dict(list(roll(known, lambda _cut: None, names=["A", "B"])), "by day")

    summer, together = figures["quarters"][-1], figures["together"]
    assert ("2024 Q3", 30, 60) == (summer["quarter"], summer["listed"], summer["rejected"])
    low, high = together["average_precision"]["between"]
    assert 0.9 < low <= together["average_precision"]["is"] <= high <= 1
    assert together["sections"]["first_or_second"]["n"] == together["listed"]
    assert set(together["order"]) == {"pool", "in_a_week", "model"}
    # A week of so few papers has all of them among its first 100, whatever the order.
    assert together["order"]["in_a_week"] < 100
    first = together["order"]["model"]["100"]
    assert (None, 1.0) == (first["is"], first["by_luck"])
    text = "\n".join(quarter_lines({**figures, "rules_unknown": []}))
    assert "in the first 100 " not in text
    assert "are too short to measure the first " in text


def test_since_leaves_earlier_quarters_out(known):
    quarters = [one.quarter for one in roll(known, lambda _cut: None, since=SUMMER.begins)]

    assert [SUMMER] == quarters


def test_a_quarter_is_ranked_in_parts_of_a_week(known):
    """Papers that stood in the list before are not ranked again; all others of the quarter are."""
    parts = week_parts(known, SUMMER, moments(known))

    keys = [sample.key for part in parts for sample in part]
    assert 13 >= len(parts) > 1
    assert keys == sorted(keys)
    assert {key[:10] for key in keys} == {"arxiv:2407", "arxiv:2408", "arxiv:2409"}


# The line and the share


def kept(points, *, listed):
    at = datetime(2024, 8, 1, tzinfo=UTC)
    return [KeptLabel(str(n), Features(""), listed, at, float(p)) for n, p in enumerate(points)]


def test_the_line_lets_in_most_of_what_people_listed():
    """Of twenty listed papers 17 are above it (0.85); what it lets in beside them is counted."""
    labels = kept(range(20), listed=True) + kept([2.5, 3.5, 30], listed=False)
    labels += kept([-9] * 10, listed=False)

    line = set_line(labels, Scale(0.0, 1.0, -10.0))

    assert (33, 20, 17, 2) == (line.labels, line.listed, line.found, line.wrong)
    assert line.chance == Scale(0.0, 1.0, -10.0).chance(3.0)


@pytest.mark.parametrize(("listed", "others"), [(20, 9), (9, 100)])
def test_too_few_labels_set_no_line(listed, others):
    labels = kept(range(listed), listed=True) + kept(range(others), listed=False)

    assert set_line(labels, Scale(0.0, 1.0, 0.0)) is None


def test_a_list_without_fresh_labels_has_a_line_from_its_own_entries():
    """17 of 20 entries reach it (0.85), and each paper counts what a model without it says."""
    line = set_own_line(range(20), [3.5, *[-9.0] * 99], Scale(0.0, 1.0, -10.0))

    assert line.chance == Scale(0.0, 1.0, -10.0).chance(3.0)
    assert (120, 20, 17, 1) == (line.labels, line.listed, line.found, line.wrong)


def test_odd_entries_do_not_open_the_line_to_everything():
    """Where 85% of the entries would let in half of arXiv, three of a hundred others are enough."""
    others = [float(value) for value in range(100)]

    line = set_own_line([*range(50, 60), 200.0, 300.0], others, Scale(0.0, 0.01, 0.0))

    assert (12, 2, 3) == (line.listed, line.found, line.wrong)


def test_equal_points_are_above_the_line_together_or_not_at_all():
    line = set_own_line([5.0] * 20, [5.0] * 100, Scale(0.0, 1.0, 0.0))

    assert (0, 0) == (line.found, line.wrong)


@pytest.mark.parametrize(
    ("rules", "learned", "share"),
    [
        pytest.param([0.9] * 10 + [0.1] * 10, [0, 1] * 10, 1.0, id="rules know"),
        pytest.param([0.9, 0.1] * 10, [3] * 10 + [1] * 10, 0.0, id="model knows"),
        pytest.param([0.9] * 10 + [0.1] * 10, [3] * 10 + [1] * 10, 0.5, id="both know"),
    ],
)
def test_the_share_is_what_orders_fresh_labels_best(rules, learned, share):
    labels = kept(learned[:10], listed=True) + kept(learned[10:], listed=False)

    assert share == choose_share(labels, rules, "now", untouched=False).rules


def test_without_fresh_labels_edited_words_count_half_and_counted_ones_nothing():
    assert 0.5 == choose_share([], [], "now", untouched=False).rules
    assert 0.0 == choose_share([], [], "now", untouched=True).rules


def placed(section, likely, said):
    """A listed paper of a section, its chances by older papers, and the section of the rules."""
    at = datetime(2024, 8, 1, tzinfo=UTC)
    label = KeptLabel("key", Features(""), True, at, 0.0, section, likely)
    evidence = (Evidence("title", "word", 0, 4),) if said else ()
    return label, Verdict(said, 0.8 if said else 0.0, evidence)


# The rules say A, listed papers say B with different assurance.
SURE, UNSURE = (("B", 0.95), ("A", 0.05)), (("B", 0.6), ("A", 0.4))


@pytest.mark.parametrize(
    ("papers", "share", "right"),
    [
        pytest.param([("A", SURE, "A")] * 20, 1.0, 20, id="rules know"),
        pytest.param([("B", UNSURE, "A")] * 20, 0.0, 20, id="listed papers know"),
        pytest.param([("B", SURE, "A")] * 10 + [("A", UNSURE, "A")] * 10, 0.5, 20, id="both know"),
        pytest.param([("B", SURE, "B")] * 20, 0.5, 20, id="all the same"),
    ],
)
def test_the_share_in_sections_is_what_places_fresh_papers_best(papers, share, right):
    labels, verdicts = zip(*(placed(*paper) for paper in papers), strict=True)

    chosen = choose_section_share(labels, verdicts, "now", untouched=False)

    assert (share, "now") == (chosen.rules, chosen.rules_fingerprint)
    assert chosen.why.startswith(f"{right} of 20 papers")


@pytest.mark.parametrize(("untouched", "share"), [(False, 0.5), (True, 0.0)])
def test_few_papers_or_rejected_ones_choose_no_share_in_sections(untouched, share):
    """19 listed papers and any number of others, which have no section, are too few."""
    pairs = [placed("A", SURE, "A") for _ in range(19)]
    pairs += [(replace(label, listed=False), verdict) for label, verdict in pairs]
    labels, verdicts = zip(*pairs, strict=True)

    assert share == choose_section_share(labels, verdicts, "now", untouched=untouched).rules


# Figures


def test_precision_at_a_recall_is_of_the_shortest_beginning():
    scores, listed = [5, 4, 3, 2, 1], [True, False, True, False, True]

    assert 1.0 == precision_at(scores, listed, 0.3)
    assert 2 / 3 == precision_at(scores, listed, 0.6)
    assert 3 / 5 == precision_at(scores, listed, 0.9)
    assert 1 / 2 == precision_at([1, 1], [True, False], 1.0)


def test_an_interval_of_a_share_is_wide_for_few():
    assert share_interval(0, 0) == (0.0, 1.0)
    few, many = share_interval(8, 10), share_interval(800, 1000)
    assert few[0] < many[0] < 0.8 < many[1] < few[1]
