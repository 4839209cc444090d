"""
The section of a work: the rules' words, weighed against what listed papers are like.

Words alone chose three of four sections right on later papers, and a regression on the listed
papers seven of eight. So a section that the rules name counts for more, and doesn't win by itself.
"""

from collections.abc import Sequence

from catalog.facts import Verdict

# So many times a section's chance counts where the rules put the work there: by a word in its
# title, or by words of its abstract, which mentions many things. Set with words that two older
# papers support (benchmarks.rolling_quarters).
TITLE_FACTOR, ABSTRACT_FACTOR = 8.0, 1.5

SectionChances = Sequence[tuple[str, float]]


def choose_sections(verdict: Verdict, likely: SectionChances, share: float) -> list[str]:
    """
    Sections for a work, the best first.

    ``likely`` are the list's sections with their chances, as the model says. ``share`` is the
    rules' part: 0 leaves the choice to the model, 1 to the rules where they let in. A section too
    small to be learned is as likely as the unlikeliest.
    """
    chances = dict(likely)
    section = verdict.section
    if section and (share > 0 or not chances):
        least = min(chances.values(), default=1.0)
        chances[section] = _factor(verdict, share) * chances.get(section, least)
    return sorted(chances, key=lambda name: -chances[name])


def _factor(verdict: Verdict, share: float) -> float:
    if share == 1:
        return float("inf")
    in_title = any(place.field == "title" for place in verdict.evidence)
    return TITLE_FACTOR if in_title else ABSTRACT_FACTOR
