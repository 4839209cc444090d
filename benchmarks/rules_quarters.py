"""
Says what the words do on papers that came after everything the words rest on, quarter by quarter.

    python -m benchmarks.rules_quarters [POSITIVES.jsonl NEGATIVES.jsonl [ABSTRACTS.jsonl.gz]]

Without files it reads the shared ones ($LISTKEEPER_SHARED or ../shared).

For each quarter of 2024 a word of a section stays if at least ``SUPPORT`` papers that were listed
before the quarter say it; the rest goes. Then the papers of the quarter are judged. This is kinder
than the truth: people chose the words, the weights and the words of the whole list with the quarter
in view. What it shows is how much hangs on words that older papers don't support.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.recorded import recorded
from benchmarks.rules_holdout import RULES, SHARED
from catalog.paper_rows import Row, read_file
from config.rules import ListRules, load_list
from config.rules_editor import WordChange, changed
from pipelines.rules.ruleset import compile_rules
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.lint.support import supports
from pipelines.tuning.metrics import Figures, figures, wilson

YEAR = 2024
SUPPORT = 2
KEYS = ("says", "in_title", "hints", "beside")
CATCH_ALL = "Efficient LLM"


def main(positives: str, negatives: str, abstracts: str | None = None) -> None:
    rows = [(row, True) for row in read_file(Path(positives))]
    rows += [(row, False) for row in read_file(Path(negatives))]
    ids = {row.arxiv_id for row, _ in rows}
    known = {row.arxiv_id: row.abstract for row in read_file(Path(abstracts)) if row.arxiv_id in ids
             } if abstracts else {}  # fmt: skip
    papers = [_labelled(row, known.get(row.arxiv_id), belongs=belongs) for row, belongs in rows]
    rules = load_list(RULES)
    print("quarter  words  all words: recall, precision      older words: recall, precision")
    for number, (first, last) in enumerate(_quarters(), 1):
        before = [paper for paper in papers if paper.labelled_at and paper.labelled_at < first]
        inside = [p for p in papers if p.labelled_at and first <= p.labelled_at < last]
        older = older_words(rules, before)
        told = " | ".join(_told(_measured(version, inside)) for version in (rules, older))
        print(f"Q{number}  {older.count:,} of {rules.count:,}  {told}")


def _labelled(row: Row, abstract: str | None, *, belongs: bool) -> Labelled:
    return Labelled(row.arxiv_id, row.title, abstract, belongs, row.section, row.first_added)


def _quarters() -> Iterator[tuple[datetime, datetime]]:
    starts = [datetime(YEAR, month, 1, tzinfo=UTC) for month in (1, 4, 7, 10)]
    yield from zip(starts, [*starts[1:], datetime(YEAR + 1, 1, 1, tzinfo=UTC)], strict=True)


def older_words(rules: ListRules, before: Sequence[Labelled]) -> ListRules:
    """The rules without words of sections that too few of these listed papers say."""
    found = supports(compile_rules([rules]), rules, before)
    thin = [
        WordChange(rules.sections[int(one.place[1])].name, one.key, one.word, add=False)
        for one in found.words
        if one.place[0] == "sections" and one.key in KEYS and one.papers < SUPPORT
    ]
    return changed(rules, thin)


def _measured(rules: ListRules, papers: Sequence[Labelled]) -> Figures:
    ruleset = compile_rules([rules])
    verdicts = [ruleset.judge(rules.list, paper.title, paper.abstract) for paper in papers]
    names = {section.name for section in rules.sections} - {CATCH_ALL}
    return figures(papers, verdicts, names)


def _told(measured: Figures) -> str:
    let_in = measured.found + measured.wrong
    parts = (
        ("recall", measured.found, measured.positives),
        ("precision", measured.found, let_in),
        ("section", measured.right, measured.let_in),
    )
    return ", ".join(_share(*part) for part in parts)


def _share(name: str, part: int, total: int) -> str:
    low, high = wilson(part, total)
    return f"{name} {part / max(total, 1):.2f} ({low:.2f}-{high:.2f}) of {total}"


if __name__ == "__main__":
    main(*(sys.argv[1:] or [str(recorded(*place)) for place in SHARED]))
