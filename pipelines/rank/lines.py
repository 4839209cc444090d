"""
Choices on labels that were kept back.

From which chance on a work is a candidate, and how much the rules count in the order and in the
choice of a section.
"""

from collections.abc import Sequence
from math import inf, nextafter

from catalog.facts import Verdict
from pipelines.placing import choose_sections
from pipelines.rank.metrics import average_precision
from pipelines.rank.model import Line, Scale, Share
from pipelines.rank.quarters import KeptLabel
from pipelines.rank.score import HALF, SHARES, standardised

# The line lets in this share of the papers that people listed.
LINE_RECALL = 0.85
# Labels of the last two quarters that a line needs, and listed papers among them.
MIN_LINE_LABELS, MIN_LINE_LISTED = 30, 10
# Rejected papers among them from which on the line shows what words let in wrongly.
MIN_LINE_REJECTED = 10
# A line from the list's own entries lets in no more than this share of other papers.
MAX_OTHERS_SHARE = 0.03
# Labels younger than the words that choosing the share needs, and of each kind among them.
MIN_SHARE_LABELS, MIN_SHARE_KIND = 20, 5


def set_line(kept: Sequence[KeptLabel], scale: Scale) -> Line | None:
    """The highest chance that ``LINE_RECALL`` of the listed reach; None with too few labels."""
    listed = sorted((label.points for label in kept if label.listed), reverse=True)
    if len(kept) < MIN_LINE_LABELS or len(listed) < MIN_LINE_LISTED:
        return None
    least = listed[_ceiling(LINE_RECALL * len(listed)) - 1]
    return Line(
        chance=scale.chance(least),
        labels=len(kept),
        listed=len(listed),
        found=sum(points >= least for points in listed),
        wrong=sum(label.points >= least for label in kept if not label.listed),
    )


def set_own_line(entries: Sequence[float], others: Sequence[float], scale: Scale) -> Line:
    """
    A line from the list's own entries, where fresh labels are too few for one.

    ``entries`` and ``others`` are points by models of other papers. It's the highest chance that
    ``LINE_RECALL`` of the entries reach, or a higher one where that lets in more than
    ``MAX_OTHERS_SHARE`` of the others: what an odd entry needs mustn't open the list to everything.
    """
    best = sorted(others, reverse=True)
    most = int(MAX_OTHERS_SHARE * len(best))
    least = sorted(entries, reverse=True)[_ceiling(LINE_RECALL * len(entries)) - 1]
    if most < len(best) and best[most] >= least:
        least = nextafter(best[most], inf)
    return Line(
        chance=scale.chance(least),
        labels=len(entries) + len(best),
        listed=len(entries),
        found=sum(points >= least for points in entries),
        wrong=sum(points >= least for points in best),
    )


def _ceiling(value: float) -> int:
    return int(-(-round(value, 9) // 1))


def choose_share(
    fresh: Sequence[KeptLabel], rules: Sequence[float], fingerprint: str, *, untouched: bool
) -> Share:
    """
    How much the rules count: what orders the labels best that are younger than the words.

    ``rules`` are the rules' scores of those labels. Equal figures prefer half. With too few labels
    it is half where a person edited the words, and nothing where ``init`` counted them out.
    """
    listed = [label.listed for label in fresh]
    few = min(sum(listed), len(listed) - sum(listed)) < MIN_SHARE_KIND
    if len(fresh) < MIN_SHARE_LABELS or few:
        return _unmeasured(len(fresh), fingerprint, untouched=untouched)
    above, learned = standardised(rules), standardised([label.points for label in fresh])

    def precision(share: float) -> tuple[float, bool]:
        mixed = [
            share * one + (1 - share) * other for one, other in zip(above, learned, strict=True)
        ]
        return round(average_precision(mixed, listed), 3), share == HALF

    best = max(SHARES, key=precision)
    why = (
        f"best on {len(fresh)} labels younger than the words"
        f" (average precision {precision(best)[0]:.2f})"
    )
    return Share(best, why, fingerprint)


def choose_section_share(
    fresh: Sequence[KeptLabel], verdicts: Sequence[Verdict], fingerprint: str, *, untouched: bool
) -> Share:
    """How much the rules count in the choice of a section, in the same way."""
    pairs = [
        (label, verdict)
        for label, verdict in zip(fresh, verdicts, strict=True)
        if label.listed and label.section and label.likely
    ]
    if len(pairs) < MIN_SHARE_LABELS:
        return _unmeasured(len(pairs), fingerprint, untouched=untouched)

    def right(share: float) -> tuple[int, bool]:
        chosen = (choose_sections(verdict, one.likely, share)[0] for one, verdict in pairs)
        hits = sum(name == one.section for name, (one, _) in zip(chosen, pairs, strict=True))
        return hits, share == HALF

    best = max(SHARES, key=right)
    why = f"{right(best)[0]} of {len(pairs)} papers listed since the words changed are right by it"
    return Share(best, why, fingerprint)


def _unmeasured(labels: int, fingerprint: str, *, untouched: bool) -> Share:
    """What is taken where too few labels are younger than the words."""
    if untouched:
        return Share(0.0, "the words are as init wrote them", fingerprint)
    why = f"{labels} labels younger than the words are too few to choose"
    return Share(HALF, why, fingerprint)
