"""How terms get their weights: plain, or with those that listed papers alone say stretched."""

import numpy as np
import pytest
from scipy import sparse

from pipelines.rank.features import Features
from pipelines.rank.samples import Sample, samples
from pipelines.rank.training import BACKGROUND, FOLDS, MIN_REJECTED, Rows, _weights, learn
from pipelines.rank.weights import Weights, fit_both, fit_weights

LISTED = np.array([True] * 20 + [False] * 80)
WEIGHT = np.where(LISTED, 1.2, 0.3)


def table(extra=()):
    """A term of half of the listed papers alone, one of all of them and half of the others."""
    chance = np.random.default_rng(3)
    own = LISTED & (np.arange(100) % 2 == 0)
    common = LISTED | (np.arange(100) % 2 == 0)
    noise = chance.random((100, 20)) < 0.3
    return sparse.csr_matrix(np.column_stack([own, common, noise, *extra]).astype(float) / 3)


def lead(weights: Weights) -> float:
    """How much more the listed papers' own term weighs than the common one."""
    return float(weights.columns[0] / weights.columns[1])


def test_what_only_listed_papers_say_weighs_more_where_terms_are_stretched():
    terms = table()

    plain = fit_weights(terms, LISTED, WEIGHT, 3.0)
    both = fit_both(terms, LISTED, WEIGHT, 3.0, terms.shape[1])

    assert lead(both) > 1.2 * lead(plain) > 0
    assert both.points(terms)[LISTED].mean() > both.points(terms)[~LISTED].mean()


def test_columns_behind_the_terms_are_not_stretched():
    """The number of known authors is no word: that it is negative for most says nothing."""
    authors = np.where(LISTED, 1.0, -1.0) * (np.arange(100) % 3 == 0)

    both = fit_both(table([authors]), LISTED, WEIGHT, 3.0, 22)

    assert both.columns[22] > 0


@pytest.mark.parametrize("rejected", [MIN_REJECTED - 1, MIN_REJECTED])
def test_the_order_has_stretched_terms_and_what_belongs_has_none(monkeypatch, rejected):
    """However many papers were rejected: what to read first is learned from all others as well."""
    asked = []

    def fit_noting(*given):
        asked.append(given)
        return fit_both(*given)

    def some(number, text, first):
        return [Sample(f"arxiv:2401.{first + n:05}", Features(text)) for n in range(number)]

    known = samples(
        some(20, "pruned weights", 0),
        some(rejected, "pruned trees", 100),
        some(150, "rivers and birds", 500),
    )
    monkeypatch.setattr("pipelines.rank.training.fit_both", fit_noting)

    model = learn(known, "Small").model

    assert 1 + FOLDS == len(asked), "for the order, and for what its chances are set on"
    assert model.judge(Features("pruned weights")).order.chance > 0.5


@pytest.mark.parametrize(
    ("rejected", "question", "expected"),
    [
        (MIN_REJECTED - 1, "order", (0.3, 0.3)),
        (MIN_REJECTED, "order", (1.0, 0.1)),
        (MIN_REJECTED, "belongs", (0.3, 1.0)),
    ],
)
def test_undecided_papers_weigh_as_rejected_ones_in_the_order_beside_these(
    rejected, question, expected
):
    """What one of them weighs, and all listed papers together, of all others."""
    kind = np.repeat([0, 1, 3], [20, rejected, 150])
    number = len(kind)
    rows = Rows(
        table([]), 0, np.arange(number), kind, np.ones(number, bool), np.zeros(number, bool)
    )

    weights = _weights(rows, np.ones(number, bool), question)

    assert expected[0] == weights[kind == BACKGROUND][0]
    assert expected[1] == pytest.approx(weights[kind == 0].sum() / weights[kind > 0].sum())
