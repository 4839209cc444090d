"""
Measures a list's model as it would have done: learned before each quarter, judged on the quarter.

Rules count only as they were when the quarter began. Where nobody knows how they were, the model
orders alone and chooses every section.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from catalog.facts import Verdict
from pipelines.likeness import WORDS_NEED
from pipelines.placing import choose_sections
from pipelines.rank.metrics import (
    average_precision,
    interval,
    places,
    precision_at,
    share_interval,
)
from pipelines.rank.model import Model, Prediction
from pipelines.rank.quarters import Moments, Quarter, as_of, labels_of, moments, week_parts
from pipelines.rank.samples import Sample, Samples
from pipelines.rank.score import HALF, compare
from pipelines.rules.ruleset import Ruleset

WITHIN = (25, 50, 100)
RECALL = 0.9
# Of weeks so short that any order puts half of the picks among the first, none says anything.
MAX_LUCK = 0.5
ORDERS = ("model", "rules", "both")

Weeks = Callable[[Samples, Quarter, Moments], list[list[Sample]]]


class RulesThen(NamedTuple):
    """A list's rules as they were at some moment."""

    list_name: str
    ruleset: Ruleset


RulesAt = Callable[[datetime], RulesThen | None]


class SectionChoice(NamedTuple):
    """The section of a listed paper, and the first and second choice for it."""

    section: str
    first: str | None
    second: str | None


@dataclass(frozen=True, slots=True)
class QuarterFigures:
    """
    One quarter, judged by what was known before it.

    ``points`` and ``listed`` are of its labels. ``candidates`` says which of them would have been
    candidates, None where no line could be set. ``places`` are those of later picks in their weeks
    by each order, ``sizes`` the numbers of papers in these weeks, and ``pool`` those of all weeks.
    """

    quarter: Quarter
    learned_from: Samples
    points: tuple[float, ...]
    listed: tuple[bool, ...]
    candidates: tuple[bool, ...] | None
    places: dict[str, tuple[int, ...]]
    sizes: tuple[int, ...]
    pool: int
    sections: tuple[SectionChoice, ...]


def roll(
    dataset: Samples,
    rules_at: RulesAt,
    *,
    since: datetime | None = None,
    weeks: Weeks = week_parts,
    names: Sequence[str] = (),
) -> Iterator[QuarterFigures]:
    """Every quarter with labels and enough to learn from before it, oldest first."""
    when = moments(dataset)
    quarters = sorted({Quarter.of(at) for at in when.of.values()})
    for quarter in quarters:
        if since and quarter.begins < since:
            continue
        before = as_of(dataset, quarter.begins, when)
        if not before.too_little:
            yield judge_quarter(
                dataset, before, quarter, when, rules_at(quarter.begins), weeks, names
            )


def judge_quarter(
    dataset: Samples,
    before: Samples,
    quarter: Quarter,
    when: Moments,
    rules: RulesThen | None,
    weeks: Weeks,
    names: Sequence[str],
) -> QuarterFigures:
    """Learn from ``before`` and judge what came in the quarter."""
    from pipelines.rank.training import learn

    model = learn(before, rules.list_name if rules else "").model
    listed, rejected = labels_of(dataset, quarter, when)
    judged = [model.judge(sample.seen) for sample in (*listed, *rejected)]
    all_weeks = weeks(dataset, quarter, when)
    placed, sizes = places_of(dataset, model, all_weeks, when, quarter, rules)
    return QuarterFigures(
        quarter=quarter,
        learned_from=before,
        points=tuple(likeness.belongs.points for likeness in judged),
        listed=tuple(n < len(listed) for n in range(len(judged))),
        candidates=_candidates(model, [*listed, *rejected], judged, rules),
        places=placed,
        sizes=sizes,
        pool=sum(map(len, all_weeks)),
        sections=tuple(
            SectionChoice(sample.section or "", *_sections(model, sample, rules, names)[:2])
            for sample in listed
            if sample.section in names
        ),
    )


def _candidates(
    model: Model, labels: Sequence[Sample], judged: Sequence[Prediction], rules: RulesThen | None
) -> tuple[bool, ...] | None:
    if model.line is None:
        return None
    line = model.line.chance
    return tuple(
        likeness.belongs.chance >= line
        or (
            likeness.belongs.chance >= WORDS_NEED * line
            and _verdict(sample, rules).section is not None
        )
        for sample, likeness in zip(labels, judged, strict=True)
    )


def _verdict(sample: Sample, rules: RulesThen | None) -> Verdict:
    if rules is None:
        return Verdict(None, 0.0)
    return rules.ruleset.judge(rules.list_name, sample.seen.title, sample.seen.abstract)


def _sections(
    model: Model, sample: Sample, rules: RulesThen | None, names: Sequence[str]
) -> list[str | None]:
    """The first and second choice, and more."""
    likely = [pair for pair in model.sections.likely(sample.seen) if pair[0] in names]
    return [*choose_sections(_verdict(sample, rules), likely, HALF), None, None]


