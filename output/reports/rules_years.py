"""What changed words would have let in over all of arXiv, by year: as text, JSON and Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from catalog.plural import counted
from output.escape import markdown, terminal
from pipelines.tuning.comparison import KINDS

if TYPE_CHECKING:
    from pipelines.bulk.by_year import DiffByYear, MovedPaper

# Changes that are named with their counts, the most effective first; --json has all.
MAX_WORDS = 15


def text(diffs: "Sequence[DiffByYear]") -> str:
    """A table of years for a terminal, then the strongest papers; empty without a snapshot."""
    lines = [terminal(line) for diff in diffs for line in ("", *_lines(diff))]
    return "".join(f"\n{line}" for line in lines)


def _lines(diff: "DiffByYear") -> Iterator[str]:
    years = diff.years
    yield _sum(diff)
    if not years.moved:
        return
    columns = ("year", "papers", *KINDS)
    yield "".join(f"{name:>9}" for name in columns)
    for row in _rows(diff):
        yield "".join(f"{row[name]!s:>9}" for name in columns)
    for word, kind, papers in _words(diff)[:MAX_WORDS]:
        yield f"  {word}: {counted(papers, 'paper')} {kind}"
    for paper in years.shown:
        yield f"  {paper.kind} {paper.arxiv_id or '-'} {_way(paper)}: {paper.title}"


def _sum(diff: "DiffByYear") -> str:
    years = diff.years
    if not years.records:
        return f"{diff.rules.list}: the rules are the same, so {diff.file} was not read"
    kinds = ", ".join(f"{kind} {years.count(kind):,}" for kind in KINDS)
    return (
        f"{diff.rules.list}: {kinds} of {years.papers.total():,} papers"
        f" ({counted(years.records, 'record')} in {diff.file};"
        f" {years.touched:,} have a changed word)"
    )


def _way(paper: "MovedPaper") -> str:
    if paper.kind == "moved":
        return f"{paper.before} → {paper.after}"
    return paper.after or paper.before or ""


def _rows(diff: "DiffByYear") -> list[dict[str, Any]]:
    """A row a year, the oldest first; papers whose id tells no year come last."""
    years = diff.years
    return [
        {"year": year or "?", "papers": years.papers[year]}
        | {str(kind): years.moved[year, kind] for kind in KINDS}
        for year in sorted(years.papers, key=lambda year: year or 9999)
    ]


def _words(diff: "DiffByYear") -> list[tuple[str, str, int]]:
    counts = sorted(diff.years.words.items(), key=lambda item: (-item[1], item[0]))
    return [(word, kind, papers) for (word, kind), papers in counts]


def as_dict(diffs: "Sequence[DiffByYear]") -> dict[str, Any]:
    """The same as data, under a key of its own; nothing without a snapshot."""
    return {"snapshot": [_dict(diff) for diff in diffs]} if diffs else {}


def _dict(diff: "DiffByYear") -> dict[str, Any]:
    years = diff.years
    return {
        "list": diff.rules.list,
        "file": diff.file,
        "records": years.records,
        "papers": years.papers.total(),
        "touched": years.touched,
        **{str(kind): years.count(kind) for kind in KINDS},
        "years": _rows(diff),
        "words": [{"edit": word, "kind": kind, "papers": n} for word, kind, n in _words(diff)],
        "strongest": [asdict(paper) for paper in years.shown],
    }


def page(diffs: "Sequence[DiffByYear]") -> str:
    """Tables for a pull request; empty without a snapshot."""
    return "".join(f"\n{line}" for diff in diffs for line in _page_lines(diff))


def _page_lines(diff: "DiffByYear") -> Iterator[str]:
    yield from ("", f"**{markdown(_sum(diff))}**", "")
    if diff.years.moved:
        yield f"| year | papers | {' | '.join(KINDS)} |"
        yield f"|{'---|' * (2 + len(KINDS))}"
        for row in _rows(diff):
            yield f"| {' | '.join(f'{value}' for value in row.values())} |"
