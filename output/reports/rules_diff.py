"""
The difference between two versions of rules, as text, as JSON, and as Markdown for a pull request.

Pure functions of a ``RulesDiff``; the command line prints what they return.
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
    from pipelines.tuning.diff import RulesDiff

# Lines of one kind in the text; --json has all.
MAX_LINES_OF_KIND = 25
WORST_FIRST = ("wrong", "half", "unlabelled", "right")
NEW = "new, nothing to compare with"

# The workflow finds its own comment by this line.
MARK = "<!-- listkeeper rules diff -->"
# GitHub takes 65,536 characters.
MAX_COMMENT_CHARS = 60_000
MOST_ROWS = 40
MAX_ABSTRACT_CHARS = 480


def text(differences: "Sequence[RulesDiff]", new: Sequence[str]) -> str:
    """The difference as text for a terminal, the most important first."""
    lines = [line for diff in differences for line in (*_list_lines(diff), "")]
    lines += [f"{name}: {NEW}" for name in new]
    return "\n".join(map(_line, lines)).rstrip()


def _line(line: str) -> str:
    """Exactly one line, with its indentation."""
    return " " * (len(line) - len(line.lstrip())) + terminal(line)


def _list_lines(diff: "RulesDiff") -> Iterator[str]:
    yield f"{diff.rules.list}: {diff.short(str(diff.rules.path))} against {diff.against}"
    yield from (f"  {edit}" for edit in diff.compared.edits[:MAX_LINES_OF_KIND])
    yield from _more(len(diff.compared.edits))
    if diff.why_none:
        yield f"{'no difference' if diff.same else 'no paper moves'}: {diff.why_none}"
    else:
        yield f"{counted(diff.labelled)} of {len(diff.labelled.papers):,} labelled papers"
        yield from ([f"  {diff.silent}"] if diff.silent else [])
    if diff.advice:
        yield f"  {diff.advice}"
    if diff.labelled.papers:
        yield figures_line(*diff.figures)
        yield f"  labelled: {diff.gathered.source}"
    yield from _changes(diff.labelled)
    if diff.pool.papers:
        source = diff.gathered.pool_source
        yield f"{counted(diff.pool)} of {len(diff.pool.papers):,} others ({source})"
        yield from _changes(diff.pool)
    yield from ([f"warning: {diff.warning}"] if diff.warning else [])
    yield from ([diff.places_line] if diff.places_line else [])
    yield from (
        f"{case_told(case)}: {diff.short(str(case))}" for case in diff.cases[:MAX_LINES_OF_KIND]
    )
    yield from _more(len(diff.cases))


def case_told(case: Case) -> str:
    """What happened to an example or lookalike, in a few words."""
    if case.how == "removed":
        return f"{CASES[case.how]}, {'held' if case.held else 'failed'} before"
    if not case.new:
        return CASES[case.how]
    kind = f"new {case.key.removesuffix('s')}"
    if case.how == "failing":
        return f"{kind}, and fails"
    before, now = (", held before", " now") if case.how == "broken" else ("", "")
    return f"{kind}{before}, {CASES[case.how]}{now}"


def counted(effect: Effect) -> str:
    """The numbers of gained, lost and moved papers."""
    return ", ".join(f"{kind} {len(effect.of(kind))}" for kind in KINDS)


def figures_line(before: Figures, after: Figures) -> str:
    """Every metric before and after."""
    return ", ".join(f"{name} {change(old, new)}" for name, old, new in figure_rows(before, after))


def figure_rows(
    before: Figures, after: Figures
) -> Iterator[tuple[str, float | None, float | None]]:
    yield "precision", before.precision, after.precision
    yield "recall", before.recall, after.recall
    yield "f1", before.f1, after.f1
    # Of no paper at all a share would read like a failure.
    known = before.let_in or after.let_in
    yield "section accuracy", before.accuracy if known else None, after.accuracy if known else None
    yield "macro f1", before.macro_f1 if known else None, after.macro_f1 if known else None


def change(old: float | None, new: float | None) -> str:
    """``.81→.84``, with a third digit where two hide the diff."""
    if old is None or new is None:
        return "unknown"
    digits = 2 if round(old, 2) != round(new, 2) or round(old, 3) == round(new, 3) else 3
    first, second = number(old, digits), number(new, digits)
    return first if first == second else f"{first}→{second}"


def number(value: float, digits: int = 2) -> str:
    shown = f"{value:.{digits}f}"
    return shown[1:] if shown.startswith("0.") else shown


def _changes(effect: Effect) -> Iterator[str]:
    for kind in KINDS:
        changes = ordered(effect, kind)
        if changes:
            yield kind
        for changed in changes[:MAX_LINES_OF_KIND]:
            yield f"  {changed.paper.arxiv_id or '-'} {_way(changed)}: {changed.paper.title}"
            yield f"      {opinion(changed)}; {changed.because}"
        yield from _more(len(changes))


def ordered(effect: Effect, kind: str) -> list[ChangedVerdict]:
    """The changes of one kind, those that the labels call wrong first."""
    changes = [change for change in effect.changes if change.kind == kind]
    return sorted(changes, key=lambda change: WORST_FIRST.index(change.opinion))


def opinion(change: ChangedVerdict) -> str:
    """Whether the label agrees with the change."""
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


def _way(changed: ChangedVerdict) -> str:
    if changed.kind == "moved":
        return f"{changed.before.section} → {changed.after.section}"
    return changed.after.section or changed.before.section or ""


def _more(count: int) -> Iterator[str]:
    if count > MAX_LINES_OF_KIND:
        yield f"  ... and {count - MAX_LINES_OF_KIND:,} more (--json has all)"


def as_dict(differences: "Sequence[RulesDiff]", new: Sequence[str]) -> dict[str, Any]:
    """The full difference as JSON."""
    return {
        "ok": not any(diff.broken for diff in differences),
        "lists": [_list_dict(diff) for diff in differences],
        "new": list(new),
    }


def _list_dict(diff: "RulesDiff") -> dict[str, Any]:
    before, after = diff.compared.fingerprints
    return {
        "list": diff.rules.list,
        "file": str(diff.rules.path),
        "against": diff.against,
        "fingerprint": {"before": before, "after": after},
        "no_difference": diff.why_none or None,
        "advice": diff.advice or None,
        "warning": diff.warning or None,
        "places": [asdict(place) for place in diff.places],
        "edits": [asdict(edit) for edit in diff.compared.edits],
        "labelled": _effect_dict(diff.labelled) | {"source": diff.gathered.source},
        "pool": _effect_dict(diff.pool) | {"source": diff.gathered.pool_source},
        "figures": {
            "before": figures_dict(diff.figures[0]),
            "after": figures_dict(diff.figures[1]),
        },
        "cases": [asdict(case) for case in diff.cases],
    }


def _effect_dict(effect: Effect) -> dict[str, Any]:
    rows = {
        str(kind): [_change_dict(changed) for changed in ordered(effect, kind)] for kind in KINDS
    }
    return {"n": len(effect.papers), "touched": effect.touched, **rows}


def _change_dict(changed: ChangedVerdict) -> dict[str, Any]:
    return {
        "arxiv_id": changed.paper.arxiv_id,
        "title": changed.paper.title,
        "before": changed.before.section,
        "after": changed.after.section,
        "label": {"belongs": changed.paper.belongs, "section": changed.paper.section},
        "opinion": changed.opinion,
        "because": changed.because,
        "edits": [asdict(edit) for edit in changed.edits],
    }


def page(differences: "Sequence[RulesDiff]", new: Sequence[str]) -> str:
    """The comment for a pull request, shortened where GitHub would refuse it."""
    lines = [MARK, *(line for diff in differences for line in _page_list_lines(diff))]
    lines += [f"{markdown(name)}: {NEW}" for name in new]
    return _cut(lines)


def trouble_page(trouble: ConfigTrouble, root: Path) -> str:
    """The comment if one of the versions cannot be read."""
    lines = [str(error).replace(f"{root}/", "") for error in (trouble, *trouble.others)]
    rows = [f"- {_safe(line)}" for line in lines[:MOST_ROWS]]
    return _cut([MARK, "### The rules cannot be read", "", *rows])


def _cut(lines: Sequence[str]) -> str:
    output, length = [], 0
    for line in lines:
        length += len(line) + 1
        if length > MAX_COMMENT_CHARS:
            output += ["", "The rest doesn't fit; run `listkeeper rules diff`."]
            break
        output.append(line)
    return "\n".join(output)


def _page_list_lines(diff: "RulesDiff") -> Iterator[str]:
    yield f"### Rules of {markdown(diff.rules.list)}, against {markdown(diff.against)}"
    yield ""
    if diff.why_none:
        yield f"**{'No difference' if diff.same else 'No paper moves'}**: {diff.why_none}."
    else:
        yield f"**{counted(diff.labelled)}** of {len(diff.labelled.papers):,} labelled papers"
    warning = f"Warning: {diff.warning}" if diff.warning else ""
    for note in filter(None, (warning, diff.silent, diff.advice, diff.places_line)):
        yield ""
        yield f"{_safe(note)}."
    yield ""
    for case in diff.cases[:MOST_ROWS]:
        yield f"- **{case_told(case)}**: {_safe(diff.short(str(case)))}"
    if len(diff.cases) > MOST_ROWS:
        yield f"- ... and {len(diff.cases) - MOST_ROWS:,} more examples and lookalikes"
    yield ""
    if diff.labelled.papers:
        yield "| figure | change |"
        yield "|---|---|"
        for name, old, new in figure_rows(*diff.figures):
            yield f"| {name} | {change(old, new)} |"
        yield ""
    yield from _edits(diff)
    yield from _table(diff.labelled)
    if diff.pool.changes:
        yield f"**{counted(diff.pool)}** of {len(diff.pool.papers):,} others"
        yield ""
        yield from _table(diff.pool)


def _edits(diff: "RulesDiff") -> Iterator[str]:
    for edit in diff.compared.edits[:MOST_ROWS]:
        yield f"- {_safe(str(edit))}"
    if len(diff.compared.edits) > MOST_ROWS:
        yield f"- ... and {len(diff.compared.edits) - MOST_ROWS:,} more words"
    yield ""


def _table(effect: Effect) -> Iterator[str]:
    if not effect.changes:
        return
    yield "| | paper | before | now | label | because |"
    yield "|---|---|---|---|---|---|"
    for kind in KINDS:
        rows = ordered(effect, kind)
        for changed in rows[:MOST_ROWS]:
            yield _row(changed)
        if len(rows) > MOST_ROWS:
            yield f"| {kind} | ... and {len(rows) - MOST_ROWS:,} more | | | | |"
    yield ""


def _row(changed: ChangedVerdict) -> str:
    cells = (
        changed.before.section or "",
        changed.after.section or "",
        opinion(changed),
        changed.because,
    )
    paper = f"{_link(changed.paper.arxiv_id)} {_safe(changed.paper.title)}".strip()
    return f"| {changed.kind} | {paper} | {' | '.join(map(_safe, cells))} |"


def _link(arxiv_id: str | None) -> str:
    parsed = ArxivId.parse(arxiv_id) if arxiv_id else None
    return f"[{parsed.base}](https://arxiv.org/abs/{parsed.base})" if parsed else ""


def _safe(text: str) -> str:
    """One short line of text, escaped for Markdown."""
    short = text if len(text) <= MAX_ABSTRACT_CHARS else f"{text[:MAX_ABSTRACT_CHARS]} ..."
    return markdown(short)
