"""Counts, venues and code of candidates, of rejected works too: what the digest makes of them."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.facts import Decision, Fact
from catalog.paper import Paper
from catalog.sightings import Found, Sighting
from catalog.store import Store
from sandbox.process import running
from tests.workspace import Workspace

SUNDAY = datetime(2024, 11, 17, 7, 23, tzinfo=UTC)
NEXT = SUNDAY + timedelta(days=8)


@pytest.mark.long
def test_counts_of_rejected_works_are_asked_for_and_bring_them_back(tmp_path):
    """Their venue too; but nobody is called because of them."""
    refused, open_one = "2411.05882", "2411.05282"
    with running(now=SUNDAY) as outside:
        workspace = Workspace(tmp_path, outside.environment())
        outside.set_counts({refused: 4, open_one: 40})
        seen(workspace, refused, "When are 1.58 bits enough? A Bottom-up Exploration of BitNet")
        seen(workspace, open_one, "MicroScopiQ: Outlier-Aware Microscaling Quantization of LLMs")
        title = "Asynchronous Quantization of Large Language Models"
        seen(workspace, "2411.99999", title, code="test/archived")
        with_store(workspace, lambda store: store.decisions.add([decided(refused)]))
        workspace.run("enrich", as_of=SUNDAY)
        outside.set_counts({refused: 40, open_one: 40})

        grown = workspace.run("enrich", as_of=NEXT)
        workspace.run("digest", as_of=NEXT)
        outside.set_counts({refused: 1, open_one: 40})
        fallen = workspace.run("enrich", as_of=SUNDAY + timedelta(days=16))

        assert (0, 0) == (grown.code, fallen.code)
        text = workspace.page("2024-W48").read_text()
        assert "*Changed:* 40 citations, 4 when it was rejected" in text
        assert "test/never-there, named in the paper, no longer exists" in text
        assert " · [code](https://github.com/test/archived), archived  \n" in text


def seen(workspace, arxiv_id, title, code="test/never-there"):
    """A paper that the rules propose, and its code."""
    paper = Paper(arxiv_id, 1, title, authors=("Ada Lovelace",))
    sighting = Sighting("arxiv", paper.key, SUNDAY, "new", 1, SUNDAY.date(), paper.key)
    named = Fact(paper.key, "code", code, "arxiv", None, SUNDAY)

    def keep(store):
        store.works.save([Found(paper, sighting)])
        store.facts.record(named)

    with_store(workspace, keep)
    assert 0 == workspace.run("classify", as_of=SUNDAY).code


def with_store(workspace, use):
    assert 0 == workspace.run("status", as_of=SUNDAY).code
    store = Store(workspace.root / ".listkeeper" / "listkeeper.db")
    use(store)
    store.close()


def decided(arxiv_id):
    return Decision("Efficient LLM", f"arxiv:{arxiv_id}", "reject", "ada", SUNDAY)
