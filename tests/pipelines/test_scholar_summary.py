"""Semantic Scholar's summaries: stored beside the counts, shown with its name, never exported."""

from contextlib import closing

import orjson
import pytest

from catalog.paper import Fact
from catalog.store import Store
from catalog.store.digests import KeptDigest
from output.digest.markdown import page
from output.digest.model import as_json, from_json
from pipelines.enrich.scholar_summary import MAX_SENTENCE_CHARS, summaries, summary_of
from pipelines.enrich.semantic_scholar import usable
from tests.fakes import KEY, NOW, digest, paper

SAID = "A study of how few bits are enough."


def answer(tldr):
    arxiv_id = KEY.partition(":")[2]
    return usable({"paperId": "1", "title": "A", "externalIds": {"ArXiv": arxiv_id}, "tldr": tldr})


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
    answers = [answer({"text": SAID})]
    count = Fact(KEY, "citations", "3", "semanticscholar", None, NOW)

    assert [SAID] == [one.value for one in summaries([count], answers, NOW)]
    assert [] == list(summaries([], answers, NOW))


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
    assert line.endswith("*(Semantic Scholar's summary, machine-made)*")
    assert digest(paper()).fingerprint == shown.fingerprint


def test_no_export_has_it(tmp_path, shown):
    """Neither the backup nor the branch of the store; the digest itself does."""
    with closing(Store(tmp_path / "listkeeper.db")) as store:
        store.facts.record(Fact(KEY, "tldr", SAID, "semanticscholar", None, NOW))
        store.facts.record(Fact(KEY, "note", "mine", "ada", None, NOW))
        kept = KeptDigest(shown.list_name, shown.name, NOW, b"", as_json(shown))
        store.digests.begin(kept)
        store.digests.save(kept)

        rows = list(store.moving.export())
        branch = b"".join(store.memory.files().values())

    assert "Fewer *bits*" not in repr(rows)
    assert SAID not in repr(rows)
    assert "mine" in repr(rows)
    assert SAID.encode() not in branch
    assert b"mine" in branch
