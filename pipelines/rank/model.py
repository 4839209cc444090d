"""
The model of a list's order: weights of words, the arithmetic that uses them, and its file.

It's numbers and words only, so people can read it, and applying it doesn't need the library that
trained it. The file is JSON with a checksum; nothing in it is executed.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import orjson

from catalog.errors import StoreTrouble
from pipelines.rank.features import FACTS, RECIPE, Features, fact, letters, rules_found, words
from pipelines.rules.ruleset import Ruleset

# Matches of rules weigh half as much as a text full of telling words: measured.
RULES_SCALE = 0.5

KIND = "listkeeper order model"
MAX_MODEL_BYTES = 64 << 20
WAY_OUT = "delete it; `listkeeper rank train` makes a new one"


@dataclass(frozen=True, slots=True)
class Terms:
    """Weights of terms of one kind: ``weights[term]`` is (how rare it is, its weight)."""

    weights: Mapping[str, tuple[float, float]]

    def parts(self, terms: Iterable[str]) -> Iterator[tuple[str, float]]:
        """What each term of a text adds; a text's terms together have length 1."""
        rare = [
            (term, (1.0 + math.log(count)) * self.weights[term][0])
            for term, count in Counter(terms).items()
            if term in self.weights
        ]
        length = math.sqrt(sum(value * value for _, value in rare))
        for term, value in rare:
            yield term, value / length * self.weights[term][1]

    def total(self, terms: Iterable[str]) -> float:
        """What all of them add."""
        return sum(adds for _, adds in self.parts(terms))


@dataclass(frozen=True, slots=True)
class ModelCard:
    """
    The origin of a model, for people and to decide whether it's outdated.

    ``source`` is "list" (with its decisions) or "files"; ``week`` is when it was trained.
    """

    list_name: str
    fingerprint: str
    rules_fingerprint: str
    source: str
    week: str
    listed: int
    rejected: int
    background: int
    with_abstract: int


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    """One step of the arithmetic: a feature, its kind, and what it adds to the points."""

    kind: str
    name: str
    adds: float


@dataclass(frozen=True, slots=True)
class Model:
    """
    A trained model. ``facts[name]`` is (the usual value, the weight).

    ``slope`` and ``shift`` turn points into a calibrated probability: they were fitted on papers
    that the weights weren't trained on.
    """

    about: ModelCard
    words: Terms
    letters: Terms
    rules: Mapping[str, float]
    facts: Mapping[str, tuple[float, float]]
    bias: float
    slope: float
    shift: float

    def parts(self, seen: Features, rule_values: Mapping[str, float]) -> Iterator[ScoreTerm]:
        """Every step from nothing to the points of a work."""
        yield ScoreTerm("start", "every work", self.bias)
        for term, adds in self.words.parts(words(seen)):
            yield ScoreTerm("word", term, adds)
        for term, adds in self.letters.parts(letters(seen)):
            yield ScoreTerm("letters", term, adds)
        yield from self._of_rules(rule_values)
        yield from self._of_facts(seen)

    def points(self, seen: Features, rule_values: Mapping[str, float]) -> float:
        """The sum of the parts."""
        rest = sum(part.adds for part in (*self._of_rules(rule_values), *self._of_facts(seen)))
        texts = self.words.total(words(seen)) + self.letters.total(letters(seen))
        return self.bias + texts + rest

    def _of_rules(self, rule_values: Mapping[str, float]) -> Iterator[ScoreTerm]:
        for name, value in rule_values.items():
            if name in self.rules:
                yield ScoreTerm("rules", name, value * RULES_SCALE * self.rules[name])

    def _of_facts(self, seen: Features) -> Iterator[ScoreTerm]:
        for name in FACTS:
            value = fact(seen, name)
            if value is not None and name in self.facts:
                usual, weight = self.facts[name]
                yield ScoreTerm("fact", name, (value - usual) * weight)

    def learned(self, ruleset: Ruleset, seen: Features) -> float:
        """How likely a work like this one is listed (0 to 1)."""
        rule_values = rules_found(ruleset, self.about.list_name, seen)
        return self.probability(self.points(seen, rule_values))

    def probability(self, points: float) -> float:
        return logistic(self.slope * points + self.shift)


