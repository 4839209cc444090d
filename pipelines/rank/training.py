"""
Trains a list's model: logistic regression on words, letters, rules and facts.

Each paper is used twice, with its abstract and without: a list has titles only, arXiv has abstracts
too, and the model must not take "has an abstract" for "is not listed".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from pipelines.rank.features import FACTS, Features, fact, letters, rules_found, words
from pipelines.rank.model import RULES_SCALE, Model, ModelCard, Terms
from pipelines.rank.samples import Samples, fingerprint
from pipelines.rules.ruleset import Ruleset

# Calibration needs few; `rank eval` takes more.
FOLDS = 3
# How freely weights may grow (the C of the regression).
FREEDOM = 1.0
# A paper that nobody decided on weighs less than one that a person refused.
BACKGROUND_WEIGHT = 0.3
# Listed papers together weigh this much of all the others, with abstracts and without.
LISTED_WEIGHT = 0.1
# A term must stand in as many texts, and no more terms than this are kept.
MIN_TEXTS, MAX_TERMS = 3, 60_000
# A fact counts once so many listed and so many other works have it.
MIN_FACTS = 30

Vector = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Learner:
    """Turns texts into columns; fitted once, for all folds."""

    words: TfidfVectorizer
    letters: TfidfVectorizer
    rules: DictVectorizer
    facts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Rows:
    """
    The training table.

    ``of`` is the number of a row's sample; ``full`` marks rows with the abstract, the others are
    the same works without it. ``weight`` is for training, ``real`` for calibration, where a paper
    of the background counts as much as any other.
    """

    table: sparse.csr_matrix
    listed: Vector
    weight: Vector
    real: Vector
    of: Vector
    full: Vector


@dataclass(frozen=True, slots=True)
class Held:
    """Points of each sample by a model that wasn't trained on it, and the fold it was in."""

    points: Vector
    bare_points: Vector
    fold: Vector


def learn(
    samples: Samples, ruleset: Ruleset, list_name: str, *, source: str = "list", week: str = ""
) -> Model:
    """Train a model; its probabilities are calibrated on papers it wasn't trained on."""
    learner, rows = prepare(samples, ruleset, list_name)
    held = hold_out(rows, len(samples.all))
    slope, shift = calibrate(rows, held)
    about = ModelCard(
        list_name=list_name,
        fingerprint=fingerprint(samples, ruleset.fingerprint(list_name)),
        rules_fingerprint=ruleset.fingerprint(list_name),
        source=source,
        week=week,
        listed=len(samples.listed),
        rejected=len(samples.rejected),
        background=len(samples.background),
        with_abstract=samples.with_abstract,
    )
    return _as_model(learner, _fit(rows, np.ones(len(rows.of), bool)), about, slope, shift)


def held_out_chances(
    samples: Samples, ruleset: Ruleset, list_name: str, folds: int
) -> tuple[list[float], list[float], list[int]]:
    """
    The predicted chance of each sample, with and without abstract, by a model of the other folds.

    Calibration uses the other folds' points only, too.
    """
    _, rows = prepare(samples, ruleset, list_name)
    held = hold_out(rows, len(samples.all), folds)
    full, bare = np.zeros(len(held.fold)), np.zeros(len(held.fold))
    for number in range(folds):
        inside = held.fold == number
        slope, shift = calibrate(rows, held, held.fold[rows.of] != number)
        for chances, points in ((full, held.points), (bare, held.bare_points)):
            chances[inside] = 1 / (1 + np.exp(-(slope * points[inside] + shift)))
    return full.tolist(), bare.tolist(), held.fold.tolist()


def prepare(samples: Samples, ruleset: Ruleset, list_name: str) -> tuple[Learner, Rows]:
    """The samples as a table, with abstracts and without."""
    everyone = samples.all
    bare = [number for number, sample in enumerate(everyone) if sample.seen.abstract]
    of = np.array([*range(len(everyone)), *bare])
    full = np.arange(len(of)) < len(everyone)
    seen = [features.seen for features in everyone] + [
        everyone[n].seen.without_abstract for n in bare
    ]
    listed = of < len(samples.listed)
    learner, table = _table(seen, listed, ruleset, list_name)
    has_abstract = np.array([bool(features.abstract) for features in seen])
    kind = np.where(of < len(samples.listed) + len(samples.rejected), 1.0, BACKGROUND_WEIGHT)
    weight = _balanced(kind, listed, has_abstract, LISTED_WEIGHT)
    unlisted = len(everyone) - len(samples.listed)
    real = _balanced(np.ones(len(of)), listed, has_abstract, len(samples.listed) / max(1, unlisted))
    return learner, Rows(table, listed, weight, real, of, full)


