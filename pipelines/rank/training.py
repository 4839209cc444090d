"""
Trains a list's model: logistic regressions on words, letters and known authors.

Two questions have weights of their own. *Does it belong in the list?* is learned from listed and
rejected papers alone, which tells them apart best. *What to read first?* is learned from a
background of other papers as well, which orders a week of arXiv best. With few rejected papers the
second answers both.

Each paper is used twice, with its abstract and without: a list has titles only, arXiv has abstracts
too, and the model must not take "has an abstract" for "is not listed".
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from pipelines.rank.counts import Rarity, count_letters, count_words, weighted
from pipelines.rank.features import Features, enough_authors, names
from pipelines.rank.lines import set_line, set_own_line
from pipelines.rank.model import (
    Authors,
    Model,
    ModelCard,
    Question,
    Scale,
    SectionModel,
)
from pipelines.rank.quarters import KeptLabel, Moments, announced, last_quarters, moments
from pipelines.rank.samples import MIN_LISTED, Sample, Samples, fingerprint
from pipelines.rank.score import ModelScore
from pipelines.rank.terms import Terms
from pipelines.rank.weights import Weights, fit_both, fit_weights, regression

# Calibration needs few.
FOLDS = 3
# How freely weights may grow (the C of the regression).
FREEDOM = {"order": 3.0, "belongs": 2.0}
SECTION_FREEDOM = 1.0
# A paper that nobody decided on weighs less than one that a person rejected.
BACKGROUND_WEIGHT = 0.3
# Listed papers together weigh this much of all the others, with abstracts and without.
LISTED_WEIGHT = {"order": 0.3, "belongs": 1.0}
# With fewer rejected papers the background says better what doesn't belong.
MIN_REJECTED = 100
# The two weights in the order, from so many rejected papers on: only few papers of the background
# belong in the list. Settled on later papers of 14 other lists (docs/measurements.md).
BESIDE_REJECTED = 1.0, 0.1
# A term must stand in as many texts, and no more terms than this are kept.
MIN_TEXTS_OF_TERM, MAX_TERMS = 2, 100_000
# A section is learned from this many listed papers on.
MIN_IN_SECTION = 5
# The line is set on labels of so many quarters.
LINE_QUARTERS = 2

LISTED, REJECTED, PASSED, BACKGROUND = range(4)
Vector = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Rows:
    """
    The training table: each sample, then each sample that has an abstract once more without it.

    Words and letters are the first ``terms`` columns. ``of`` is the number of a row's sample,
    ``kind`` its kind; ``full`` marks the first rows.
    """

    table: sparse.csr_matrix
    terms: int
    of: Vector
    kind: Vector
    full: Vector
    has_abstract: Vector

    @property
    def listed(self) -> Vector:
        listed: Vector = self.kind == LISTED
        return listed


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of the table mean: words, then letters, then perhaps known authors."""

    words: Rarity
    letters: Rarity
    authors: tuple[frozenset[str], float] | None


@dataclass(frozen=True, slots=True)
class Learnt:
    """A model, and the labels of the last quarters judged by models of older labels."""

    model: Model
    kept: tuple[KeptLabel, ...]


def learn(dataset: Samples, list_name: str, *, source: str = "list", week: str = "") -> Learnt:
    """Train a model; chances and line are set on papers that weights weren't trained on."""
    columns, rows = prepare(dataset)
    questions: tuple[Question, ...] = ("order", "belongs")
    answers = {question: _answer(dataset, rows, question) for question in questions}
    kept = tuple(kept_back(dataset, rows, moments(dataset)))
    about = ModelCard(
        list_name=list_name,
        fingerprint=fingerprint(dataset),
        source=source,
        week=week,
        listed=len(dataset.listed),
        rejected=len(dataset.rejected),
        background=len(dataset.background),
        with_abstract=dataset.with_abstract,
        passed_over=len(dataset.passed_over),
        authors=columns.authors is not None,
    )
    weights = np.array([answers[question].fit.columns for question in questions])
    scales = [answers[question].scale for question in questions]
    word, letter, author = _split(columns, weights)
    model = Model(
        about=about,
        words=word,
        letters=letter,
        order=scales[0],
        belongs=scales[1],
        authors=author,
        sections=learn_sections(dataset.listed),
        listed=tuple((s.seen.title, s.section or "") for s in dataset.listed),
        line=set_line(kept, scales[1]),
        own_line=set_own_line(*answers["belongs"].judged(rows), scales[1]),
    )
    return Learnt(model, kept)


