"""Facts about listed works become items for a person: what is wrong, and what is only news."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from catalog.facts import Fact, Miss
from catalog.markdown.edits import apply_edits
from catalog.markdown.listfile import parse
from catalog.markdown.repairs import moved_edits
from pipelines.watch.items import StoredFacts, crossed, items

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PAPER = "arxiv:2406.11235"
LISTED = b"""# L

## S

- **QTIP**, `arXiv, 2406.11235`, [arxiv](http://arxiv.org/abs/2406.11235v1), \
[pdf](http://arxiv.org/pdf/2406.11235v1.pdf), cication: [**-1**](None)

\t *A*

- [A post](https://site.example/a)
"""


def fact(kind, value, days=0, source="arxiv", key=PAPER):
    return Fact(key, kind, value, source, None, NOW - timedelta(days=days))


def found(listed=LISTED, **known):
    return items(parse(listed), StoredFacts(**known), NOW)


def test_a_withdrawn_paper_stays_to_be_looked_at():
    """Until it is taken out, or a person leaves it; another notice is another item."""
    gone = {"withdrawn": {PAPER: fact("withdrawn", "Withdrawn by us")}}

    (item,) = found(facts=gone)

    assert (5, "withdrawn", True) == (item.line, item.kind, item.needs)
    assert "listkeeper list remove 2406.11235" == item.do
    assert [] == found(facts=gone, left={(PAPER, "withdrawn"): "Withdrawn by us"})
    assert [item] == found(facts=gone, left={(PAPER, "withdrawn"): "Withdrawn by others"})


def test_a_title_in_other_signs_is_the_same_title():
    """Case, dashes and white space are nobody's business."""
    assert [] == found(facts={"title": {PAPER: fact("title", "Q-Tip ")}})
    assert ["title"] == [one.kind for one in found(facts={"title": {PAPER: fact("title", "R")}})]


def test_a_venue_is_news_when_it_appears():
    """Not at the first look, not for ever, and not where the list says a venue already."""
    first = {("arxiv", PAPER): NOW - timedelta(days=60)}
    new = {PAPER: fact("venue", "ICLR 2025", days=3)}
    words = {"venue-words": {PAPER: fact("venue-words", "Accepted at ICLR 2025", days=3)}}

    (item,) = found(venues=new, first=first, facts=words)

    assert not item.needs
    said = "'Accepted at ICLR 2025', arXiv, 2 January 2026; the list would say `ICLR, 2025`"
    assert said == item.evidence
    assert "listkeeper watch --fix venue --only 2406.11235" == item.do
    assert [] == found(venues=new, first={("arxiv", PAPER): NOW - timedelta(days=3)})
    assert [] == found(venues={PAPER: fact("venue", "ICLR 2025", days=40)}, first=first)
    said = LISTED.replace(b"arXiv, 2406.11235", b"ICLR, 2025", 1)
    assert [] == found(said, venues=new, first=first)


def test_a_count_that_passes_a_step_is_news_while_there_is_no_star():
    """By one source alone: those of two are never compared."""
    before, after = (
        fact("citations", count, days, "semanticscholar")
        for count, days in (("97", 60), ("104", 2))
    )

    assert ["star"] == [one.kind for one in found(counts={PAPER: [before, after]})]
    starred = LISTED.replace(b"- **QTIP", "- 🌟 **QTIP".encode())
    assert [] == found(starred, counts={PAPER: [before, after]})
    assert (before, after, 100) == crossed([before, after], NOW)
    assert crossed([replace(before, source="openalex"), after], NOW) is None
    assert crossed([before, replace(after, held=True)], NOW) is None
    assert crossed([after], NOW) is None


def test_a_page_is_dead_after_three_tries_and_alive_by_one_answer():
    """A failure before the last good answer is forgotten."""
    key = "link:https://site.example/a"
    failed = Miss(key, "link", "web", "failed", NOW, "HTTP 500", 3)
    alive = fact("link", "ok", source="web", key=key)

    (item,) = found(failed={key: failed})

    assert "listkeeper list remove https://site.example/a" == item.do
    assert "HTTP 500; 3 days in a row, last on 5 January 2026" == item.evidence
    assert [] == found(failed={key: replace(failed, times=2)})
    assert [] == found(failed={key: failed}, facts={"link": {key: alive}})


@given(
    st.sampled_from(["repo", "repo.js", "re-po", "repository"]),
    st.sampled_from(
        [
            "- [**{n}**](https://github.com/o/{n}) - o ![S](https://img.shields.io/github/stars/o/{n}.svg?s)",
            "- x · ([{n}](https://github.com/o/{n}/tree/main) - o) [other](https://github.com/o/{n}-2)",
        ]
    ),
)
def test_a_moved_repository_is_changed_where_it_is_named_and_nowhere_else(name, form):
    """Its longer namesakes stay."""
    data = f"# L\n\n{form.format(n=name)}\n".encode()
    span = next(
        span
        for span in parse(data).spans
        if span.kind in ("entry", "text") and name.encode() in span.raw
    )

    edits = moved_edits(span, f"https://github.com/o/{name}", "https://github.com/p/q")
    new = apply_edits(data, sorted(edits), name="x").decode()

    assert f"github.com/o/{name})" not in new
    assert (
        "[**q**](https://github.com/p/q) - p" in new
        or "([q](https://github.com/p/q/tree/main) - p)" in new
    )
    assert ("namesake", f"github.com/o/{name}-2" in data.decode()) == (
        "namesake",
        f"github.com/o/{name}-2" in new,
    )
