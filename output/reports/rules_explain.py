"""An explanation of a verdict as data."""

from dataclasses import asdict
from typing import Any

from config.rules import ListRules
from pipelines.rules.ruleset import Explanation
from pipelines.rules.scoring import Fit
from pipelines.tuning.counterfactuals import counterfactuals


def as_dict(
    rules: ListRules, explained: Explanation, title: str, abstract: str | None
) -> dict[str, Any]:
    """Give an explanation as data, for --json."""
    verdict = asdict(explained.verdict)
    return {
        "list": rules.list,
        "title": title,
        "has_abstract": abstract is not None,
        **verdict,
        "about": explained.reading.words(explained.about),
        "kept_out_by": explained.reading.words(explained.vetoes),
        "helps": explained.reading.words(explained.helps),
        "neighbours": explained.reading.words(explained.neighbours),
        "weighs_against": explained.reading.words(explained.doubts),
        "sections": [_section(explained, fit) for fit in explained.fits],
        "flips": [
            {"section": flip.section, "changes": [asdict(change) for change in flip.changes]}
            for flip in counterfactuals(rules, title, abstract)
        ],
    }


def _section(explained: Explanation, fit: Fit) -> dict[str, Any]:
    return {
        "name": fit.name,
        "fits": fit.fits,
        "points": fit.points,
        "kept_out_by": explained.reading.words(fit.vetoes),
        "evidence": [asdict(place) for place in explained.reading.evidence(fit.shown)],
    }
