"""Why a model finds a work alike: its telling words, the nearest entries, and every step."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipelines.likeness import Likeness
from pipelines.rank.features import Features
from pipelines.rank.model import QUESTIONS, Model, Question
from pipelines.rank.score import DIGITS, Strength
from pipelines.rules.ruleset import Ruleset

MAX_TELLING_WORDS = 4
MAX_NEAREST = 2
# Below this cosine two texts have a common word and nothing more.
MIN_NEARNESS = 0.08

# Words that bind others: a phrase that begins or ends with one tells a reader nothing.
BINDING = frozenset(
    """
    a an and are as at be by can for from in into is it its of on or our that the their this to
    using via we which while with
    """.split()  # noqa: SIM905
)

Weighted = list[tuple[str, float]]


def telling(model: Model, seen: Features) -> tuple[str, ...]:
    """The words that speak most for a work; none that is a part of a better one."""
    adds = model.words.adds(model.words.in_words(seen), QUESTIONS.index("belongs"))
    chosen: list[str] = []
    for name, points in sorted(adds, key=lambda pair: (-pair[1], pair[0])):
        if points <= 0 or len(chosen) == MAX_TELLING_WORDS:
            break
        said = name.split()
        plain = BINDING.isdisjoint((said[0], said[-1]))
        if plain and not any({*said} & {*other.split()} for other in chosen):
            chosen.append(name)
    return tuple(chosen)


class Nearest:
    """The entries that a model learned from, by the words of their titles."""

    def __init__(self, model: Model) -> None:
        # Loaded here: only what proposes a work explains it, and most commands don't.
        import numpy as np

        self._model = model
        self._nothing = np.zeros(len(model.listed))
        by_word: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, (title, _) in enumerate(model.listed):
            for term, value in model.words.values(model.words.in_words(Features(title))):
                by_word[term].append((number, value))
        self._by_word = {
            term: (np.array([number for number, _ in said]), np.array([value for _, value in said]))
            for term, said in by_word.items()
        }

    def to(self, seen: Features) -> tuple[str, ...]:
        """Titles of the entries with most in common, nearest first."""
        near = self._nothing.copy()
        known = self._model.words
        for term, value in known.values(known.in_words(seen)):
            if said := self._by_word.get(term):
                numbers, others = said
                near[numbers] += value * others
        enough = (near >= MIN_NEARNESS).nonzero()[0].tolist()
        ranked = sorted(enough, key=lambda number: (-near[number], number))
        titles = (self._model.listed[number][0] for number in ranked)
        return tuple(dict.fromkeys(title for title in titles if title != seen.title))[:MAX_NEAREST]


@dataclass(frozen=True, slots=True)
class Explainer:
    """Gives reasons for the likeness of works, among sections that the list has."""

    model: Model
    nearest: Nearest
    sections: frozenset[str]

    @classmethod
    def of(cls, model: Model, sections: Iterable[str]) -> "Explainer":
        return cls(model, Nearest(model), frozenset(sections))

    def likely(self, seen: Features) -> tuple[tuple[str, float], ...]:
        """The list's sections with their chances, the likeliest first."""
        found = self.model.sections.likely(seen)
        return tuple(
            (name, round(chance, DIGITS)) for name, chance in found if name in self.sections
        )

    def explained(self, bare: Likeness, seen: Features) -> Likeness:
        """A likeness with its reasons."""
        return bare._replace(
            sections=self.likely(seen),
            words=telling(self.model, seen),
            nearest=self.nearest.to(seen),
        )


def arithmetic(
    ruleset: Ruleset,
    list_name: str,
    model: Model | None,
    seen: Features,
    among: Strength | None = None,
    line: float | None = None,
) -> dict[str, Any]:
    """
    Each step from the words of a title and abstract to both numbers of a work.

    ``among`` is its strength among the candidates of now; without one, its numbers stand alone.
    ``line`` is the chance from which likeness makes a candidate.
    """
    verdict = ruleset.judge(list_name, seen.title, seen.abstract)
    steps: dict[str, Any] = {
        "title": seen.title,
        "section": verdict.section,
        "score": round(among.score if among else verdict.score, 3),
        "rules": round(verdict.score, 3),
        "learned": None,
        "among_candidates": _among(among),
        "parts": [],
    }
    if model is None:
        return steps
    judged = model.judge(seen)
    explainer = Explainer.of(model, model.sections.names)
    parts = sorted(model.parts(seen), key=lambda part: -abs(part.adds))
    return steps | {
        "learned": round(judged.order.chance, 3),
        "points": round(judged.order.points, 3),
        "slope": round(model.order.slope, 3),
        "shift": round(model.order.shift, 3),
        "likeness": round(judged.belongs.chance, 3),
        "line": None if line is None else round(line, 3),
        "telling": list(telling(model, seen)),
        "nearest": list(explainer.nearest.to(seen)),
        "likely_sections": [
            {"section": name, "chance": round(chance, 3)}
            for name, chance in model.sections.likely(seen)[:3]
        ],
        "parts": [asdict(part) | {"adds": round(part.adds, 3)} for part in parts],
    }


def _among(strength: Strength | None) -> dict[str, float] | None:
    if strength is None or strength.learned is None:
        return None
    return {
        "share_of_rules": strength.share,
        "rules_above_mean": round(strength.rules_above, 3),
        "learned_above_mean": round(strength.learned_above, 3),
    }


def top_terms(model: Model, most: int, question: Question = "order") -> dict[str, Any]:
    """The terms that move most for a question, for and against."""
    at = QUESTIONS.index(question) + 1
    kinds = {"words": model.words.weights, "letters": model.letters.weights}
    return {
        kind: dict(zip(("for", "against"), _ends(_column(weights, at), most), strict=True))
        for kind, weights in kinds.items()
    }


def _column(weights: Mapping[str, Sequence[float]], at: int) -> Weighted:
    return [(term, row[at]) for term, row in weights.items()]


def _ends(weights: Weighted, most: int) -> tuple[Weighted, Weighted]:
    ordered = [(name, round(weight, 3)) for name, weight in sorted(weights, key=lambda w: -w[1])]
    up = [pair for pair in ordered[:most] if pair[1] > 0]
    return up, [pair for pair in ordered[::-1][:most] if pair[1] < 0]
