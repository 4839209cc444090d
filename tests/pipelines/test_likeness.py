"""Candidates by likeness: what the model proposes comes in, and says why."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.facts import Decision, Evidence, Verdict
from catalog.paper import Paper
from catalog.sightings import Found, Sighting
from catalog.store import Store
from catalog.store.verdicts import NearMiss
from catalog.store.works import Works
from config.rules import ListRules, load_list
from config.strict import validate
from pipelines.candidates import ListSnapshot, Snapshot, candidates, catch_all
from pipelines.likeness import Likeness, Likenesses, read_likenesses, write_likenesses
from pipelines.placing import choose_sections
from pipelines.rank.model import Line, Model, ModelCard, Scale
from pipelines.rank.samples import from_store, thinned
from pipelines.rank.stage import Ranking, compared_by_model, refresh
from pipelines.rank.terms import NO_TERMS
from pipelines.rank.training import prepare, rows_for
from pipelines.rules.ruleset import compile_rules
from pipelines.rules.untouched import NOTE, is_untouched, with_note, words_of_init

NOW = datetime(2024, 11, 15, tzinfo=UTC)
RULES = validate(
    ListRules,
    {
        "list": "Small",
        "file": "small.md",
        "sections": [{"name": "Small", "says": ["tiny"]}, {"name": "Bits", "says": ["bit"]}],
    },
)
WORD, BOTH, ALIKE, NEAR = (
    Paper(f"2411.0000{n}", 1, f"Paper {n}", "A text.", ("Ada Lovelace",)) for n in range(1, 5)
)
LINE = 0.4


def likeness(*, decide=True, line=LINE, of_init=(), **chances):
    of = {
        work.key: Likeness(
            "", chance, (("Bits", 0.7), ("Small", 0.3)), ("bit",), ("A listed paper",)
        )
        for name, chance in chances.items()
        for work in [{"word": WORD, "both": BOTH, "alike": ALIKE, "near": NEAR}[name]]
    }
    return Likenesses("model", line, decide, 0.5, "", of, frozenset(of_init))


def found(said):
    """The candidates of a list whose rules let in two works and nearly a third."""
    state = ListSnapshot(
        b"# Small\n\n## Small\n\n## Bits\n",
        {},
        (NearMiss(NEAR.key, 0.3, "Small", ""),),
        said,
        tuple(
            (work, Verdict(None, 0.3, runner_up="Small") if work is NEAR else Verdict(None, 0.0))
            for work in (WORD, BOTH, ALIKE, NEAR)
            if said and said.is_alike(work.key)
        ),
    )
    proposed = ((WORD, Verdict("Small", 0.8)), (BOTH, Verdict("Small", 0.7)))
    sightings = tuple(
        Sighting("arxiv", work.key, NOW, "new", 1, date(2024, 11, 14), work.key)
        for work in (WORD, BOTH, ALIKE, NEAR)
    )
    return candidates(Snapshot({"Small": state}, {"Small": proposed}, sightings), RULES, NOW)


def titles(judged):
    return [work.title for work, _ in judged]


def near(current):
    """The titles of near misses."""
    title_of = {work.key: work.title for work in (WORD, BOTH, ALIKE, NEAR)}
    return [title_of[one.key] for one in current.near_misses]


def test_without_a_model_the_rules_decide():
    current = found(None)

    assert (["Paper 1", "Paper 2"], ["Paper 4"]) == (
        titles(current.candidates),
        near(current),
    )


def test_without_a_line_the_rules_decide():
    current = found(likeness(line=None, word=0.1, both=0.9, alike=0.9))

    assert ["Paper 1", "Paper 2"] == titles(current.candidates)


def test_likeness_proposes_beside_the_words():
    """Likeness adds a work that no word speaks for, in the section of the papers like it."""
    current = found(likeness(word=0.3, both=0.9, alike=0.8, near=0.2))

    assert ["Paper 1", "Paper 2", "Paper 3"] == titles(current.candidates)
    assert ["Paper 4"] == near(current)
    verdict = current.candidates[-1][1]
    assert ("Bits", "Small") == (verdict.section, verdict.runner_up)
    assert {ALIKE.key} == current.by_likeness
    by_words = [current.likeness.by(work.key, verdict) for work, verdict in current.candidates[:2]]
    assert ["words", "both"] == by_words
    assert "likeness" == current.likeness.by(ALIKE.key, Verdict(None, 0.1))


def test_words_need_half_of_the_line():
    """Below it a work that words let in is a near miss, and says why."""
    current = found(likeness(word=0.19, both=0.9))

    assert ["Paper 2"] == titles(current.candidates)
    assert "its likeness is 0.19, below 0.20" in current.outvoted[WORD.key][1].lacked


@pytest.mark.parametrize(("share", "field", "section"), [
    (0.5, "title", "Small"), (0.5, "abstract", "Bits"), (0.0, "title", "Bits"),
    (1.0, "abstract", "Small"),
])  # fmt: skip
def test_words_and_listed_papers_choose_the_section_together(share, field, section):
    """A word in the title outweighs a chance of 0.7 against 0.3; one in the abstract doesn't."""
    verdict = Verdict("Small", 0.8, (Evidence(field, "tiny", 0, 4),))

    assert section == choose_sections(verdict, [("Bits", 0.7), ("Small", 0.3)], share)[0]


