"""
What the ``rules`` commands print: explanations, measurements, hints and suggestions.

Errors end a command with exit code 2; hints don't, as the rules still work. Suggestions are
printed as a patch for ``git apply`` or ``patch -p1``, which skip the comment lines above it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from click import style

from catalog.plural import counted
from cli.render import echo_json
from config.rules import ListRules, load_list
from config.rules_editor import edit
from output.escape import terminal
from output.patch import patch
from output.streams import write_lines
from pipelines.rules.ruleset import Explanation
from pipelines.rules.scoring import Fit
from pipelines.tuning.check import Checked, SinceCommit
from pipelines.tuning.counterfactuals import counterfactuals, suggested_word
from pipelines.tuning.evaluate import (
    GroupEvaluation,
    RulesEvaluation,
    confusion_table,
    sections_table,
)
from pipelines.tuning.labelled import Labelled, LabelledPapers
from pipelines.tuning.lint import Kind, LintFinding, as_dicts
from pipelines.tuning.metrics import share
from pipelines.tuning.suggest import Counts, Suggested, Suggestion
from pipelines.tuning.support import Support

CONTEXT_CHARS = 30
# More hints than these would hide the other lines.
MAX_HINTS_SHOWN = 5
KINDS: dict[Kind, str] = {
    "never-wins": "sections that no paper can reach",
    "too-much": "words that match too many papers",
    "nothing": "words that match no paper",
    "vetoed": "words that never count because of `unless`",
    "shadowed": "words made redundant by others",
    "joined": "words that may lack a comma",
    "thin": "words that rest on one listed paper or none",
}
# Words that are named in one line with their number; --all has the rest with their lines.
MAX_THIN_WORDS = 20
# More changes than these would hide the other lines.
MAX_EDITS_SHOWN = 20

# --json has all titles.
MAX_TITLES_SHOWN = 3
EFFECTS = {
    "found": "finds listed papers",
    "kept_out": "keeps out off-topic papers",
    "placed": "corrects the section of",
    "lost": "LOSES listed papers",
    "let_in": "LETS IN off-topic papers",
    "misplaced": "PUTS IN THE WRONG SECTION",
    "looks": "proposes more unlabelled papers",
    "fewer_looks": "no longer proposes unlabelled papers",
}


def as_dict(
    rules: ListRules, explained: Explanation, title: str, abstract: str | None
) -> dict[str, Any]:
    """Give an explanation as data, for --json."""
    verdict = asdict(explained.verdict)
    return {
        "list": rules.list,
        "title": title,
        "has_abstract": abstract is not None,
        **verdict,
        "about": explained.reading.words(explained.about),
        "kept_out_by": explained.reading.words(explained.vetoes),
        "helps": explained.reading.words(explained.helps),
        "neighbours": explained.reading.words(explained.neighbours),
        "weighs_against": explained.reading.words(explained.doubts),
        "sections": [_section(explained, fit) for fit in explained.fits],
        "flips": [
            {"section": flip.section, "changes": [asdict(change) for change in flip.changes]}
            for flip in counterfactuals(rules, title, abstract)
        ],
    }


def _section(explained: Explanation, fit: Fit) -> dict[str, Any]:
    return {
        "name": fit.name,
        "fits": fit.fits,
        "points": fit.points,
        "kept_out_by": explained.reading.words(fit.vetoes),
        "evidence": [asdict(place) for place in explained.reading.evidence(fit.shown)],
    }


def as_text(rules: ListRules, explained: Explanation, title: str, abstract: str | None) -> str:
    """Give an explanation as lines of text."""
    verdict = explained.verdict
    where = verdict.section or "not in the list"
    colour = "green" if verdict.section else "yellow"
    lines = [f"{rules.list}: {style(where, fg=colour, bold=True)} (score {verdict.score:.2f})"]
    if rules.about:
        lines.append(f"  about: {_words(explained.reading.words(explained.about)) or 'no match'}")
    for key, numbers in (("helps", explained.helps), ("neighbours", explained.neighbours)):
        if numbers:
            lines.append(f"  {key}: {_words(explained.reading.words(numbers))}")
    if explained.vetoes:
        lines.append(
            f"  excluded from the list by: {_words(explained.reading.words(explained.vetoes))}"
        )
    if explained.doubts:
        words = _words(explained.reading.words(explained.doubts))
        lines.append(f"  weighs against it: {words} of unless, in the abstract")
    texts = {"title": title, "abstract": abstract or ""}
    for fit in sorted(explained.fits, key=lambda fit: (fit.name != verdict.section, -fit.points)):
        lines += _fit_lines(explained, fit, texts)
    if verdict.lacked:
        ahead = f"why not {verdict.runner_up}" if verdict.section else "why not"
        lines.append(f"  {ahead}: {verdict.lacked}")
    changes = counterfactuals(rules, title, abstract)
    lines += [f"  to change it: {flip}" for flip in changes]
    if not changes and verdict.section is None and not explained.fits:
        word = suggested_word(title)
        like = f", like `{word}`," if word else ""
        lines.append(f"  to change it: add a word of its title{like} to `says` of its section")
    return "\n".join(lines)


def _fit_lines(explained: Explanation, fit: Fit, texts: dict[str, str]) -> list[str]:
    if not any(fit.shown.values()) and not fit.vetoes:
        return []
    state = "fits" if fit.fits else "does not fit"
    lines = [f"  {fit.name}: {state}, {fit.points:g} points"]
    for place in explained.reading.evidence(fit.shown):
        shown = _marked(texts[place.field], place.start, place.end)
        lines.append(f"    {place.word:<24} {place.field}: {shown}")
    if fit.vetoes:
        lines.append(f"    excluded by: {_words(explained.reading.words(fit.vetoes))}")
    return lines


def _marked(text: str, start: int, end: int) -> str:
    before, after = (
        _visible(text[max(0, start - CONTEXT_CHARS) : start]),
        _visible(text[end:][:CONTEXT_CHARS]),
    )
    match = style(f"»{_visible(text[start:end])}«", fg="cyan", bold=True)
    return f"{before}{match}{after}".strip()


def _visible(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _words(words: list[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def show(measured: RulesEvaluation) -> None:
    """Print a measurement as tables: fresh labels first, then seen ones."""
    click.echo(f"{measured.rules.list}: {measured.gathered.source}")
    if measured.since:
        undated = f"; {counted(measured.undated, 'label')} without a date left out"
        click.echo(f"labels since {measured.since:%Y-%m-%d}{undated if measured.undated else ''}")
    click.echo(f"{measured.age}; labels younger than that are fresh, all others seen")
    for name, group, remark in (
        ("fresh", measured.fresh, "what the rules do on papers that shaped no word"),
        (
            "seen",
            measured.seen,
            "the words were chosen with these in view: no measure for new ones",
        ),
    ):
        if group.papers:
            click.echo(f"\n{name}: {counted(group.papers, 'label')} ({remark})")
            _show_group(measured, group)
        else:
            click.echo(f"{name}: no label")
    if measured.gathered.pool:
        n = len(measured.gathered.pool)
        click.echo(
            f"\npool: {measured.proposed:,} of {counted(n, 'paper')} proposed"
            f" ({measured.proposed / n:.1%}; {measured.gathered.pool_source})"
        )


def _show_group(measured: RulesEvaluation, group: GroupEvaluation) -> None:
    figures, intervals = group.figures, group.intervals
    click.echo(
        f"in the list: precision {_three(figures.precision)}, recall {_three(figures.recall)},"
        f" f1 {_three(figures.f1)} ({figures.found} of {counted(figures.positives, 'paper')} found;"
        f" {figures.wrong} of {counted(figures.negatives, 'off-topic paper')} let in)"
    )
    click.echo(f"  95 % interval: {_between(intervals, 'precision', 'recall', 'f1')}")
    if group.average_precision is not None:
        click.echo(f"  average precision over the score {group.average_precision:.3f}")
    if figures.placed:
        _show_sections(measured, group)


def _show_sections(measured: RulesEvaluation, group: GroupEvaluation) -> None:
    figures = group.figures
    inside, outside = figures.either
    aside = f", {', '.join(measured.without)} ignored" if measured.without else ""
    proposed = counted(figures.let_in, "proposed paper")
    click.echo(
        f"section: accuracy {figures.accuracy:.3f}, macro f1 {figures.macro_f1:.3f}, first or"
        f" second choice {share(inside, figures.let_in):.3f} (of {proposed}{aside})"
    )
    click.echo(f"  95 % interval: {_between(group.intervals, 'accuracy', 'macro_f1')}")
    click.echo(
        f"  of all {figures.placed} labelled with a section, proposed or not:"
        f" accuracy {share(figures.right, figures.placed):.3f}, first or second choice"
        f" {share(inside + outside, figures.placed):.3f}\n"
    )
    click.echo(sections_table(measured, group).to_string(float_format="{:.3f}".format))
    click.echo("\nlabels (rows) and verdicts (columns)")
    click.echo(confusion_table(measured, group).to_string())


def _between(intervals: dict[str, tuple[float, float]], *names: str) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {intervals[name][0]:.3f} to {intervals[name][1]:.3f}"
        for name in names
        if name in intervals
    )


def _three(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def show_check(
    checked: Checked, lists: Iterable[ListRules], *, show_all: bool, as_json: bool
) -> None:
    """Print errors and hints."""
    counts = [_counted(rules) for rules in lists]
    if as_json:
        echo_json(_check_as_dict(checked, counts))
    else:
        _show(checked, counts, show_all=show_all)


def _counted(rules: ListRules) -> dict[str, Any]:
    return {
        "list": rules.list,
        "sections": len(rules.sections),
        "words": rules.count,
        "examples": sum(len(section.examples) for section in rules.sections),
        "lookalikes": sum(len(section.lookalikes) for section in rules.sections),
    }


def _check_as_dict(checked: Checked, counts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "ok": not checked.wrong,
        "failures": checked.wrong,
        "doubts": [
            row | {"new": hint in checked.new}
            for row, hint in zip(as_dicts(checked.found), checked.found, strict=True)
        ],
        "pool": {"papers": checked.papers, "source": checked.source} if checked.papers else None,
        "not_checked": checked.unchecked,
        "lists": counts,
        "since_commit": [
            {
                "list": since.list_name,
                "edits": [asdict(edit) for edit in since.edits],
                "unknown": since.unknown or None,
            }
            for since in checked.since
        ],
        "support": [_support(*pair) for pair in checked.support],
    }


def _support(rules: ListRules, support: Support) -> dict[str, Any]:
    inside = support.place[0] == "sections"
    return {
        "list": rules.list,
        "line": rules.line(*support.place),
        "section": rules.sections[int(support.place[1])].name if inside else None,
        "key": support.key,
        "word": support.word,
        "papers": support.papers,
        "newest": support.newest.arxiv_id if support.newest else None,
    }


def _show(checked: Checked, counts: list[dict[str, Any]], *, show_all: bool) -> None:
    for line in checked.wrong:
        click.echo(terminal(line), err=True)
    for row in [] if checked.wrong else counts:
        click.echo(
            f"{row['list']}: {counted(row['sections'], 'section')},"
            f" {counted(row['words'], 'word')}; {counted(row['examples'], 'example')} and"
            f" {counted(row['lookalikes'], 'lookalike')}, all pass"
        )
    for since in checked.since:
        for line in _since_lines(since):
            click.echo(_line(line))
    for line in _hint_lines(checked, show_all=show_all or len(checked.found) <= MAX_HINTS_SHOWN):
        click.echo(_line(line))
    for line in checked.unchecked:
        click.echo(f"not checked: {line}")
    if checked.wrong:
        click.echo(f"{counted(len(checked.wrong), 'error')} to fix", err=True)


def _line(text: str) -> str:
    """One line for a terminal, with its indentation."""
    return " " * (len(text) - len(text.lstrip())) + terminal(text)


def _since_lines(since: SinceCommit) -> Iterator[str]:
    if since.unknown:
        yield f"{since.list_name}: which words came and went is unknown: {since.unknown}"
    if not since.edits:
        return
    came = sum(edit.sign == "+" for edit in since.edits)
    went = sum(edit.sign == "-" for edit in since.edits)
    yield f"{since.list_name}: since the last commit {counted(came, 'word')} came and {went} went"
    yield from (f"  {edit}" for edit in since.edits[:MAX_EDITS_SHOWN])
    if len(since.edits) > MAX_EDITS_SHOWN:
        yield f"  ... and {len(since.edits) - MAX_EDITS_SHOWN:,} more: listkeeper rules diff"


def _hint_lines(checked: Checked, *, show_all: bool) -> Iterator[str]:
    if not checked.found:
        return
    yield from map(str, checked.found if show_all else checked.new)
    papers = counted(checked.papers, "paper")
    basis = f", based on {papers} of {checked.source}" if checked.papers else ""
    calm = "" if checked.wrong else "; no action needed"
    if show_all:
        yield f"{counted(len(checked.found), 'hint')}{basis}{calm}"
        return
    if checked.new:
        yield f"{counted(len(checked.new), 'new hint')} since the last commit{calm}"
    old = [hint for hint in checked.found if hint not in checked.new]
    if old:
        label = "older hint" if checked.new else "hint"
        yield f"{counted(len(old), label)}{basis}{calm}: {_kinds(old)}"
        yield from _thin_line(old)
        yield "to see each with its line: listkeeper rules check --all"


def _kinds(hints: Iterable[LintFinding]) -> str:
    count = Counter(hint.kind for hint in hints)
    return "; ".join(f"{count[kind]} {text}" for kind, text in KINDS.items() if count[kind])


def _thin_line(hints: Iterable[LintFinding]) -> Iterator[str]:
    """The words that rest on one paper or none, as many as fit."""
    words = [f'"{hint.word}"' for hint in hints if hint.kind == "thin"]
    if words:
        more = len(words) - MAX_THIN_WORDS
        rest = f" and {more:,} more" if more > 0 else ""
        yield f"  resting on one listed paper or none: {', '.join(words[:MAX_THIN_WORDS])}{rest}"


def show_suggestions(
    rules: ListRules, suggested: Suggested, gathered: LabelledPapers, base: Path, *, as_json: bool
) -> None:
    """Print suggestions as a patch of the rules file, named from ``base``; change nothing."""
    body = rules.path.read_bytes()
    edited = edit(rules.path, body, [suggestion.change for suggestion in suggested.suggestions])
    # Fails here, not at the user's, if the patch would break the file.
    load_list(rules.path, edited)
    path = rules.path
    name = path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name
    change = patch(body, edited, name)
    if as_json:
        echo_json(_suggestions_as_dict(rules, suggested, gathered, change))
        return
    lines = [*_suggestion_lines(rules, suggested, gathered), ""]
    write_lines(["\n".join(lines).encode(), change.encode()])


def _suggestion_lines(
    rules: ListRules, suggested: Suggested, gathered: LabelledPapers
) -> Iterator[str]:
    pool = f", {len(suggested.papers) - suggested.labelled:,} of {gathered.pool_source}"
    basis = f"{gathered.source}{pool if gathered.pool else ''}"
    if not suggested.suggestions:
        yield f"# {rules.list}: no suggestions, because {suggested.why_none} ({basis})"
        return
    yield f"# {rules.list}: {counted(len(suggested.suggestions), 'suggestion')} ({basis})"
    for number, suggestion in enumerate(suggested.suggestions, 1):
        yield f"# {number}. {terminal(str(suggestion.change))}"
        yield from _effects(suggested.papers, suggestion)
    yield f"# all together: {_all_together(suggested.before, suggested.after)}"
    if suggested.cut:
        yield (
            f"# learned from labels before {suggested.cut}; on {suggested.fresh:,} younger ones:"
            f" {_all_together(suggested.fresh_before, suggested.fresh_after)}"
        )
    else:
        yield "# not tried on younger labels: too few of the list's have a date"
    yield "# to make these changes:  listkeeper rules suggest | git apply   (or: patch -p1)"


def _all_together(before: Counts, after: Counts) -> str:
    (right, let_in, placed), (right2, let_in2, placed2) = before, after
    return (
        f"{right}→{right2} listed papers found,"
        f" {let_in - right}→{let_in2 - right2} off-topic papers let in,"
        f" {placed}→{placed2} in the right section"
    )


def _effects(papers: Sequence[Labelled], suggestion: Suggestion) -> Iterator[str]:
    for kind, text in EFFECTS.items():
        numbers = getattr(suggestion.effect, kind)
        if numbers:
            yield f"#    {text}: {len(numbers)}"
            for number in numbers[:MAX_TITLES_SHOWN]:
                paper = papers[number]
                yield f"#      {paper.arxiv_id or '-'} {terminal(paper.title)}"
    fresh = suggestion.fresh
    if fresh.right or fresh.wrong:
        yield f"#    on younger papers: {fresh.right} right, {fresh.wrong} wrong"


def _suggestions_as_dict(
    rules: ListRules, suggested: Suggested, gathered: LabelledPapers, change: str
) -> dict[str, Any]:
    return {
        "list": rules.list,
        "labelled": {
            "papers": suggested.labelled,
            "source": gathered.source,
            "wrong": suggested.wrong,
        },
        "pool": {
            "papers": len(suggested.papers) - suggested.labelled,
            "source": gathered.pool_source,
        },
        "suggestions": [
            _suggestion(suggested.papers, suggestion) for suggestion in suggested.suggestions
        ],
        "before": _figures(suggested.before),
        "after": _figures(suggested.after),
        "cut": suggested.cut.isoformat() if suggested.cut else None,
        "fresh": {
            "papers": suggested.fresh,
            "before": _figures(suggested.fresh_before),
            "after": _figures(suggested.fresh_after),
        },
        "why_none": suggested.why_none or None,
        "patch": change,
    }


def _suggestion(papers: Sequence[Labelled], suggestion: Suggestion) -> dict[str, Any]:
    change, effect = suggestion.change, suggestion.effect
    return {
        "section": change.section,
        "key": change.key,
        "word": change.word,
        "act": "add" if change.add else "remove",
        "gain": effect.gain,
        "cost": effect.cost,
        "worth": effect.worth,
        "fresh_right": suggestion.fresh.right,
        "fresh_wrong": suggestion.fresh.wrong,
        **{
            kind: [
                {"arxiv_id": papers[number].arxiv_id, "title": papers[number].title}
                for number in getattr(effect, kind)
            ]
            for kind in EFFECTS
        },
    }


def _figures(counts: tuple[int, int, int]) -> dict[str, int]:
    return dict(zip(("found", "let_in", "placed"), counts, strict=True))
