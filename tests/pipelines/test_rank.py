"""A model learns what a list is about, says how it comes to a score, and is kept as plain text."""

import json
import math
import random

import pytest

from catalog.errors import StoreTrouble
from pipelines.rank.evaluate import recall_at, reliability
from pipelines.rank.features import Features, alike, names
from pipelines.rank.metrics import average_precision
from pipelines.rank.model import from_bytes, from_file, to_bytes
from pipelines.rank.samples import Sample, fingerprint, samples
from pipelines.rank.score import ModelScore, Strength, compare, standardised
from pipelines.rank.training import held_out, learn
from tests.pipelines.text_terms import letters, words

LIST = "Small"
ON_TOPIC = ["quantizing", "caches", "sparse", "pruned", "lowbit", "serving"]
OFF_TOPIC = ["poetry", "rivers", "birds", "weather", "cooking", "history"]
EITHER = [f"word{number}" for number in range(40)]


def seen(chance, topic, *, abstract):
    title = " ".join(chance.choices(topic, k=2) + chance.choices(EITHER, k=3))
    text = " ".join(chance.choices(topic, k=4) + chance.choices(EITHER, k=20))
    return Features(title, text if abstract else None)


@pytest.fixture(scope="module")
def known():
    """Sixty listed, most of them without abstract, and six hundred others, most of them with."""
    chance = random.Random(1)
    return samples(
        [Sample(f"g{n}", seen(chance, ON_TOPIC, abstract=n % 4 == 0)) for n in range(60)],
        [Sample(f"r{n}", seen(chance, OFF_TOPIC, abstract=n % 2 == 0)) for n in range(50)],
        [Sample(f"b{n}", seen(chance, OFF_TOPIC, abstract=True)) for n in range(550)],
    )


@pytest.fixture(scope="module")
def model(known):
    return learn(known, LIST, week="2024-W46").model


def chance_of(model, features):
    return model.judge(features).order.chance


def test_words_and_letters():
    """Pairs do not span title and abstract; the ends of a word are marked."""
    one = Features("Low Bits", "of models")

    assert ["low", "bits", "low bits", "of", "models", "of models"] == list(words(one))
    assert ["_lo", "low", "ow_", "_low", "low_", "_low_"] == list(letters(Features("Low")))


@pytest.mark.parametrize("abstract", [True, False], ids=["with abstract", "title only"])
def test_a_model_tells_the_topic(model, abstract):
    """Whether there is an abstract or not, and it is no sign by itself."""
    chance = random.Random(2)
    good = [chance_of(model, seen(chance, ON_TOPIC, abstract=abstract)) for _ in range(20)]
    bad = [chance_of(model, seen(chance, OFF_TOPIC, abstract=abstract)) for _ in range(20)]

    assert min(good) > 0.5 > max(bad)


def test_learning_again_gives_the_same_bytes(known, model):
    assert to_bytes(model) == to_bytes(learn(known, LIST, week="2024-W46").model)


@pytest.mark.parametrize("question", ["order", "belongs"])
def test_the_arithmetic_adds_up(known, model, question):
    """What is shown step by step is what both numbers are made of."""
    for sample in (*known.listed[:5], *known.background[:5]):
        parts = list(model.parts(sample.seen, question))

        judged = getattr(model.judge(sample.seen), question)

        assert math.isclose(judged.points, sum(part.adds for part in parts), abs_tol=1e-6)
        assert "start" == parts[0].kind
        scale = getattr(model, question)
        assert math.isclose(
            judged.chance, 1 / (1 + math.exp(-(scale.slope * judged.points + scale.shift)))
        )


def test_chances_are_of_papers_that_were_not_learned_from(known):
    """Each sample gets its chance from the other folds; here they tell the topic."""
    whole, bare, fold = held_out(known, 3)
    listed = [number < 60 for number in range(len(known.all))]

    assert {0, 1, 2} == set(fold)
    assert average_precision([one.points for one in whole], listed) > 0.95
    assert average_precision([one.points for one in bare], listed) > 0.95


# Authors


def by(sample, *authors):
    return Sample(sample.key, Features(sample.seen.title, sample.seen.abstract, authors))


def peopled(known, background):
    """Two people wrote every listed paper; ``background`` names those of the others."""
    return samples(
        [by(sample, "Ada Lovelace", f"Guest {sample.key}") for sample in known.listed],
        [by(sample, "Somebody Else") for sample in known.rejected],
        [by(sample, *background) for sample in known.background],
    )


def test_authors_of_listed_papers_speak_for_a_work(known):
    """Known authors raise the points, unknown ones lower them, and no authors do neither."""
    model = learn(peopled(known, ["Nobody Known"]), LIST).model
    title = "word1 word2"
    known_one, nobody, unnamed = (
        model.judge(Features(title, None, authors)).order.points
        for authors in (("Ada Lovelace",), ("Nobody Known",), ())
    )

    assert nobody < unnamed < known_one
    assert math.isclose(0.0, model.authors.above(Features(title)))


def test_a_name_in_one_listed_paper_says_nothing_about_that_paper(known):
    """A guest of a single paper is known for other papers, but was no reason to list his own."""
    model = learn(peopled(known, ["Nobody Known"]), LIST).model

    assert "guestg1" in model.authors.known
    # Had his own paper counted, two names of each listed paper would be known and not one.
    assert model.authors.usual < math.log1p(1)


