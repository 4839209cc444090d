"""Semantic Scholar's summaries and affiliations: stored with the counts; no summary leaves."""

from contextlib import closing

import orjson
import pytest

from catalog.facts import Fact, Miss
from catalog.rows.digests import KeptDigest
from catalog.store import Store
from output.digest.markdown import page
from output.digest.model import as_json, from_json
from pipelines.enrich.scholar_details import (
    MAX_AFFILIATION_CHARS,
    MAX_SENTENCE_CHARS,
    affiliations_of,
    details,
    summary_of,
)
from pipelines.enrich.semantic_scholar import usable
from tests.fakes import KEY, NOW, digest, paper

SAID = "A study of how few bits are enough."


def answer(tldr, authors=None):
    arxiv_id = KEY.partition(":")[2]
    given = {"paperId": "1", "title": "A", "externalIds": {"ArXiv": arxiv_id}, "tldr": tldr}
    return usable(given | {"authors": authors})


def at(*places):
    return {"authorId": None, "affiliations": list(places)}


SHAPES = {
    "a sentence": ({"model": "tldr@v2.0.0", "text": SAID}, SAID),
    "on two lines": ({"model": "m", "text": "A study of how\nfew bits are\x07 enough."}, SAID),
    "none": (None, ""),
    "no text": ({"model": "m", "text": None}, ""),
    "a text without an object": (SAID, ""),
    "numbers": ({"text": 7}, ""),
    "no sentence": ({"text": "x" * (MAX_SENTENCE_CHARS + 1)}, ""),
}


@pytest.mark.parametrize(("tldr", "told"), SHAPES.values(), ids=SHAPES)
def test_the_shapes_of_a_summary(tldr, told):
    assert told == summary_of(answer(tldr))


def test_only_a_believed_answer_gives_its_summary():
    """An answer of another paper has a miss in the place of its count."""
    said = answer({"text": SAID})
    count = Fact(KEY, "citations", "3", "semanticscholar", None, NOW)
    miss = Miss(KEY, "citations", "semanticscholar", "wrong-paper", NOW)

    assert [SAID] == [one.value for one in details([(count, said)], NOW)]
    assert [] == list(details([(miss, said)], NOW))


PEOPLE = {
    "in the order of authors": ([at("A Lab"), at("B University")], ["A Lab", "B University"]),
    "each once": ([at("A Lab"), at("a lab", "B")], ["A Lab", "B"]),
    "most wrote nothing": ([at(), {"authorId": "1"}, at("B")], ["B"]),
    "three are enough": ([at("A", "B"), at("C", "D")], ["A", "B", "C"]),
    "on one line": ([at("A\nLab\u202e; Town")], ["A Lab, Town"]),
    "no name": ([at("", " ", "x" * (MAX_AFFILIATION_CHARS + 1))], []),
    "other shapes": ([None, 7, {"affiliations": "A"}, {"affiliations": [None, {"name": "A"}]}], []),
    "no authors": (None, []),
    "no list": ({"name": "A"}, []),
}


@pytest.mark.parametrize(("authors", "told"), PEOPLE.values(), ids=PEOPLE)
def test_where_the_authors_work(authors, told):
    assert told == affiliations_of(answer(None, authors))


def test_affiliations_are_stored_beside_the_count_and_shown_with_the_people():
    count = Fact(KEY, "citations", "3", "semanticscholar", None, NOW)

    (fact,) = details([(count, answer(None, [at("A *Lab*"), at("B")]))], NOW)

    assert ("affiliations", "A *Lab*; B", "semanticscholar") == (fact.kind, fact.value, fact.source)
    plain = digest(paper())
    body = orjson.loads(orjson.dumps(as_json(plain)))
    body["candidates"][0] |= {"affiliations": fact.value}
    text = page(from_json(body))
    assert "(A \\*Lab\\*; B) · [arXiv" in text
    # Somebody who works elsewhere now is no reason to write a page again.
    assert plain.fingerprint == from_json(body).fingerprint


@pytest.fixture
def shown():
    """A digest whose candidate has a summary with marks in it."""
    body = orjson.loads(orjson.dumps(as_json(digest(paper()))))
    body["candidates"][0] |= {"tldr": "Fewer *bits* <b>than</b> ever."}
    return from_json(body)


def test_the_digest_names_who_made_it_and_shows_it_as_text(shown):
    (line,) = (line for line in page(shown).splitlines() if line.startswith("> "))

    assert "Fewer \\*bits\\*" in line
    assert "<b>" not in line
    assert line.endswith("*(Semantic Scholar, machine-made)*")
    assert digest(paper()).fingerprint == shown.fingerprint


def test_no_export_has_it(tmp_path, shown):
    """Neither the backup nor the branch of the store; the digest itself does."""
    with closing(Store(tmp_path / "listkeeper.db")) as store:
        store.facts.record(Fact(KEY, "tldr", SAID, "semanticscholar", None, NOW))
        store.facts.record(Fact(KEY, "note", "mine", "ada", None, NOW))
        kept = KeptDigest(shown.list_name, shown.name, NOW, b"", as_json(shown))
        store.digests.begin(kept)
        store.digests.save(kept)

        rows = list(store.backup.export())
        branch = b"".join(store.memory.files().values())

    assert "Fewer *bits*" not in repr(rows)
    assert SAID not in repr(rows)
    assert "mine" in repr(rows)
    assert SAID.encode() not in branch
    assert b"mine" in branch