def _balanced(weight: Vector, listed: Vector, has_abstract: Vector, share: float) -> Vector:
    """Scale the listed to this share of the others, with abstracts as well as without."""
    weight = weight.copy()
    for these in (has_abstract, ~has_abstract):
        good, unlisted = weight[these & listed].sum(), weight[these & ~listed].sum()
        if good and unlisted:
            weight[these & listed] *= share * unlisted / good
    return weight


def _table(
    seen: Sequence[Features], listed: Vector, ruleset: Ruleset, list_name: str
) -> tuple[Learner, sparse.csr_matrix]:
    rule_values = [rules_found(ruleset, list_name, features) for features in seen]
    usual = dict(_usual_facts(seen, listed))
    learner = Learner(_tfidf(words), _tfidf(letters), DictVectorizer(), usual)
    parts = [
        learner.words.fit_transform(seen),
        learner.letters.fit_transform(seen),
        learner.rules.fit_transform(rule_values) * RULES_SCALE,
        sparse.csr_matrix(
            [[_centred(features, name, usual) for name in usual] for features in seen],
            shape=(len(seen), len(usual)),
        ),
    ]
    return learner, sparse.hstack(parts).tocsr()


def _tfidf(analyzer: Callable[[Features], Iterator[str]]) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer=analyzer, min_df=MIN_TEXTS, max_features=MAX_TERMS, sublinear_tf=True
    )


def _usual_facts(seen: Sequence[Features], listed: Vector) -> Iterator[tuple[str, float]]:
    """Facts that enough works of both sides have, with their usual value."""
    for name in FACTS:
        pairs = [(fact(features, name), good) for features, good in zip(seen, listed, strict=True)]
        values = [(value, good) for value, good in pairs if value is not None]
        good = sum(1 for _, good in values if good)
        if min(good, len(values) - good) >= MIN_FACTS:
            yield name, float(np.mean([value for value, _ in values]))


def _centred(seen: Features, name: str, usual: Mapping[str, float]) -> float:
    """How far a fact is from the usual value; 0 if it's unknown."""
    value = fact(seen, name)
    return 0.0 if value is None else value - usual[name]


def hold_out(rows: Rows, samples: int, folds: int = FOLDS) -> Held:
    """Points of each sample, with and without abstract, by a model of the other folds."""
    listed = np.zeros(samples, bool)
    listed[rows.of[rows.listed]] = True
    fold = np.zeros(samples, int)
    splits = StratifiedKFold(folds, shuffle=True, random_state=0).split(listed, listed)
    for number, (_, test) in enumerate(splits):
        fold[test] = number
    points, bare_points = np.zeros(samples), np.full(samples, np.nan)
    for number in range(folds):
        inside = fold[rows.of] == number
        scores = _fit(rows, ~inside).decision_function(rows.table[inside])
        full = rows.full[inside]
        points[rows.of[inside][full]] = scores[full]
        bare_points[rows.of[inside][~full]] = scores[~full]
    missing = np.isnan(bare_points)
    bare_points[missing] = points[missing]
    return Held(points, bare_points, fold)


def _fit(rows: Rows, these: Vector) -> LogisticRegression:
    regression = LogisticRegression(C=FREEDOM, solver="liblinear", tol=1e-3, max_iter=200)
    return regression.fit(rows.table[these], rows.listed[these], rows.weight[these])


def calibrate(rows: Rows, held: Held, these: Vector | None = None) -> tuple[float, float]:
    """
    The line from points to log-odds, fitted on papers that the weights weren't trained on.

    The share of listed papers is the one of the samples, with abstracts and without.
    """
    points = np.where(rows.full, held.points[rows.of], held.bare_points[rows.of])
    chosen = slice(None) if these is None else these
    line = LogisticRegression(C=1e6).fit(
        points[chosen].reshape(-1, 1), rows.listed[chosen], rows.real[chosen]
    )
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def _as_model(
    learner: Learner, fit: LogisticRegression, about: ModelCard, slope: float, shift: float
) -> Model:
    weights = iter(fit.coef_[0])
    return Model(
        about=about,
        words=_terms(learner.words, weights),
        letters=_terms(learner.letters, weights),
        rules={name: float(next(weights)) for name in learner.rules.feature_names_},
        facts={name: (usual, float(next(weights))) for name, usual in learner.facts.items()},
        bias=float(fit.intercept_[0]),
        slope=slope,
        shift=shift,
    )


def _terms(tfidf: TfidfVectorizer, weights: Iterator[float]) -> Terms:
    names = tfidf.get_feature_names_out()
    return Terms(
        {
            str(name): (float(rare), float(next(weights)))
            for name, rare in zip(names, tfidf.idf_, strict=True)
        }
    )