def test_authors_count_only_where_half_of_the_pool_names_them(known):
    assert learn(peopled(known, []), LIST).model.authors is None
    some, none = Features("a", None, ("Ada Lovelace",)), Features("b")
    assert [some, none] == alike([some, none])
    assert [(), (), ()] == [seen.authors for seen in alike([some, none, none])]


def test_points_of_text_and_authors_give_the_order(known):
    """Kept apart they are what the model says at once, with authors and where too few have any."""
    model = learn(peopled(known, ["Nobody Known"]), LIST).model
    one, other, unnamed = (
        Features("word1 word2", "word3", authors)
        for authors in (("Ada Lovelace",), ("Nobody Known",), ())
    )

    for pool in ([one, other, unnamed], [one, unnamed, unnamed]):
        kept = [model.order_points(seen) for seen in pool]
        assert [model.judge(seen).order for seen in alike(pool)] == model.in_order(kept)


def test_two_spellings_of_a_name_meet():
    first, second = Features("", None, ("J. R. Smith",)), Features("", None, ("j r smith",))

    assert list(names(first)) == list(names(second)) == ["jrsmith"]


# Kept


def test_a_kept_model_scores_alike(model, known):
    again = from_bytes(to_bytes(model))

    assert again.about == model.about
    for sample in known.all[::50]:
        assert math.isclose(
            chance_of(again, sample.seen), chance_of(model, sample.seen), abs_tol=1e-3
        )
        assert again.sections.likely(sample.seen) == model.sections.likely(sample.seen)


def cut(data):
    return data[: len(data) // 2]


def one_number_changed(data):
    said = json.loads(data)
    said["model"]["order"]["bias"] = 99.0
    return json.dumps(said).encode()


def something_else(_data):
    return b'{"kind": "a recipe for bread"}'


def a_pickle(_data):
    return b"\x80\x04\x95\x0b\x00\x00\x00."


@pytest.mark.parametrize("harm", [cut, one_number_changed, something_else, a_pickle])
def test_a_file_that_is_no_model_is_refused_with_the_way_out(model, tmp_path, harm):
    path = tmp_path / "small.json"
    path.write_bytes(harm(to_bytes(model)))

    with pytest.raises(StoreTrouble, match=r"small\.json: is no model: .*rank train"):
        from_file(path, LIST)


def test_a_model_of_another_list_is_refused(model, tmp_path):
    path = tmp_path / "small.json"
    path.write_bytes(to_bytes(model))

    with pytest.raises(StoreTrouble, match="is of the list 'Small', not of 'Large'"):
        from_file(path, "Large")


def test_no_file_and_another_recipe_are_no_model(model, tmp_path):
    said = json.loads(to_bytes(model)) | {"recipe": 0}
    (tmp_path / "old.json").write_text(json.dumps(said))

    assert from_file(tmp_path / "none.json", LIST) is None
    assert from_file(tmp_path / "old.json", LIST) is None


# Samples


def test_a_work_is_of_one_kind_only():
    """What is listed is not refused, and what is refused is no background."""
    one = Sample("arxiv:1", Features("One"))
    two = Sample("arxiv:2", Features("Two"))

    made = samples([one, one], [one, two], [one, two])

    assert ((one,), (two,), ()) == (made.listed, made.rejected, made.background)
    assert "1 listed paper, 20 are needed" == made.too_little


def test_the_fingerprint_changes_with_texts(known):
    same = samples(reversed(known.listed), known.rejected, known.background)
    fewer = samples(known.listed[1:], known.rejected, known.background)

    assert fingerprint(known) == fingerprint(same)
    assert fingerprint(known) != fingerprint(fewer)


# Measured


def test_average_precision_of_ties_is_no_luck():
    """Equal scores count as one place, whatever order they came in."""
    assert 1.0 == average_precision([3, 2, 1], [True, True, False])
    assert (
        0.5 == average_precision([1, 1], [True, False]) == average_precision([1, 1], [False, True])
    )
    assert 0.0 == average_precision([1], [False])


def test_recall_and_reliability():
    chances, listed = [0.95, 0.92, 0.05, 0.04], [True, True, False, True]

    assert 2 / 3 == recall_at(chances, listed, 2)
    low, high = reliability(chances, listed)
    assert (2, 0.5) == (low.number, low.observed)
    assert (2, 1.0) == (high.number, high.observed)
    assert math.isclose(0.935, high.predicted)


def test_both_numbers_are_compared_with_the_works_of_the_run_and_added():
    """A distance of one standard deviation counts alike in rules and model."""
    points = [ModelScore(2.0, 0.8), ModelScore(-2.0, 0.2)]

    high, low = compare([0.5, 0.9], points, 0.5)

    assert (0.0, 0.0) == (high.score, low.score)
    assert (-1.0, 1.0) == (high.rules_above, high.learned_above)
    assert [1.0, -1.0] == [one.score for one in compare([0.5, 0.9], points, 0.0)]
    assert [-1.0, 1.0] == [one.score for one in compare([0.5, 0.9], points, 1.0)]
    assert 0.71 == Strength(0.71).score


def test_works_without_a_difference_are_equal():
    assert [0.0, 0.0] == standardised([0.7, 0.7])
    assert [] == standardised([])
