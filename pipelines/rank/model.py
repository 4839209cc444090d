"""
What was learned of a list: weights of words, the arithmetic that uses them, and their file.

It's numbers and words only, so people can read it, and applying it doesn't need the library that
trained it. The file is JSON with a checksum; nothing in it is executed.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import orjson

from catalog.errors import StoreTrouble
from config.plain_files import read_file
from pipelines.rank.features import RECIPE, Features, names
from pipelines.rank.score import HALF, ModelScore, OrderPoints
from pipelines.rank.terms import NO_TERMS, Terms

KIND = "listkeeper order model"
MAX_MODEL_BYTES = 64 << 20
WAY_OUT = "delete it; `listkeeper rank train` makes a new one"

# What a model answers: in which order to read works, and whether a work belongs in the list.
Question = Literal["order", "belongs"]
QUESTIONS: tuple[Question, ...] = ("order", "belongs")
# Decimals of weights in the file.
DECIMALS = 5


@dataclass(frozen=True, slots=True)
class Authors:
    """
    Authors of listed papers, as ``features.names`` writes them.

    ``usual`` is the usual number of known authors of a work, on a log scale, and ``weights`` what
    each further one adds, for each question. A work without authors counts as usual.
    """

    known: frozenset[str]
    usual: float
    weights: tuple[float, ...]

    def above(self, seen: Features) -> float:
        found = list(names(seen))
        if not found:
            return 0.0
        return math.log1p(sum(name in self.known for name in found)) - self.usual


@dataclass(frozen=True, slots=True)
class Scale:
    """
    The start of every work, and the line from points to log-odds.

    ``slope`` and ``shift`` were fitted on papers that the weights weren't trained on.
    """

    bias: float
    slope: float
    shift: float

    def chance(self, points: float) -> float:
        return logistic(self.slope * points + self.shift)


@dataclass(frozen=True, slots=True)
class SectionModel:
    """Weights that choose a section; empty where no section has enough papers to learn from."""

    names: tuple[str, ...] = ()
    words: Terms = NO_TERMS
    letters: Terms = NO_TERMS
    bias: tuple[float, ...] = ()

    def likely(self, seen: Features) -> list[tuple[str, float]]:
        """Every learned section with its chance, the likeliest first."""
        number = len(self.names)
        sums = zip(
            self.bias,
            self.words.totals(self.words.in_words(seen), number),
            self.letters.totals(self.letters.in_letters(seen), number),
            strict=True,
        )
        points = [sum(parts) for parts in sums]
        top = max(points, default=0.0)
        odds = [math.exp(value - top) for value in points]
        ranked = sorted(zip(self.names, odds, strict=True), key=lambda pair: -pair[1])
        return [(name, value / sum(odds)) for name, value in ranked]


@dataclass(frozen=True, slots=True)
class Line:
    """
    The chance from which a work is a candidate by likeness.

    It was set on ``labels`` papers, ``listed`` of them listed, each judged by a model that hadn't
    seen it: ``found`` of the listed and ``wrong`` of the others are above it.
    """

    chance: float
    labels: int
    listed: int
    found: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Share:
    """The rules' part of a choice, and why. It holds for the rules with this fingerprint."""

    rules: float
    why: str
    rules_fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """
    The origin of a model, for people and to decide whether it's outdated.

    ``source`` is "list" (with its decisions) or "files"; ``week`` is when it was trained.
    ``passed_over`` papers fit the list but were rejected; they teach the order only.
    """

    list_name: str
    fingerprint: str
    source: str
    week: str
    listed: int
    rejected: int
    background: int
    with_abstract: int
    passed_over: int = 0
    authors: bool = False


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    """One step of the arithmetic: a feature, its kind, and what it adds to the points."""

    kind: str
    name: str
    adds: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """The model's two answers about a work, and the points of its text alone in the order."""

    order: ModelScore
    belongs: ModelScore
    text: float


