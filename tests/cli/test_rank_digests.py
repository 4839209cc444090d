"""A digest in the order that was learned: who judged, its overview, and second chances."""

from contextlib import closing

import pytest

from catalog.facts import Decision, Fact
from catalog.paper import Paper
from catalog.sightings import Found, Sighting
from catalog.store import Store
from catalog.store.verdicts import Verdicts
from output.digest.build import MAX_NEAR_MISSES
from pipelines.rank.model import Model
from tests.cli.test_rank import LIST, MODEL, NOW, fill, order, samples_of, trained

__all__ = ["order", "trained"]


def arrives(workspace, *titles):
    """Papers of these titles, judged by the rules."""
    with closing(Store(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        first = store.works.count() + 1
        for at, title in enumerate(titles, first):
            work = Paper(f"2411.{at:05}", 1, title, "A text.", authors=("Ada Lovelace",))
            seen = Sighting("arxiv", work.key, NOW, "new", 1, NOW.date(), work.key)
            store.works.save([Found(work, seen)])
    assert 0 == workspace.run("classify", as_of=NOW).code


NEARLY = [f"Pruning of trees, part {at}" for at in range(1, 31)]


@pytest.mark.long
def test_a_digest_judges_only_what_the_run_has_not(order, monkeypatch):
    """The order of near misses is the run's; of the thirty, only those shown are read in full."""
    arrives(order, *NEARLY)
    assert 0 == order.run("rank", "train", *samples_of(order), as_of=NOW).code
    arrives(order, "Pruning of one more tree")
    judged, read = [], []
    judge, in_full = Model.judge, Verdicts.near_misses_of
    monkeypatch.setattr(
        Model, "judge", lambda model, seen: judged.append(seen.title) or judge(model, seen)
    )
    monkeypatch.setattr(
        Verdicts, "near_misses_of", lambda *its: read.extend(its[2]) or in_full(*its)
    )

    assert 0 == order.run("digest", as_of=NOW).code

    assert ["Pruning of one more tree"] == judged
    assert MAX_NEAR_MISSES == len(order.digest()["near_misses"]) == len(read)


@pytest.mark.long
def test_the_order_is_the_same_whoever_judged(order, tmp_path):
    """The run before it, or the digest itself where nothing is left of what the run found."""
    fill(order, 5)
    arrives(order, *NEARLY)
    assert 0 == order.run("rank", "train", *samples_of(order), as_of=NOW).code
    again = order.copy(tmp_path / "again")
    (again.root / MODEL.replace(".json", ".likeness.json")).unlink()

    pages = []
    for workspace in (order, again):
        assert 0 == workspace.run("digest", as_of=NOW).code
        digest = workspace.digest()
        pages.append(
            {
                shelf: [(item["key"], item["score"]) for item in digest[shelf]]
                for shelf in ("candidates", "near_misses")
            }
        )

    assert pages[0] == pages[1]
    assert {"candidates": 5, "near_misses": 10} == {k: len(v) for k, v in pages[0].items()}


def test_the_digest_has_an_overview_and_names_the_rest(order):
    fill(order, 12)

    assert 0 == order.run("digest", "--size", "11", as_of=NOW).code

    text = order.page().read_text()
    item = order.candidates()[0]
    above = (item["rules_above"] + item["learned_above"]) / 2
    assert item["score"] == pytest.approx(above, abs=2e-3)
    assert f"{item['score']:.2f}" not in text
    assert "**Sections:** [Quantization](#quantization) 11" in text
    assert "1 more by title below" in text
    assert "<summary>1 more in Quantization, for the next digest</summary>" in text
    assert "Sections with fewer than 3 entries: " in text


def test_what_was_rejected_and_changed_has_a_second_chance(order):
    """It stands on a shelf of its own with what changed, and can be accepted there."""
    fill(order, 2)
    key = "arxiv:2411.00001"
    then, later = NOW.replace(day=1), NOW.replace(day=10)
    store = Store(order.root / ".listkeeper" / "listkeeper.db")
    store.decisions.add([Decision(LIST, key, "reject", "ada", then, reason="too early")])
    store.facts.record(Fact(key, "venue", "ICLR 2025", "semanticscholar", None, later))
    store.close()

    assert 0 == order.run("digest", as_of=NOW).code
    text = order.page().read_text()
    assert "Second chances: 1 rejected earlier, changed since" in text
    assert "*Changed:* it appeared at ICLR 2025" in text
    before = order.snapshot()
    assert 0 == order.run("digest", as_of=NOW).code
    assert before == order.snapshot()
    order.tick(2)

    ended = order.run("apply", str(order.page()), as_of=NOW)

    assert 0 == ended.code, ended.err
    assert "2411.00001" in order.listed.read_text()
