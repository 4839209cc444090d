"""A model learns what a list is about, says how it comes to a score, and is kept as plain text."""

import json
import math
import random

import pytest

from catalog.errors import StoreTrouble
from config.rules import ListRules
from pipelines.rank.evaluate import average_precision, recall_at, reliability
from pipelines.rank.features import Features, letters, rules_found, words
from pipelines.rank.model import from_bytes, from_file, to_bytes
from pipelines.rank.samples import Sample, fingerprint, samples
from pipelines.rank.score import Strength
from pipelines.rank.training import held_out_chances, learn
from pipelines.rules.ruleset import compile_rules

LIST = "Small"
RULES = ListRules.model_validate(
    {
        "list": LIST,
        "file": "lists/small.md",
        "sections": [{"name": "Quantization", "says": ["quantiz*"]}],
    }
)
ON_TOPIC = ["quantizing", "caches", "sparse", "pruned", "lowbit", "serving"]
OFF_TOPIC = ["poetry", "rivers", "birds", "weather", "cooking", "history"]
EITHER = [f"word{number}" for number in range(40)]


def seen(chance, topic, *, abstract):
    title = " ".join(chance.choices(topic, k=2) + chance.choices(EITHER, k=3))
    text = " ".join(chance.choices(topic, k=4) + chance.choices(EITHER, k=20))
    return Features(title, text if abstract else None)


@pytest.fixture(scope="module")
def ruleset():
    return compile_rules([RULES])


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
def model(known, ruleset):
    return learn(known, ruleset, LIST, week="2024-W46")


def test_words_and_letters():
    """Pairs do not span title and abstract; the ends of a word are marked."""
    one = Features("Low Bits", "of models")

    assert ["low", "bits", "low bits", "of", "models", "of models"] == list(words(one))
    assert ["_lo", "low", "ow_", "_low", "low_", "_low_"] == list(letters(Features("Low")))


@pytest.mark.parametrize("abstract", [True, False], ids=["with abstract", "title only"])
def test_a_model_tells_the_topic(model, ruleset, abstract):
    """Whether there is an abstract or not, and it is no sign by itself."""
    chance = random.Random(2)
    good = [model.learned(ruleset, seen(chance, ON_TOPIC, abstract=abstract)) for _ in range(20)]
    bad = [model.learned(ruleset, seen(chance, OFF_TOPIC, abstract=abstract)) for _ in range(20)]

    assert min(good) > 0.5 > max(bad)


def test_learning_again_gives_the_same_bytes(known, model, ruleset):
    assert to_bytes(model) == to_bytes(learn(known, ruleset, LIST, week="2024-W46"))


def test_the_arithmetic_adds_up(known, model, ruleset):
    """What is shown step by step is what the score is made of."""
    for sample in (*known.listed[:5], *known.background[:5]):
        found = rules_found(ruleset, LIST, sample.seen)
        parts = list(model.parts(sample.seen, found))

        points = model.points(sample.seen, found)

        assert math.isclose(points, sum(part.adds for part in parts), abs_tol=1e-9)
        assert "start" == parts[0].kind
        chance = 1 / (1 + math.exp(-(model.slope * points + model.shift)))
        assert math.isclose(chance, model.learned(ruleset, sample.seen))


def test_chances_are_of_papers_that_were_not_learned_from(known, ruleset):
    """Each sample gets its chance from the other folds; here they tell the topic."""
    whole, bare, fold = held_out_chances(known, ruleset, LIST, 3)
    listed = [number < 60 for number in range(len(known.all))]

    assert {0, 1, 2} == set(fold)
    assert average_precision(whole, listed) > 0.95
    assert average_precision(bare, listed) > 0.95


def test_facts_count_where_enough_works_have_them(known, ruleset):
    """Citations that many have become a weight; unknown says nothing, and is not zero."""
    chance = random.Random(3)

    def cited(sample, most):
        return Sample(
            sample.key, Features(sample.seen.title, None, {"citations": chance.randint(0, most)})
        )

    made = samples(
        [cited(sample, 500) for sample in known.listed],
        [cited(sample, 20) for sample in known.rejected],
        known.background,
    )
    model = learn(made, ruleset, LIST)
    unknown, none, many = (
        model.points(Features("a work", None, facts), {})
        for facts in ({}, {"citations": 0}, {"citations": 400})
    )

    assert {"citations"} == set(model.facts)
    assert none < unknown < many


# Kept


def test_a_kept_model_scores_alike(model, ruleset, known):
    again = from_bytes(to_bytes(model))

    assert again.about == model.about
    for sample in known.all[::50]:
        assert math.isclose(
            again.learned(ruleset, sample.seen), model.learned(ruleset, sample.seen), abs_tol=1e-3
        )


def cut(data):
    return data[: len(data) // 2]


def one_number_changed(data):
    said = json.loads(data)
    said["model"]["bias"] = 99.0
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
    assert "1 listed papers, fewer than 50" == made.too_little


def test_the_fingerprint_changes_with_rules_and_texts(known):
    same = samples(reversed(known.listed), known.rejected, known.background)
    fewer = samples(known.listed[1:], known.rejected, known.background)

    assert fingerprint(known, "rules") == fingerprint(same, "rules")
    assert fingerprint(known, "rules") != fingerprint(known, "other rules")
    assert fingerprint(known, "rules") != fingerprint(fewer, "rules")


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


def test_strength_mixes_both_and_rounds_alike():
    assert 0.87 == Strength(0.71, 0.91).score
    assert Strength(0.71000001, 0.91).score == Strength(0.70999999, 0.91).score
    assert 0.71 == Strength(0.71).score
