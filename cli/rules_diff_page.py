"""The difference between two versions of rules as Markdown, for a comment on a pull request."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.arxiv_id import ArxivId
from cli.rules_diff_text import NEW, case_told, change, counted, figure_rows, opinion, ordered
from config.errors import ConfigTrouble
from output.escape import markdown
from pipelines.tuning.comparison import KINDS, Change, Effect

if TYPE_CHECKING:
    from cli.rules_diff import Difference


# By this line the workflow finds its own comment again.
MARK = "<!-- listkeeper rules diff -->"
# GitHub takes 65,536 characters.
MOST_LETTERS = 60_000
MOST_ROWS = 40
LONGEST = 480


def page(found: "Sequence[Difference]", new: Sequence[str]) -> str:
    """The comment; what does not fit is left out, and said to be."""
    lines = [MARK, *(line for one in found for line in _list_lines(one))]
    lines += [f"{markdown(name)}: {NEW}" for name in new]
    return _cut(lines)


def trouble_page(trouble: ConfigTrouble, root: Path) -> str:
    """The comment where one of the two versions cannot be read."""
    said = [str(one).replace(f"{root}/", "") for one in (trouble, *trouble.others)]
    rows = [f"- {_safe(one)}" for one in said[:MOST_ROWS]]
    return _cut([MARK, "### The rules cannot be read", "", *rows])


def _cut(lines: Sequence[str]) -> str:
    kept, length = [], 0
    for line in lines:
        length += len(line) + 1
        if length > MOST_LETTERS:
            kept += ["", "The rest does not fit here: run `listkeeper rules diff`."]
            break
        kept.append(line)
    return "\n".join(kept)


def _list_lines(one: "Difference") -> Iterator[str]:
    yield f"### Rules of {markdown(one.rules.list)}, against {markdown(one.against)}"
    yield ""
    if one.why_none:
        yield f"**{'No difference' if one.same else 'No paper moves'}**: {one.why_none}."
    else:
        yield f"**{counted(one.labelled)}** of {len(one.labelled.papers):,} labelled papers"
    for said in filter(None, (one.silent, one.advice)):
        yield ""
        yield f"{_safe(said)}."
    yield ""
    for case in one.cases[:MOST_ROWS]:
        yield f"- **{case_told(case)}**: {_safe(one.short(str(case)))}"
    if len(one.cases) > MOST_ROWS:
        yield f"- ... and {len(one.cases) - MOST_ROWS:,} more examples and lookalikes"
    yield ""
    if one.labelled.papers:
        yield "| figure | change |"
        yield "|---|---|"
        for name, old, new in figure_rows(*one.figures):
            yield f"| {name} | {change(old, new)} |"
        yield ""
    yield from _edits(one)
    yield from _table(one.labelled)
    if one.pool.changes:
        yield f"**{counted(one.pool)}** of {len(one.pool.papers):,} others"
        yield ""
        yield from _table(one.pool)


def _edits(one: "Difference") -> Iterator[str]:
    for edit in one.compared.edits[:MOST_ROWS]:
        yield f"- {_safe(str(edit))}"
    if len(one.compared.edits) > MOST_ROWS:
        yield f"- ... and {len(one.compared.edits) - MOST_ROWS:,} more words"
    yield ""


def _table(effect: Effect) -> Iterator[str]:
    if not effect.changes:
        return
    yield "| | paper | before | now | label | because |"
    yield "|---|---|---|---|---|---|"
    for kind in KINDS:
        mine = ordered(effect, kind)
        for one in mine[:MOST_ROWS]:
            yield _row(one)
        if len(mine) > MOST_ROWS:
            yield f"| {kind} | ... and {len(mine) - MOST_ROWS:,} more | | | | |"
    yield ""


def _row(one: Change) -> str:
    cells = (one.before.section or "", one.after.section or "", opinion(one), one.because)
    paper = f"{_link(one.paper.arxiv_id)} {_safe(one.paper.title)}".strip()
    return f"| {one.kind} | {paper} | {' | '.join(map(_safe, cells))} |"


def _link(arxiv_id: str | None) -> str:
    parsed = ArxivId.parse(arxiv_id) if arxiv_id else None
    return f"[{parsed.base}](https://arxiv.org/abs/{parsed.base})" if parsed else ""


def _safe(text: str) -> str:
    """One line of text, not too long, that opens nothing in Markdown."""
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    return markdown(short)
