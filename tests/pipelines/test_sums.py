"""The points of many texts at once are those that each has by itself."""

from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.store import Store
from pipelines.likeness import Likeness
from pipelines.rank import sums
from pipelines.rank.features import Features, alike
from pipelines.rank.model import Authors, Model, ModelCard, Scale
from pipelines.rank.samples import features_of
from pipelines.rank.score import DIGITS
from pipelines.rank.stage import judge
from pipelines.rank.sums import TextPoints
from pipelines.rank.terms import NO_TERMS, Terms
from tests.fakes import found, paper
from tests.pipelines.test_terms import WORKS
from tests.pipelines.text_terms import letters, words

ABOUT = ModelCard("Small", "", "list", "2024-W46", 0, 0, 0, 0)


def model_of(known, start=(0.5, -0.25)):
    """A model that knows every second term of these works."""
    words_of, letters_of = (
        Terms(
            {
                term: (1.0 + n / 7, (-1) ** n / (n + 3), n / 9)
                for n, term in enumerate(
                    dict.fromkeys(term for one in known for term in features(one)[::2])
                )
            }
        )
        for features in (words, letters)
    )
    order, belongs = (Scale(bias, 1.0, 0.0) for bias in start)
    return Model(ABOUT, words_of, letters_of, order, belongs)


@given(known=st.lists(WORKS, max_size=3), works=st.lists(WORKS, max_size=7), part=st.integers(1, 3))
def test_many_texts_have_the_points_of_each(known, works, part):
    """However many are read at once; but for the last digits, since sums have another order."""
    model = model_of(known)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "TEXTS_AT_ONCE", part)
        points = TextPoints(model).of(works)

    assert (len(works), 2) == points.shape
    for one, (order, belongs) in zip(works, points, strict=True):
        judged = model.judge(one)
        assert judged.text == pytest.approx(order, rel=1e-12, abs=1e-12)
        assert judged.belongs.points == pytest.approx(belongs, rel=1e-12, abs=1e-12)


def test_a_model_without_terms_gives_every_text_its_start():
    model = Model(ABOUT, NO_TERMS, NO_TERMS, Scale(0.5, 1.0, 0.0), Scale(-0.25, 1.0, 0.0))

    assert [[0.5, -0.25]] == TextPoints(model).of([Features("Sparse caches", "")]).tolist()


@pytest.mark.parametrize("named", [1, 2], ids=["too few authors", "enough authors"])
def test_works_of_the_store_are_judged_as_each_is(tmp_path, named):
    """What was judged already stays, unless it is proposed now and has no reasons yet."""
    authors = [("Ada Lovelace",) if number < named else () for number in range(4)]
    works = [
        paper(f"2411.0000{number}", f"Caches {number} of keys", authors=of)
        for number, of in enumerate(authors)
    ]
    known = [features_of(work) for work in works[:2]]
    model = replace(model_of(known), authors=Authors(frozenset({"adalovelace"}), 0.25, (2.0, 3.0)))
    with closing(Store(tmp_path / "store.db")) as store:
        store.works.save([found(work) for work in works])
        due = dict.fromkeys(work.key for work in works)

        fresh = judge(model, store, due, set())
        stays = {key: one._replace(chance=0.5) for key, one in fresh.items()}
        again = judge(model, store, stays, {works[0].key})

    for work, one in zip(works, alike([features_of(work) for work in works]), strict=True):
        judged, likeness = model.judge(one), fresh[work.key]
        assert round(judged.belongs.chance, DIGITS) == likeness.chance
        assert judged.text == pytest.approx(likeness.points)
        points = model.order_points(features_of(work))
        assert points.authors == likeness.authors
        assert Likeness(likeness.text, likeness.chance, (), (), (), *likeness[5:]) == likeness
    assert {**stays, works[0].key: fresh[works[0].key]} == again