def logistic(value: float) -> float:
    """From any number to one between 0 and 1, without overflow."""
    if value >= 0:
        return 1.0 / (1.0 + math.exp(-value))
    small = math.exp(value)
    return small / (1.0 + small)


class WrongModel(ValueError):
    """The file isn't a model; the message is why."""


def to_bytes(model: Model) -> bytes:
    """The model as text; the same model gives the same bytes."""
    body = {
        "about": asdict(model.about),
        "words": _columns(model.words),
        "letters": _columns(model.letters),
        "rules": _rounded(model.rules),
        "facts": {name: [*map(_round, pair)] for name, pair in model.facts.items()},
        "bias": _round(model.bias),
        "slope": _round(model.slope),
        "shift": _round(model.shift),
    }
    return orjson.dumps({"kind": KIND, "recipe": RECIPE, "sum": _sum(body), "model": body}) + b"\n"


def from_file(path: Path, list_name: str) -> Model | None:
    """
    The model of a list; None if there's none, or one of another recipe.

    Raises StoreTrouble, with the way out, if the file is damaged, foreign or another list's.
    """
    try:
        if path.stat().st_size > MAX_MODEL_BYTES:
            raise StoreTrouble(str(path), f"is larger than {MAX_MODEL_BYTES >> 20} MB", WAY_OUT)
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as trouble:
        raise StoreTrouble(str(path), f"cannot be read ({trouble.strerror})", WAY_OUT) from trouble
    try:
        model = from_bytes(data)
    except WrongModel as wrong:
        raise StoreTrouble(str(path), f"is no model: {wrong}", WAY_OUT) from None
    if model is not None and model.about.list_name != list_name:
        matter = f"is of the list {model.about.list_name!r}, not of {list_name!r}"
        raise StoreTrouble(str(path), matter, WAY_OUT)
    return model


def from_bytes(data: bytes) -> Model | None:
    """Read a model; None for one of another recipe, WrongModel if it isn't one."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise WrongModel("it is not JSON, or cut off") from None
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise WrongModel("it does not say that it is one")
    body = document.get("model")
    if not isinstance(body, dict) or document.get("sum") != _sum(body):
        raise WrongModel("its sum does not fit: it was damaged or changed")
    if document.get("recipe") != RECIPE:
        return None
    try:
        return _model(body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WrongModel(f"a part is missing or of another kind ({error})") from None


def _model(body: Mapping[str, Any]) -> Model:
    about = ModelCard(**{column.name: body["about"][column.name] for column in fields(ModelCard)})
    return Model(
        about=about,
        words=_terms(body["words"]),
        letters=_terms(body["letters"]),
        rules={str(name): _number(value) for name, value in body["rules"].items()},
        facts={
            str(name): (_number(usual), _number(weight))
            for name, (usual, weight) in body["facts"].items()
        },
        bias=_number(body["bias"]),
        slope=_number(body["slope"]),
        shift=_number(body["shift"]),
    )


def _columns(terms: Terms) -> dict[str, list[Any]]:
    return {
        "terms": list(terms.weights),
        "rare": [_round(rare) for rare, _ in terms.weights.values()],
        "weight": [_round(weight) for _, weight in terms.weights.values()],
    }


def _terms(columns: Mapping[str, Sequence[Any]]) -> Terms:
    pairs = zip(map(_number, columns["rare"]), map(_number, columns["weight"]), strict=True)
    return Terms(dict(zip(map(str, columns["terms"]), pairs, strict=True)))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r:.40} is no number")
    return float(value)


def _round(value: float) -> float:
    return round(value, 6)


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: _round(value) for name, value in values.items()}


def _sum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
