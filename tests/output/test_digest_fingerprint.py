"""What is news of a digest, and what machines read of it."""

from dataclasses import asdict
from datetime import timedelta

import orjson
import pytest

from output.digest.candidates import KnownFacts, candidate
from output.digest.model import SourceLine, as_json
from tests.fakes import NOW, citations, digest, paper, verdict


def test_the_same_again_has_the_same_fingerprint():
    """Times, the sources' reasons and edits of the list alone are no news."""
    before = digest(
        candidate(1, paper(), verdict(), KnownFacts(citation=citations(7))),
        near=[candidate(2, paper("2411.03350"), verdict(None), KnownFacts(citation=citations(1)))],
        sources=(SourceLine("arxiv_rss", "OK", "41 found"),),
    )
    later = NOW + timedelta(days=1)
    after = digest(
        candidate(1, paper(), verdict(), KnownFacts(citation=citations(7, seen_at=later))),
        near=[
            candidate(
                2,
                paper("2411.03350"),
                verdict(None),
                KnownFacts(citation=citations(1, seen_at=later)),
            )
        ],
        sources=(SourceLine("arxiv_rss", "OK", "42 found"),),
        made_at=later,
        base_hash="cd" * 32,
    )

    assert asdict(before) != asdict(after)
    assert before.fingerprint == after.fingerprint


@pytest.mark.parametrize(
    "news",
    [
        pytest.param(digest(paper(title="A Better Title")), id="another title"),
        pytest.param(digest(paper(), paper("2411.03350")), id="one more"),
        pytest.param(
            digest(candidate(1, paper(), verdict(), KnownFacts(citation=citations(7)))),
            id="a count",
        ),
        pytest.param(digest(candidate(1, paper(), verdict("Pruning"))), id="another section"),
        pytest.param(digest(near=[paper("2411.03350")]), id="a near miss"),
        pytest.param(digest(word="BROKEN"), id="another word"),
        pytest.param(digest(sources=(SourceLine("arxiv_rss", "STALE", ""),)), id="a source"),
        pytest.param(digest(waiting=("arxiv:2411.00001",)), id="one that waits"),
    ],
)
def test_news_changes_the_fingerprint(news):
    assert digest().fingerprint != news.fingerprint


def test_the_digest_for_machines():
    """All of it as plain JSON, with the fingerprint."""
    made = digest(sources=(SourceLine("arxiv_rss", "OK", "41 found"),))

    told = orjson.loads(orjson.dumps(as_json(made)))

    assert made.fingerprint == told["fingerprint"]
    assert "2024-11-11T06:47:00+00:00" == told["made_at"]
    source = {"source": "arxiv_rss", "word": "OK", "reason": "41 found", "look": False}
    assert [source] == told["sources"]
    assert made.candidates[0].entry == told["candidates"][0]["entry"]