def prepare(dataset: Samples) -> tuple[Columns, Rows]:
    """The samples as a table, with abstracts and without."""
    everyone = dataset.all
    bare = [number for number, sample in enumerate(everyone) if sample.seen.abstract]
    of = np.array([*range(len(everyone)), *bare])
    seen = [sample.seen for sample in everyone]
    sizes = [
        len(g) for g in (dataset.listed, dataset.rejected, dataset.passed_over, dataset.background)
    ]
    kind = np.repeat(np.arange(4), sizes)[of]
    columns, parts = _terms_of(seen)
    counted = _known_authors(dataset)
    if counted is not None:
        columns = replace(columns, authors=counted[:2])
        parts.append(sparse.csr_matrix(counted[2][of].reshape(-1, 1)))
    table, terms = sparse.hstack(parts).tocsr(), sum(part.shape[1] for part in parts[:2])
    has_abstract = np.array([bool(one.abstract) for one in seen] + [False] * len(bare))
    return columns, Rows(table, terms, of, kind, np.arange(len(of)) < len(everyone), has_abstract)


def _terms_of(seen: Sequence[Features]) -> tuple[Columns, list[sparse.csr_matrix]]:
    """Words and letters of works, then of the titles of those with an abstract, in two tables."""
    counts = [count(seen, MIN_TEXTS_OF_TERM, MAX_TERMS) for count in (count_words, count_letters)]
    (words, word_table), (letters, letter_table) = map(weighted, counts)
    return Columns(words, letters, None), [word_table, letter_table]