@dataclass(frozen=True, slots=True)
class Model:
    """
    A trained model. ``listed`` are the titles it learned from, each with its section.

    ``line`` was set on the labels of the last two quarters, None with too few; ``own_line`` on the
    listed papers and all others, whatever their age. The second says less of tomorrow: it only
    takes the place of words that nobody has looked at. ``share`` is the rules' part of the order,
    ``section_share`` of the choice of a section.
    """

    about: ModelCard
    words: Terms
    letters: Terms
    order: Scale
    belongs: Scale
    authors: Authors | None = None
    sections: SectionModel = SectionModel()
    listed: tuple[tuple[str, str], ...] = ()
    line: Line | None = None
    own_line: Line | None = None
    share: Share = Share(HALF, "nobody has chosen another")
    section_share: Share = Share(HALF, "nobody has chosen another")

    def judge(self, seen: Features) -> Prediction:
        number = len(QUESTIONS)
        above = self.authors.above(seen) if self.authors else 0.0
        by = self.authors.weights if self.authors else (0.0,) * number
        word, letter = (
            self.words.totals(self.words.in_words(seen), number),
            self.letters.totals(self.letters.in_letters(seen), number),
        )
        texts = [
            scale.bias + word[n] + letter[n] for n, scale in enumerate((self.order, self.belongs))
        ]
        order, belongs = (text + above * by[n] for n, text in enumerate(texts))
        return Prediction(
            ModelScore(order, self.order.chance(order)),
            ModelScore(belongs, self.belongs.chance(belongs)),
            texts[0],
        )

    def authors_add(self, seen: Features) -> tuple[float, float] | None:
        """What a work's authors add to each answer; None where they count nothing or none are."""
        if self.authors is None or not seen.authors:
            return None
        above = self.authors.above(seen)
        order, belongs = self.authors.weights
        return above * order, above * belongs

    def order_points(self, seen: Features) -> OrderPoints:
        adds = self.authors_add(seen)
        return OrderPoints(self.judge(seen).text, adds[0] if adds else None)

    def in_order(self, works: Sequence[OrderPoints]) -> list[ModelScore]:
        """The scores of a run's works; authors count where at least half of them name theirs."""
        named = sum(one.authors is not None for one in works)
        counted = 2 * named >= len(works)
        points = [one.text + (one.authors or 0.0 if counted else 0.0) for one in works]
        return [ModelScore(value, self.order.chance(value)) for value in points]

    def parts(self, seen: Features, question: Question = "order") -> Iterator[ScoreTerm]:
        """Every step from nothing to the points of a work."""
        at = QUESTIONS.index(question)
        yield ScoreTerm("start", "every work", (self.order, self.belongs)[at].bias)
        for kind, terms, found in (
            ("word", self.words, self.words.in_words(seen)),
            ("letters", self.letters, self.letters.in_letters(seen)),
        ):
            for term, adds in terms.adds(found, at):
                yield ScoreTerm(kind, term, adds)
        if self.authors:
            adds = self.authors.above(seen) * self.authors.weights[at]
            known = sum(name in self.authors.known for name in names(seen))
            yield ScoreTerm("authors", f"{known} of its authors are in the list", adds)


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
        "order": asdict(model.order),
        "belongs": asdict(model.belongs),
        "authors": _authors_as_json(model.authors),
        "sections": {
            "names": list(model.sections.names),
            "words": _columns(model.sections.words),
            "letters": _columns(model.sections.letters),
            "bias": _rounded(model.sections.bias),
        },
        "listed": [list(pair) for pair in model.listed],
        "line": asdict(model.line) if model.line else None,
        "own_line": asdict(model.own_line) if model.own_line else None,
        "share": asdict(model.share),
        "section_share": asdict(model.section_share),
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
        data = read_file(path, MAX_MODEL_BYTES)
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
    number, parts = len(QUESTIONS), body["sections"]
    sections = tuple(map(str, parts["names"]))
    return Model(
        about=ModelCard(**_named(ModelCard, body["about"])),
        words=_terms(body["words"], number),
        letters=_terms(body["letters"], number),
        order=_scale(body["order"]),
        belongs=_scale(body["belongs"]),
        authors=_authors(body["authors"], number),
        sections=SectionModel(
            sections,
            _terms(parts["words"], len(sections)),
            _terms(parts["letters"], len(sections)),
            _numbers(parts["bias"], len(sections)),
        ),
        listed=tuple((str(title), str(section)) for title, section in body["listed"]),
        line=_line(body["line"]),
        own_line=_line(body["own_line"]),
        share=Share(**_named(Share, body["share"])),
        section_share=Share(**_named(Share, body["section_share"])),
    )


def _named(kind: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: row[column.name] for column in fields(kind)}


def _line(row: Mapping[str, Any] | None) -> Line | None:
    return Line(**_named(Line, row)) if row else None


def _scale(row: Mapping[str, Any]) -> Scale:
    return Scale(**{name: _number(value) for name, value in _named(Scale, row).items()})


def _authors_as_json(authors: Authors | None) -> dict[str, Any] | None:
    if authors is None:
        return None
    return {
        "known": sorted(authors.known),
        "usual": authors.usual,
        "weights": _rounded(authors.weights),
    }


def _authors(row: Mapping[str, Any] | None, number: int) -> Authors | None:
    if row is None:
        return None
    known = frozenset(map(str, row["known"]))
    return Authors(known, _number(row["usual"]), _numbers(row["weights"], number))


def _columns(terms: Terms) -> dict[str, list[Any]]:
    """The terms, and a column of numbers for each place of their weights."""
    columns = zip(*terms.weights.values(), strict=True)
    return {"terms": list(terms.weights), "weights": [_rounded(column) for column in columns]}


def _terms(columns: Mapping[str, Sequence[Any]], number: int) -> Terms:
    """Read terms with a rarity and ``number`` weights each."""
    names_of, weights = list(map(str, columns["terms"])), columns["weights"]
    if len(weights) != (number + 1 if names_of else 0):
        raise ValueError(f"{len(weights)} columns of weights, not {number + 1}")
    rows = zip(*(_numbers(column, len(names_of)) for column in weights), strict=True)
    return Terms(dict(zip(names_of, rows, strict=True)))


def _numbers(values: Sequence[object], number: int) -> tuple[float, ...]:
    if len(values) != number:
        raise ValueError(f"{len(values)} numbers, not {number}")
    return tuple(map(_number, values))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r:.40} is no number")
    return float(value)


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(value, DECIMALS) for value in values]


def _sum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