def test_a_near_miss_above_the_line_is_a_candidate():
    current = found(likeness(near=0.6))

    assert "Paper 4" in titles(current.candidates)
    assert "Paper 4" not in near(current)


def test_words_of_init_need_the_line_and_a_persons_word_half_of_it():
    """One edited word beside them changes nothing for what only words of ``init`` let in."""
    said = likeness(word=0.3, of_init=["tiny"])
    by_init = Verdict("Small", 0.8, (Evidence("title", "tiny", 0, 4),))
    by_both = replace(by_init, evidence=(*by_init.evidence, Evidence("title", "bit", 5, 8)))

    assert (None, "words") == (said.by(WORD.key, by_init), said.by(WORD.key, by_both))
    assert (LINE, LINE / 2) == (said.least_for(by_init), said.least_for(by_both))


def test_words_that_do_not_decide_alone_make_near_misses():
    """Words of ``init`` let in a paper only if it is like the listed ones; it isn't lost."""
    current = found(likeness(decide=False, word=0.1, both=0.9))

    assert ["Paper 2"] == titles(current.candidates)
    assert ["Paper 1", "Paper 4"] == near(current)
    verdict = current.outvoted[WORD.key][1]
    assert (None, "Small") == (verdict.section, verdict.runner_up)
    assert "its likeness is 0.10, below 0.40" in verdict.lacked


def test_a_work_that_the_model_has_not_judged_comes_by_its_words():
    current = found(likeness(decide=False, both=0.9))

    assert "Paper 1" in titles(current.candidates)


@pytest.mark.parametrize(
    ("name", "expected"), [("Small", "Small"), ("Other list", None)], ids=["same name", "none"]
)
def test_the_catch_all_is_called_like_the_list(name, expected):
    assert expected == catch_all(replace(RULES, list=name))


def test_what_is_stored_is_read_again(tmp_path):
    path = tmp_path / "order" / "small.likeness.json"
    said = likeness(word=0.1, both=0.9)
    bare = Likeness("a digest", 0.25, points=-1.5, authors=0.125)
    said = replace(said, of={**said.of, NEAR.key: bare}, older={"arxiv:2401.00001": bare})

    write_likenesses(path, said)

    assert said == read_likenesses(path)


ROWS = (
    b'{"form":4,"model":"m","line":null,"words_decide":true,"section_share":0.5,"seen_until":"",'
    b'"init_words":[],'
    b'"keys":["a"],"text":%s,"chance":%s,"points":[1.0],"authors":[null],"reasons":{}}'
)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b'{"form": 0}', b"[1]", b'{"form": 1, "of": 3}', b'{"form": 4, "of": 3}'),
        pytest.param(ROWS % (b'["t"]', b'["0.5"]'), id="a chance that is no number"),
        pytest.param(ROWS % (b"[]", b"[0.5]"), id="a column cut off"),
    ],
)
def test_a_damaged_file_says_nothing(tmp_path, data):
    path = tmp_path / "small.likeness.json"
    path.write_bytes(data)

    assert read_likenesses(path) is None
    assert read_likenesses(tmp_path / "none.json") is None


# Words of init, and what rejections teach


@pytest.mark.parametrize(
    ("rejected", "alone"), [pytest.param(9, False, id="few"), pytest.param(10, True, id="enough")]
)
def test_words_of_init_let_in_alone_once_labels_of_both_kinds_set_the_line(
    tmp_path, rejected, alone
):
    """Entries alone set a line, too, but don't show what the words let in wrongly."""
    path = tmp_path / "small.yaml"
    text = "list: Small\nfile: small.md\nsections:\n  - name: Small\n    says:\n      - tiny\n"
    path.write_text(with_note(text, path))
    rules = load_list(path)
    ranking = Ranking(rules, lambda: compile_rules([rules]), path, path, NOW)
    card = ModelCard("Small", "model", "list", "2024-W46", 40, rejected, 300, 0)
    line = Line(LINE, 40 + rejected, 40, 34, 1)
    model = Model(card, NO_TERMS, NO_TERMS, Scale(0, 1, 0), Scale(0, 1, 0), line=line)

    assert (set() if alone else {"tiny"}) == ranking.init_words(model)


def test_words_of_init_are_known_until_a_person_changes_one(tmp_path):
    """A comment or another example is no change of the words; a further word is one."""
    path = tmp_path / "small.yaml"
    path.write_text(
        with_note(
            "list: Small\nfile: small.md\nsections:\n  - name: Bits\n    says: [quantiz*]\n", path
        )
    )

    assert is_untouched(load_list(path))
    path.write_text("# a remark\n" + path.read_text())
    assert is_untouched(load_list(path))
    path.write_text(path.read_text().replace("[quantiz*]", "[quantiz*, low-bit]"))
    assert not is_untouched(load_list(path))
    assert {"quantiz*"} == words_of_init(load_list(path))
    path.write_text(path.read_text().partition(NOTE)[0])
    assert set() == words_of_init(load_list(path))