def _known_authors(dataset: Samples) -> tuple[frozenset[str], float, Vector] | None:
    """
    Authors of listed papers, the usual number of them, and each sample's distance from it.

    None where fewer than half of the other papers name their authors. A listed paper's authors are
    known only if another listed paper has them, too: its own name is no reason to list it.
    """
    pool = [s.seen for s in (*dataset.rejected, *dataset.passed_over, *dataset.background)]
    if not (enough_authors(pool) and enough_authors([s.seen for s in dataset.listed])):
        return None
    counted = Counter(name for s in dataset.listed for name in {*names(s.seen)})
    values = np.full(len(dataset.all), np.nan)
    for number, sample in enumerate(dataset.all):
        enough = 2 if number < len(dataset.listed) else 1
        if sample.seen.authors:
            found = sum(counted[name] >= enough for name in names(sample.seen))
            values[number] = np.log1p(found)
    usual = float(np.nanmean(values))
    return frozenset(counted), round(usual, 5), np.nan_to_num(values - usual)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    The weights for one question, and the line from their points to log-odds.

    ``points`` are those of each row of ``these`` by a model of other papers.
    """

    fit: Weights
    scale: Scale
    these: Vector
    points: Vector

    def judged(self, rows: Rows) -> tuple[list[float], list[float]]:
        """
        The points of the listed papers and of all others, each paper once.

        Of another paper the higher ones count, with its abstract or without: the list's entries
        often have none, and neither kind may come in by its form.
        """
        highest = np.full(len(rows.of), -np.inf)
        np.maximum.at(highest, rows.of[self.these], self.points[self.these])
        once = self.these & rows.full
        others = highest[rows.of[once & ~rows.listed]]
        return self.points[once & rows.listed].tolist(), others.tolist()


def _answer(dataset: Samples, rows: Rows, question: Question) -> Answer:
    these = rows_for(dataset, rows, question)
    weight = _weights(rows, these, question)
    points, _ = _hold_out(rows, these, weight, question)
    fit = _fit(rows, these, weight, question)
    slope, shift = _calibrate(rows, these, points)
    return Answer(fit, Scale(fit.bias, slope, shift), these, points)


def rows_for(dataset: Samples, rows: Rows, question: Question) -> Vector:
    """The rows that teach a question."""
    if question == "belongs" and len(dataset.rejected) >= MIN_REJECTED:
        return rows.kind <= REJECTED
    everything: Vector = rows.kind <= BACKGROUND
    # Passed over, a paper fits the list: it must not teach that its subject doesn't.
    return everything if question == "order" else everything & (rows.kind != PASSED)


def _weights(rows: Rows, these: Vector, question: Question) -> Vector:
    background, listed = BACKGROUND_WEIGHT, LISTED_WEIGHT[question]
    if question == "order" and (rows.kind[rows.full] == REJECTED).sum() >= MIN_REJECTED:
        background, listed = BESIDE_REJECTED
    kind = np.where(rows.kind == BACKGROUND, background, 1.0) * these
    return _balanced(rows, kind, listed)


def _balanced(rows: Rows, weight: Vector, share: float) -> Vector:
    """Scale the listed to this share of the others, with abstracts as well as without."""
    weight = weight.copy()
    for part in (rows.has_abstract, ~rows.has_abstract):
        good, unlisted = weight[part & rows.listed].sum(), weight[part & ~rows.listed].sum()
        if good and unlisted:
            weight[part & rows.listed] *= share * unlisted / good
    return weight


def _fit(rows: Rows, these: Vector, weight: Vector, question: Question) -> Weights:
    table, listed, weight = rows.table[these], rows.listed[these], weight[these]
    if question == "order":
        return fit_both(table, listed, weight, FREEDOM[question], rows.terms)
    return fit_weights(table, listed, weight, FREEDOM[question])


def held_out(dataset: Samples, folds: int) -> tuple[list[ModelScore], list[ModelScore], list[int]]:
    """
    Each sample by a model of the other folds, with and without its abstract, and its fold.

    Calibration uses the other folds' points only, too.
    """
    _, rows = prepare(dataset)
    these = rows_for(dataset, rows, "order")
    points, fold = _hold_out(rows, these, _weights(rows, these, "order"), "order", folds)
    chances = np.zeros(len(points))
    for number in range(folds):
        inside = fold == number
        slope, shift = _calibrate(rows, these & ~inside, points)
        chances[inside] = 1 / (1 + np.exp(-(slope * points[inside] + shift)))
    number = len(dataset.all)
    learned = [ModelScore(*map(float, pair)) for pair in zip(points, chances, strict=True)]
    bare = dict(zip(rows.of[number:].tolist(), learned[number:], strict=True))
    return (
        learned[:number],
        [bare.get(at, one) for at, one in enumerate(learned[:number])],
        fold[:number].tolist(),
    )


def _hold_out(
    rows: Rows, these: Vector, weight: Vector, question: Question, folds: int = FOLDS
) -> tuple[Vector, Vector]:
    """Points of every row of ``these`` by a model of the other folds, and its fold."""
    inside = np.unique(rows.of[these])
    listed = rows.listed[inside]
    fold = np.full(len(rows.of), -1)
    splits = StratifiedKFold(folds, shuffle=True, random_state=0).split(inside, listed)
    for number, (_, test) in enumerate(splits):
        fold[np.isin(rows.of, inside[test])] = number
    points = np.zeros(len(rows.of))
    for number in range(folds):
        test = these & (fold == number)
        points[test] = _fit(rows, these & ~test, weight, question).points(rows.table[test])
    return points, fold


def _calibrate(rows: Rows, these: Vector, points: Vector) -> tuple[float, float]:
    """
    The line from points to log-odds, fitted on papers that the weights weren't trained on.

    The share of listed papers is the one of the samples, with abstracts and without.
    """
    listed = len(np.unique(rows.of[these & rows.listed]))
    others = len(np.unique(rows.of[these & ~rows.listed]))
    real = _balanced(rows, these.astype(float), listed / max(1, others))
    line = LogisticRegression(C=1e6).fit(
        points[these].reshape(-1, 1), rows.listed[these], real[these]
    )
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def kept_back(dataset: Samples, rows: Rows, when: Moments) -> Iterator[KeptLabel]:
    """
    The labels of the last quarters, with points by a model of the labels before each quarter.

    Texts of all samples may have been counted in the table; labels of later ones are not used.
    """
    everyone = dataset.all
    labelled = len(dataset.listed) + len(dataset.rejected)
    at = np.array([_seconds(when, sample, n < labelled) for n, sample in enumerate(everyone)])
    teaching = rows_for(dataset, rows, "belongs")
    for quarter in last_quarters(when.of.values(), LINE_QUARTERS):
        start, end = quarter.begins.timestamp(), quarter.after.begins.timestamp()
        before = teaching & (at[rows.of] < start)
        if before[: len(dataset.listed)].sum() < MIN_LISTED or not (before & ~rows.listed).any():
            continue
        fit = _fit(rows, before, _weights(rows, before, "belongs"), "belongs")
        older = [s for s, then in zip(dataset.listed, at, strict=False) if then < start]
        sections = learn_sections(older)
        test = [n for n in range(labelled) if start <= at[n] < end]
        points = fit.points(rows.table[test]) if test else ()
        for number, value in zip(test, points, strict=True):
            sample, listed = everyone[number], number < len(dataset.listed)
            yield KeptLabel(
                sample.key,
                sample.seen,
                listed,
                when.of[sample.key],
                float(value),
                sample.section,
                tuple(sections.likely(sample.seen)) if listed else (),
            )


def _seconds(when: Moments, sample: Sample, labelled: bool) -> float:  # noqa: FBT001
    """When a sample was labelled, or announced; a label without a date never was."""
    moment = when.of.get(sample.key) if labelled else announced(sample.key)
    return moment.timestamp() if moment else float("inf")


def learn_sections(listed: Sequence[Sample]) -> SectionModel:
    """
    Weights that choose among the sections with enough papers.

    Each section weighs the same: how full it is says little about where the next paper belongs.
    """
    counted = Counter(sample.section for sample in listed if sample.section)
    enough = {name for name, number in counted.items() if number >= MIN_IN_SECTION}
    if len(enough) < 2:
        return SectionModel()
    used = [sample for sample in listed if sample.section in enough]
    of = [s.section for s in used] + [s.section for s in used if s.seen.abstract]
    columns, parts = _terms_of([sample.seen for sample in used])
    table = sparse.hstack(parts).tocsr()
    names_of = sorted(enough)
    fits = [
        regression(SECTION_FREEDOM, "balanced").fit(table, np.array(of) == name)
        for name in names_of
    ]
    weights = np.vstack([fit.coef_[0] for fit in fits])
    bias = tuple(float(fit.intercept_[0]) for fit in fits)
    words_of, letters_of, _ = _split(columns, weights)
    return SectionModel(tuple(names_of), words_of, letters_of, bias)


def _split(columns: Columns, weights: Vector) -> tuple[Terms, Terms, Authors | None]:
    """The weights of each kind of column; ``weights`` has a row for each question or section."""
    number = len(columns.words.names)
    letters_end = number + len(columns.letters.names)
    authors = None
    if columns.authors:
        authors = Authors(*columns.authors, tuple(map(float, weights[:, letters_end])))
    return (
        _terms(columns.words, weights[:, :number]),
        _terms(columns.letters, weights[:, number:letters_end]),
        authors,
    )


def _terms(terms: Rarity, weights: Vector) -> Terms:
    """Each term with its rarity, and its weights times that."""
    rows = np.column_stack([terms.rarity, (weights * terms.rarity).T]).tolist()
    return Terms(dict(zip(terms.names, map(tuple, rows), strict=True)))
