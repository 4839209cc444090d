"""
Shows what the rules see in a text: section by section, and what would change the verdict.

``listkeeper rules eval``: how good the rules are on papers whose place somebody knows.

``listkeeper rules check``: mistakes, examples that break, and words that do nothing.

Mistakes end it with 2. Doubts are only said: the rules work. Those that came since the last commit
are said with their lines, and so are a few; of many old ones, how many there are of each kind.

``listkeeper rules suggest``: changes of words that labelled papers speak for, as a patch.

The patch goes through ``git apply`` or ``patch -p1``; the lines before it, which both skip, say
what each change gains and costs. Nothing is written: a person takes what convinces.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from click import style

from catalog.errors import UsageTrouble
from cli.render import echo_json
from config.errors import ConfigTrouble
from config.rules import ListRules, load_list
from config.rules_editor import edit
from output.escape import terminal
from output.patch import patch
from pipelines.rules.ruleset import Explanation
from pipelines.rules.scoring import Fit
from pipelines.tuning.check import Checked, find_doubts, headless
from pipelines.tuning.counterfactuals import flips, suggested_word
from pipelines.tuning.evaluate import RulesEvaluation, confusion_table, sections_table
from pipelines.tuning.examples import failures
from pipelines.tuning.labelled import (
    LabelFiles,
    Labelled,
    LabelledPapers,
    PaperSources,
    gather,
)
from pipelines.tuning.lint import Kind, LintFinding, as_dicts
from pipelines.tuning.metrics import share
from pipelines.tuning.suggest import Suggested, Suggestion, suggest
from pipelines.workspace import Workspace

AROUND = 30
# So many doubts are read at a glance; more would hide what else is said.
MAX_HINTS_SHOWN = 5
KINDS: dict[Kind, str] = {
    "never-wins": "sections that no paper can come to",
    "too-much": "words that are found in too many papers",
    "nothing": "words that are found in no paper",
    "vetoed": "words that never count, because of `unless`",
    "shadowed": "words that are never needed, because others find the same",
}

# Titles that are shown of each kind; --json has all.
SHOWN = 3
TOLD = {
    "found": "finds of the list",
    "kept_out": "keeps out what does not belong",
    "placed": "puts where it belongs",
    "lost": "LOSES of the list",
    "let_in": "LETS IN what does not belong",
    "misplaced": "MISPLACES",
    "looks": "proposes more of unlabelled papers",
    "fewer_looks": "proposes no more of unlabelled papers",
}


def as_dict(rules: ListRules, one: Explanation, title: str, abstract: str | None) -> dict[str, Any]:
    """Everything, for a program."""
    verdict = asdict(one.verdict)
    return {
        "list": rules.list,
        "title": title,
        "has_abstract": abstract is not None,
        **verdict,
        "about": one.reading.words(one.about),
        "kept_out_by": one.reading.words(one.vetoes),
        "helps": one.reading.words(one.helps),
        "neighbours": one.reading.words(one.neighbours),
        "sections": [_section(one, fit) for fit in one.fits],
        "flips": [
            {"section": flip.section, "changes": [asdict(change) for change in flip.changes]}
            for flip in flips(rules, title, abstract)
        ],
    }


def _section(one: Explanation, fit: Fit) -> dict[str, Any]:
    return {
        "name": fit.name,
        "fits": fit.fits,
        "points": fit.points,
        "kept_out_by": one.reading.words(fit.vetoes),
        "evidence": [asdict(place) for place in one.reading.evidence(fit.shown)],
    }


def as_text(rules: ListRules, one: Explanation, title: str, abstract: str | None) -> str:
    """Everything, for a person."""
    verdict = one.verdict
    where = verdict.section or "not in the list"
    colour = "green" if verdict.section else "yellow"
    lines = [f"{rules.list}: {style(where, fg=colour, bold=True)} (score {verdict.score:.2f})"]
    if rules.about:
        lines.append(f"  about: {_words(one.reading.words(one.about)) or 'no word of it'}")
    for key, numbers in (("helps", one.helps), ("neighbours", one.neighbours)):
        if numbers:
            lines.append(f"  {key}: {_words(one.reading.words(numbers))}")
    if one.vetoes:
        lines.append(f"  kept out of the list by: {_words(one.reading.words(one.vetoes))}")
    texts = {"title": title, "abstract": abstract or ""}
    for fit in sorted(one.fits, key=lambda fit: (fit.name != verdict.section, -fit.points)):
        lines += _fit_lines(one, fit, texts)
    if verdict.lacked:
        ahead = f"why not {verdict.runner_up}" if verdict.section else "why not"
        lines.append(f"  {ahead}: {verdict.lacked}")
    would = flips(rules, title, abstract)
    lines += [f"  to change it: {flip}" for flip in would]
    if not would and verdict.section is None and not one.fits:
        word = suggested_word(title)
        like = f", like `{word}`," if word else ""
        lines.append(f"  to change it: add a word of its title{like} to says of its section")
    return "\n".join(lines)


def _fit_lines(one: Explanation, fit: Fit, texts: dict[str, str]) -> list[str]:
    if not any(fit.shown.values()) and not fit.vetoes:
        return []
    state = "fits" if fit.fits else "does not fit"
    lines = [f"  {fit.name}: {state}, {fit.points:g} points"]
    for place in one.reading.evidence(fit.shown):
        shown = _marked(texts[place.field], place.start, place.end)
        lines.append(f"    {place.word:<24} {place.field}: {shown}")
    if fit.vetoes:
        lines.append(f"    kept out by: {_words(one.reading.words(fit.vetoes))}")
    return lines


def _marked(text: str, start: int, end: int) -> str:
    before, after = _visible(text[max(0, start - AROUND) : start]), _visible(text[end:][:AROUND])
    found = style(f"»{_visible(text[start:end])}«", fg="cyan", bold=True)
    return f"{before}{found}{after}".strip()


def _visible(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _words(words: list[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def show(measured: RulesEvaluation) -> None:
    """The same as tables."""
    made, between = measured.figures, measured.intervals
    click.echo(f"{measured.rules.list}: {measured.gathered.source}")
    click.echo(
        f"in the list: precision {_three(made.precision)}, recall {_three(made.recall)},"
        f" f1 {_three(made.f1)} ({made.found} of {made.positives:,} found;"
        f" {made.wrong} of {made.negatives:,} others let in)"
    )
    click.echo(f"  with 95 % {_between(between, 'precision', 'recall', 'f1')}")
    if measured.average_precision is not None:
        click.echo(f"  average precision over the score {measured.average_precision:.3f}")
    if made.placed:
        _show_sections(measured)
    if measured.gathered.pool:
        n = len(measured.gathered.pool)
        click.echo(
            f"pool: {measured.proposed:,} of {n:,} papers proposed"
            f" ({measured.proposed / n:.1%}; {measured.gathered.pool_source})"
        )


def _show_sections(measured: RulesEvaluation) -> None:
    made = measured.figures
    inside, outside = made.either
    aside = f", {', '.join(measured.without)} left aside" if measured.without else ""
    click.echo(
        f"section: accuracy {made.accuracy:.3f}, macro f1 {made.macro_f1:.3f}, first or second"
        f" choice {share(inside, made.let_in):.3f} (of {made.let_in} let in{aside})"
    )
    click.echo(f"  with 95 % {_between(measured.intervals, 'accuracy', 'macro_f1')}")
    click.echo(
        f"  of all {made.placed} that carry one of its sections, let in or not:"
        f" accuracy {share(made.right, made.placed):.3f}, first or second choice"
        f" {share(inside + outside, made.placed):.3f}\n"
    )
    click.echo(sections_table(measured).to_string(float_format="{:.3f}".format))
    click.echo("\nlabelled (rows) and judged (columns)")
    click.echo(confusion_table(measured).to_string())


def _between(between: dict[str, tuple[float, float]], *names: str) -> str:
    said = (
        f"{name.replace('_', ' ')} between {between[name][0]:.3f} and {between[name][1]:.3f}"
        for name in names
        if name in between
    )
    return ", ".join(said)


def _three(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def check(workspace: Workspace, pool: Path | None, *, whole: bool, as_json: bool) -> int:
    """Read the rules, judge examples, look for doubts; 2 where something must be mended."""
    checked = Checked()
    lists: tuple[ListRules, ...] = ()
    try:
        lists = workspace.lists
        workspace.check_lists()
        for rules in lists:
            checked.wrong += map(
                str, [*headless(workspace.root, rules), *failures(workspace.rules, rules)]
            )
    except ConfigTrouble as trouble:
        lists, checked.wrong = (), [str(trouble), *map(str, trouble.others)]
    for rules in lists:
        find_doubts(workspace.rules, rules, PaperSources.of(workspace), pool, checked)
    counts = [_counted(rules) for rules in lists]
    if as_json:
        echo_json(_check_as_dict(checked, counts))
    else:
        _show(checked, counts, whole=whole)
    return 2 if checked.wrong else 0


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
            made | {"new": one in checked.new}
            for made, one in zip(as_dicts(checked.found), checked.found, strict=True)
        ],
        "pool": {"papers": checked.papers, "source": checked.source} if checked.papers else None,
        "not_checked": checked.unchecked,
        "lists": counts,
    }


def _show(checked: Checked, counts: list[dict[str, Any]], *, whole: bool) -> None:
    for line in checked.wrong:
        click.echo(terminal(line), err=True)
    for one in [] if checked.wrong else counts:
        click.echo(
            f"{one['list']}: {one['sections']} sections, {one['words']} words;"
            f" {one['examples']} examples and {one['lookalikes']} lookalikes judged as they say"
        )
    for line in _doubt_lines(checked, whole=whole or len(checked.found) <= MAX_HINTS_SHOWN):
        click.echo(terminal(line))
    for line in checked.unchecked:
        click.echo(f"not checked: {line}")
    if checked.wrong:
        click.echo(f"{len(checked.wrong)} to mend", err=True)


def _doubt_lines(checked: Checked, *, whole: bool) -> Iterator[str]:
    if not checked.found:
        return
    yield from map(str, checked.found if whole else checked.new)
    seen = f", seen in {checked.papers:,} papers of {checked.source}" if checked.papers else ""
    calm = "" if checked.wrong else "; nothing has to be done"
    if whole:
        yield f"{len(checked.found)} to think about{seen}{calm}"
        return
    if checked.new:
        yield f"{len(checked.new)} to think about, new since the last commit{calm}"
    old = [one for one in checked.found if one not in checked.new]
    if old:
        more = "more " if checked.new else ""
        yield f"{len(old)} {more}to think about on a quiet day{seen}{calm}: {_kinds(old)}"
        yield "to see each with its line: listkeeper rules check --all"


def _kinds(found: Iterable[LintFinding]) -> str:
    count = Counter(one.kind for one in found)
    return "; ".join(f"{count[kind]} {told}" for kind, told in KINDS.items() if count[kind])


def suggest_changes(
    workspace: Workspace,
    rules: ListRules,
    files: LabelFiles,
    section: str | None,
    most: int,
    *,
    as_json: bool,
) -> int:
    """Print what would help; done (0) also where nothing would, with the reason."""
    names = [one.name for one in rules.sections]
    if section is not None and section not in names:
        raise UsageTrouble("--section", f"no section is called {section!r}", ", ".join(names))
    gathered = gather(PaperSources.of(workspace), rules, files)
    found = suggest(rules, gathered.papers, gathered.pool, most=most, section=section)
    body = rules.path.read_bytes()
    made = edit(rules.path, body, [one.change for one in found.suggestions])
    # What cannot be read again is not for a person to mend.
    load_list(rules.path, made)
    change = patch(body, made, _name(workspace, rules.path))
    if as_json:
        echo_json(_suggestions_as_dict(rules, found, gathered, change))
    else:
        lines = [*_told(rules, found, gathered), ""]
        sys.stdout.buffer.write("\n".join(lines).encode())
        sys.stdout.buffer.write(change.encode())
        sys.stdout.buffer.flush()
    return 0


def _name(workspace: Workspace, path: Path) -> str:
    """The file's name in the patch: from the folder that holds config/."""
    base = workspace.config_dir.parent
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name


