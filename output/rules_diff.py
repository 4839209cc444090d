"""
Tells a difference between two versions of rules: to a person at a terminal, to a program.

The difference between two versions of rules as Markdown, for a comment on a pull request.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.arxiv_id import ArxivId
from config.errors import ConfigTrouble
from output.escape import markdown, terminal
from pipelines.tuning.comparison import KINDS, ChangedVerdict, Effect
from pipelines.tuning.evaluate import figures_dict
from pipelines.tuning.examples import CASES, Case
from pipelines.tuning.metrics import Figures

if TYPE_CHECKING:
    from pipelines.tuning.diff import Difference


# Lines of one kind on a terminal; --json has all.
MAX_PAPERS = 25
WORST_FIRST = ("wrong", "half", "unlabelled", "right")
NEW = "new: there are no rules to compare with"


# By this line the workflow finds its own comment again.
MARK = "<!-- listkeeper rules diff -->"
# GitHub takes 65,536 characters.
MAX_COMMENT_CHARS = 60_000
MOST_ROWS = 40
MAX_ABSTRACT_CHARS = 480


def text(found: "Sequence[Difference]", new: Sequence[str]) -> str:
    """Everything a person wants to know, the most important first."""
    lines = [line for one in found for line in (*_list_lines(one), "")]
    lines += [f"{name}: {NEW}" for name in new]
    return "\n".join(map(_line, lines)).rstrip()


def _line(line: str) -> str:
    """One line whatever is in it, indented as it was."""
    return " " * (len(line) - len(line.lstrip())) + terminal(line)


def _list_lines(one: "Difference") -> Iterator[str]:
    yield f"{one.rules.list}: {one.short(str(one.rules.path))} against {one.against}"
    yield from (f"  {edit}" for edit in one.compared.edits[:MAX_PAPERS])
    yield from _more(len(one.compared.edits))
    if one.why_none:
        yield f"{'no difference' if one.same else 'no paper moves'}: {one.why_none}"
    else:
        yield f"{counted(one.labelled)} of {len(one.labelled.papers):,} labelled papers"
        yield from ([f"  {one.silent}"] if one.silent else [])
    if one.advice:
        yield f"  {one.advice}"
    if one.labelled.papers:
        yield figures_line(*one.figures)
        yield f"  labelled: {one.gathered.source}"
    yield from _changes(one.labelled)
    if one.pool.papers:
        yield f"{counted(one.pool)} of {len(one.pool.papers):,} others ({one.gathered.pool_source})"
        yield from _changes(one.pool)
    yield from (f"{case_told(case)}: {one.short(str(case))}" for case in one.cases[:MAX_PAPERS])
    yield from _more(len(one.cases))


def case_told(case: Case) -> str:
    """What became of an example or lookalike, in a few words."""
    if case.how == "removed":
        return f"{CASES[case.how]}, {'held' if case.held else 'failed'} before"
    if not case.new:
        return CASES[case.how]
    kind = f"new {case.key.removesuffix('s')}"
    if case.how == "failing":
        return f"{kind}, and fails"
    return (
        f"{kind}, held before, {CASES[case.how]} now"
        if case.how == "broken"
        else (f"{kind}, {CASES[case.how]}")
    )


def counted(effect: Effect) -> str:
    """Gained, lost and moved, in numbers."""
    return ", ".join(f"{kind} {len(effect.of(kind))}" for kind in KINDS)


def figures_line(before: Figures, after: Figures) -> str:
    """Every figure, and what became of it."""
    return ", ".join(f"{name} {change(old, new)}" for name, old, new in figure_rows(before, after))


def figure_rows(
    before: Figures, after: Figures
) -> Iterator[tuple[str, float | None, float | None]]:
    yield "precision", before.precision, after.precision
    yield "recall", before.recall, after.recall
    yield "f1", before.f1, after.f1
    yield "section accuracy", before.accuracy, after.accuracy
    yield "macro f1", before.macro_f1, after.macro_f1


def change(old: float | None, new: float | None) -> str:
    """``.81→.84``; with a third digit where two do not show the difference."""
    if old is None or new is None:
        return "unknown"
    digits = 2 if round(old, 2) != round(new, 2) or round(old, 3) == round(new, 3) else 3
    first, second = number(old, digits), number(new, digits)
    return first if first == second else f"{first}→{second}"


def number(value: float, digits: int = 2) -> str:
    shown = f"{value:.{digits}f}"
    return shown[1:] if shown.startswith("0.") else shown


def ordered(effect: Effect, kind: str) -> list[ChangedVerdict]:
    """The changes of one kind, what the labels call wrong first."""
    mine = [change for change in effect.changes if change.kind == kind]
    return sorted(mine, key=lambda change: WORST_FIRST.index(change.opinion))


def opinion(change: ChangedVerdict) -> str:
    """What the label says of the change."""
    paper = change.paper
    if change.opinion in ("right", "unlabelled"):
        return change.opinion
    where = f"under {paper.section}" if paper.section else "in the list"
    if change.opinion == "half":
        return f"in the list, but {where}"
    as_before = change.kind == "moved" and change.before.section != paper.section
    wrong = "wrong as before" if as_before else "wrong"
    belongs = f"it belongs {where}" if paper.belongs else "it does not belong in the list"
    return f"{wrong}: {belongs}"


def _changes(effect: Effect) -> Iterator[str]:
    for kind in KINDS:
        mine = ordered(effect, kind)
        if mine:
            yield kind
        for one in mine[:MAX_PAPERS]:
            yield f"  {one.paper.arxiv_id or '-'} {_way(one)}: {one.paper.title}"
            yield f"      {opinion(one)}; {one.because}"
        yield from _more(len(mine))


def _way(one: ChangedVerdict) -> str:
    if one.kind == "moved":
        return f"{one.before.section} → {one.after.section}"
    return one.after.section or one.before.section or ""


def _more(count: int) -> Iterator[str]:
    if count > MAX_PAPERS:
        yield f"  ... and {count - MAX_PAPERS:,} more (--json has all)"


def as_dict(found: "Sequence[Difference]", new: Sequence[str]) -> dict[str, Any]:
    """Everything, for a program."""
    return {
        "ok": not any(one.broken for one in found),
        "lists": [_list_dict(one) for one in found],
        "new": list(new),
    }


def _list_dict(one: "Difference") -> dict[str, Any]:
    before, after = one.compared.fingerprints
    return {
        "list": one.rules.list,
        "file": str(one.rules.path),
        "against": one.against,
        "fingerprint": {"before": before, "after": after},
        "no_difference": one.why_none or None,
        "advice": one.advice or None,
        "edits": [asdict(edit) for edit in one.compared.edits],
        "labelled": _effect_dict(one.labelled) | {"source": one.gathered.source},
        "pool": _effect_dict(one.pool) | {"source": one.gathered.pool_source},
        "figures": {
            "before": figures_dict(one.figures[0]),
            "after": figures_dict(one.figures[1]),
        },
        "cases": [asdict(case) for case in one.cases],
    }


def _effect_dict(effect: Effect) -> dict[str, Any]:
    changes = {str(kind): [_change_dict(one) for one in ordered(effect, kind)] for kind in KINDS}
    return {"n": len(effect.papers), "touched": effect.touched, **changes}


def _change_dict(one: ChangedVerdict) -> dict[str, Any]:
    return {
        "arxiv_id": one.paper.arxiv_id,
        "title": one.paper.title,
        "before": one.before.section,
        "after": one.after.section,
        "label": {"belongs": one.paper.belongs, "section": one.paper.section},
        "opinion": one.opinion,
        "because": one.because,
        "edits": [asdict(edit) for edit in one.edits],
    }


def page(found: "Sequence[Difference]", new: Sequence[str]) -> str:
    """The comment; what does not fit is left out, and said to be."""
    lines = [MARK, *(line for one in found for line in _page_list_lines(one))]
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
        if length > MAX_COMMENT_CHARS:
            kept += ["", "The rest does not fit here: run `listkeeper rules diff`."]
            break
        kept.append(line)
    return "\n".join(kept)


def _page_list_lines(one: "Difference") -> Iterator[str]:
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


def _row(one: ChangedVerdict) -> str:
    cells = (one.before.section or "", one.after.section or "", opinion(one), one.because)
    paper = f"{_link(one.paper.arxiv_id)} {_safe(one.paper.title)}".strip()
    return f"| {one.kind} | {paper} | {' | '.join(map(_safe, cells))} |"


def _link(arxiv_id: str | None) -> str:
    parsed = ArxivId.parse(arxiv_id) if arxiv_id else None
    return f"[{parsed.base}](https://arxiv.org/abs/{parsed.base})" if parsed else ""


def _safe(text: str) -> str:
    """One line of text, not too long, that opens nothing in Markdown."""
    short = text if len(text) <= MAX_ABSTRACT_CHARS else f"{text[:MAX_ABSTRACT_CHARS]} ..."
    return markdown(short)