def test_a_file_without_a_note_was_written_by_a_person(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(
        "list: Small\nfile: small.md\nsections:\n  - name: Bits\n    says: [quantiz*]\n"
    )

    assert not is_untouched(load_list(path))


def test_what_fits_but_was_passed_over_teaches_the_order_only(tmp_path):
    """Off topic is rejected; too incremental or a duplicate says nothing against the subject."""
    reasons = {"off topic": "rejected", "too incremental": "passed", "duplicate": "passed"}
    store = Store(tmp_path / "listkeeper.db")
    papers = [
        Paper(f"2411.0001{n}", 1, reason, "The same text.", ("Ada",))
        for n, reason in enumerate(reasons)
    ]
    store.works.save(
        [
            Found(work, Sighting("arxiv", work.key, NOW, "new", 1, NOW.date(), work.key))
            for work in papers
        ]
    )
    decisions = {
        work.key: Decision("Small", work.key, "reject", "ada", NOW, reason=work.title)
        for work in papers
    }
    snapshot = Snapshot({"Small": ListSnapshot(b"# Small\n", decisions)}, {"Small": ()})

    known = from_store(store, RULES, snapshot)

    assert ["off topic"] == [sample.seen.title for sample in known.rejected]
    assert ["too incremental", "duplicate"] == [s.seen.title for s in known.passed_over]
    assert {NOW} == {sample.labelled_at for sample in (*known.rejected, *known.passed_over)}
    _, rows = prepare(known)
    # Each paper is there with its abstract and without.
    assert 2 * [True, True, True] == rows_for(known, rows, "order").tolist()
    assert 2 * [True, False, False] == rows_for(known, rows, "belongs").tolist()
    store.close()


def test_learning_reads_only_the_texts_that_it_learns_from(tmp_path, monkeypatch):
    """The background is the same draw, of which only the drawn are read; proposals are none."""
    papers = [Paper(f"2411.{n:05}", 1, f"Paper {n}", "A text.", ("Ada",)) for n in range(1, 41)]
    with closing(Store(tmp_path / "listkeeper.db")) as store:
        seen = [Sighting("arxiv", it.key, NOW, "new", 1, NOW.date(), it.key) for it in papers]
        store.works.save(list(map(Found, papers, seen)))
        proposed = {"Small": tuple((work, Verdict("Small", 0.8)) for work in papers[:3])}
        snapshot = Snapshot({"Small": ListSnapshot(b"# Small\n", {})}, proposed)
        everything = from_store(store, RULES, snapshot, most=None)
        read, get_many = [], Works.get_many
        monkeypatch.setattr(
            Works, "get_many", lambda works, keys: read.extend(keys) or get_many(works, keys)
        )

        drawn = from_store(store, RULES, snapshot, most=5)

    assert 37 == len(everything.background)
    assert sorted(read) == [sample.key for sample in drawn.background]
    assert sorted(thinned(everything.background, 5), key=lambda it: it.key) == [*drawn.background]


def test_old_works_that_wait_are_judged_for_the_order_once(tmp_path, monkeypatch):
    """Works of more than 60 days ago are no candidates by it; what was decided needs no order."""
    waits, done, new = (
        Paper(f"2411.0000{n}", 1, f"Paper {n}", "A text.", ("Ada",)) for n in range(1, 4)
    )
    card = ModelCard("Small", "model", "list", "2024-W46", 40, 20, 300, 0)
    model = Model(card, NO_TERMS, NO_TERMS, Scale(0.5, 1, 0), Scale(0, 1, 0))
    rules_file, file = tmp_path / "small.yaml", tmp_path / "small.likeness.json"
    rules_file.write_text("list: Small\nfile: small.md\nsections: [{name: Small, says: [tiny]}]\n")
    rules = load_list(rules_file)
    ranking = Ranking(rules, lambda: compile_rules([rules]), tmp_path / "model", file, NOW)
    with closing(Store(tmp_path / "listkeeper.db")) as store:
        for work, at in ((waits, NOW - timedelta(90)), (done, NOW - timedelta(90)), (new, NOW)):
            seen = Sighting("arxiv", work.key, at, "new", 1, at.date(), work.key)
            store.works.save([Found(work, seen)])
        pairs = [(work, Verdict("Small", 0.8)) for work in (waits, done, new)]
        store.verdicts.save("Small", pairs, NOW)
        store.decisions.add([Decision("Small", done.key, "reject", "ada", NOW)])
        said = refresh(ranking, model, store)
        order = (ranking, model, store, {waits.key: 0.8, new.key: 0.8}, [pairs[0], pairs[2]], ())
        anew = compared_by_model(*order, None)
        monkeypatch.setattr(Model, "order_points", lambda *_: pytest.fail("judged again"))

        assert ({new.key}, {waits.key}) == ({*said.of}, {*said.older})
        assert anew == compared_by_model(*order, said)
        later = replace(ranking, now=NOW + timedelta(90))
        assert {waits.key, new.key} == {*refresh(later, model, store).older}