def _told(rules: ListRules, found: Suggested, gathered: LabelledPapers) -> Iterator[str]:
    pool = f", {len(found.papers) - found.labelled:,} of {gathered.pool_source}"
    seen = f"{gathered.source}{pool if gathered.pool else ''}"
    if not found.suggestions:
        yield f"# {rules.list}: nothing to suggest, because {found.why_none} ({seen})"
        return
    yield f"# {rules.list}: {len(found.suggestions)} to suggest ({seen})"
    for number, one in enumerate(found.suggestions, 1):
        yield f"# {number}. {terminal(str(one.change))}"
        yield from _effects(found.papers, one)
    (right, let_in, placed), (right2, let_in2, placed2) = found.before, found.after
    yield (
        f"# all together: {right}→{right2} of the list found, {let_in - right}→{let_in2 - right2}"
        f" others let in, {placed}→{placed2} in the right section"
    )
    yield "# to make these changes:  listkeeper rules suggest | git apply   (or: patch -p1)"


def _effects(papers: Sequence[Labelled], one: Suggestion) -> Iterator[str]:
    for kind, told in TOLD.items():
        numbers = getattr(one.effect, kind)
        if numbers:
            yield f"#    {told}: {len(numbers)}"
            for number in numbers[:SHOWN]:
                paper = papers[number]
                yield f"#      {paper.arxiv_id or '-'} {terminal(paper.title)}"


def _suggestions_as_dict(
    rules: ListRules, found: Suggested, gathered: LabelledPapers, change: str
) -> dict[str, Any]:
    return {
        "list": rules.list,
        "labelled": {"papers": found.labelled, "source": gathered.source, "wrong": found.wrong},
        "pool": {"papers": len(found.papers) - found.labelled, "source": gathered.pool_source},
        "suggestions": [_suggestion(found.papers, one) for one in found.suggestions],
        "before": _figures(found.before),
        "after": _figures(found.after),
        "why_none": found.why_none or None,
        "patch": change,
    }


def _suggestion(papers: Sequence[Labelled], one: Suggestion) -> dict[str, Any]:
    change, effect = one.change, one.effect
    return {
        "section": change.section,
        "key": change.key,
        "word": change.word,
        "act": "add" if change.add else "remove",
        "gain": effect.gain,
        "cost": effect.cost,
        "worth": effect.worth,
        **{
            kind: [
                {"arxiv_id": papers[number].arxiv_id, "title": papers[number].title}
                for number in getattr(effect, kind)
            ]
            for kind in TOLD
        },
    }


def _figures(counts: tuple[int, int, int]) -> dict[str, int]:
    return dict(zip(("found", "let_in", "placed"), counts, strict=True))
