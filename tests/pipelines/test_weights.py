"""How terms get their weights: plain, or with those that listed papers alone say stretched."""

from contextlib import nullcontext

import numpy as np
import pytest
from scipy import sparse

from pipelines.rank.features import Features
from pipelines.rank.samples import Sample, samples
from pipelines.rank.training import MIN_REJECTED, learn
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


class Stretched(Exception):
    """Stretched terms were asked for."""


@pytest.mark.parametrize("rejected", [MIN_REJECTED - 1, MIN_REJECTED])
def test_terms_are_stretched_only_where_hardly_anybody_rejected(monkeypatch, rejected):
    """Rejected papers have the list's subject, too: beside them plain weights order better."""

    def asked(*_):
        raise Stretched

    def some(number, text, first):
        return [Sample(f"arxiv:2401.{first + n:05}", Features(text)) for n in range(number)]

    known = samples(
        some(20, "pruned weights", 0),
        some(rejected, "pruned trees", 100),
        some(150, "rivers and birds", 500),
    )
    monkeypatch.setattr("pipelines.rank.training.fit_both", asked)

    with nullcontext() if rejected == MIN_REJECTED else pytest.raises(Stretched):
        learn(known, "Small")