def places_of(
    dataset: Samples,
    model: Model,
    weeks: Sequence[Sequence[Sample]],
    when: Moments,
    quarter: Quarter,
    rules: RulesThen | None,
) -> tuple[dict[str, tuple[int, ...]], tuple[int, ...]]:
    """Where papers that were listed later stand in their weeks, by each order, and of how many."""
    sizes: list[int] = []
    picks = {s.key for s in dataset.listed if s.key in when.of and when.of[s.key] >= quarter.begins}
    placed: dict[str, list[int]] = {order: [] for order in (ORDERS if rules else ORDERS[:1])}
    for week in weeks:
        wanted = [sample.key in picks for sample in week]
        if not any(wanted):
            continue
        sizes += [len(week)] * sum(wanted)
        learned = [model.judge(sample.seen).order for sample in week]
        placed["model"] += places([lesson.points for lesson in learned], wanted)
        if rules:
            texts = ((sample.seen.title, sample.seen.abstract) for sample in week)
            scores = [v.score for v in rules.ruleset.judge_all(rules.list_name, texts)]
            both = [strength.exact for strength in compare(scores, learned, HALF)]
            placed["rules"] += places(scores, wanted)
            placed["both"] += places(both, wanted)
    return {order: tuple(at) for order, at in placed.items()}, tuple(sizes)


def as_dict(figures: Sequence[QuarterFigures], source: str) -> dict[str, Any]:
    """Figures of each quarter and of all together, each with its number and interval."""
    return {
        "protocol": "learned from all labels before a quarter, judged on the quarter",
        "dates": source,
        "quarters": [{"quarter": str(quarter.quarter)} | _of([quarter]) for quarter in figures],
        "together": _of(figures),
    }


def _of(figures: Sequence[QuarterFigures]) -> dict[str, Any]:
    points = [value for quarter in figures for value in quarter.points]
    listed = [value for quarter in figures for value in quarter.listed]
    both = 0 < sum(listed) < len(listed)
    return {
        "learned_from": _learned_from(figures[-1].learned_from) if figures else None,
        "listed": sum(listed),
        "rejected": len(listed) - sum(listed),
        "average_precision": _figure(average_precision, points, listed) if both else None,
        f"precision_at_recall_{RECALL}": (
            _figure(lambda s, y: precision_at(s, y, RECALL), points, listed) if both else None
        ),
        "candidates": _candidate_figures(figures),
        "order": _order_figures(figures),
        "sections": _section_figures(figures),
    }


def _learned_from(dataset: Samples) -> dict[str, int]:
    return {
        "listed": len(dataset.listed),
        "rejected": len(dataset.rejected),
        "background": len(dataset.background),
    }


def _figure(
    figure: Callable[[Sequence[float], Sequence[bool]], float],
    points: Sequence[float],
    listed: Sequence[bool],
) -> dict[str, Any]:
    return {
        "is": round(figure(points, listed), 4),
        "between": [round(value, 3) for value in interval(figure, points, listed)],
    }


def _share(hits: int, number: int) -> dict[str, Any]:
    return {
        "is": round(hits / number, 4) if number else None,
        "n": number,
        "between": [round(value, 3) for value in share_interval(hits, number)],
    }


def _candidate_figures(figures: Sequence[QuarterFigures]) -> dict[str, Any] | None:
    """Recall and precision of candidates in the quarters where a line could be set."""
    pairs = [
        pair
        for quarter in figures
        if quarter.candidates is not None
        for pair in zip(quarter.candidates, quarter.listed, strict=True)
    ]
    if not pairs:
        return None
    picked, taken = sum(c and g for c, g in pairs), sum(c for c, _ in pairs)
    return {
        "recall": _share(picked, sum(good for _, good in pairs)),
        "precision": _share(picked, taken),
    }


def _order_figures(figures: Sequence[QuarterFigures]) -> dict[str, Any]:
    """
    The shares of later picks in the first so many of their weeks, by each order.

    ``by_luck`` is what any order reaches. Where that is above ``MAX_LUCK`` the weeks are too short,
    and the share, which would be near 1 whatever the order, is None.
    """
    ranked = {
        order: [place for quarter in figures for place in quarter.places.get(order, ())]
        for order in ORDERS
        if any(order in quarter.places for quarter in figures)
    }
    sizes = [size for quarter in figures for size in quarter.sizes]
    return {
        "pool": sum(quarter.pool for quarter in figures),
        "in_a_week": round(sum(sizes) / len(sizes)) if sizes else None,
        **{
            order: {str(most): _in_first(most, at, sizes) for most in WITHIN}
            for order, at in ranked.items()
        },
    }


def _in_first(most: int, places: Sequence[int], sizes: Sequence[int]) -> dict[str, Any]:
    share = _share(sum(place <= most for place in places), len(places))
    luck = sum(min(1.0, most / size) for size in sizes) / len(sizes) if sizes else None
    if luck is not None and luck > MAX_LUCK:
        share["is"] = None
    return share | {"by_luck": None if luck is None else round(luck, 3)}


def _section_figures(figures: Sequence[QuarterFigures]) -> dict[str, Any]:
    placed = [choice for quarter in figures for choice in quarter.sections]
    return {
        "first": _share(sum(choice.section == choice.first for choice in placed), len(placed)),
        "first_or_second": _share(
            sum(choice.section in (choice.first, choice.second) for choice in placed), len(placed)
        ),
    }
