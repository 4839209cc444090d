"""What a check of the rules found, as text and as data."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from catalog.plural import counted
from config.rules import ListRules
from pipelines.tuning.check import Checked, SinceCommit
from pipelines.tuning.lint.hints import Kind, LintFinding, as_dicts
from pipelines.tuning.lint.support import Support

# More hints than these would hide the other lines.
MAX_HINTS_SHOWN = 5
KINDS: dict[Kind, tuple[str, str]] = {
    "never-wins": ("section", "no paper can reach"),
    "too-much": ("word", "matching too many papers"),
    "nothing": ("word", "matching no paper"),
    "vetoed": ("word", "never counted because of `unless`"),
    "shadowed": ("word", "made redundant by others"),
    "joined": ("word", "perhaps without its comma"),
    "thin": ("word", "resting on one listed paper or none"),
}
# Words that are named in one line with their number; --all has the rest with their lines.
MAX_THIN_WORDS = 20
# More changes than these would hide the other lines.
MAX_EDITS_SHOWN = 20


def as_dict(checked: Checked, lists: Iterable[ListRules]) -> dict[str, Any]:
    """Errors and hints as data, for --json."""
    return {
        "ok": not checked.wrong,
        "failures": checked.wrong,
        "doubts": [
            row | {"new": hint in checked.new}
            for row, hint in zip(as_dicts(checked.found), checked.found, strict=True)
        ],
        "pool": {"papers": checked.papers, "source": checked.source} if checked.papers else None,
        "not_checked": checked.unchecked,
        "lists": [_sizes(rules) for rules in lists],
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


def _sizes(rules: ListRules) -> dict[str, Any]:
    return {
        "list": rules.list,
        "sections": len(rules.sections),
        "words": rules.count,
        "examples": sum(len(section.examples) for section in rules.sections),
        "lookalikes": sum(len(section.lookalikes) for section in rules.sections),
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


def lines(checked: Checked, lists: Iterable[ListRules], *, show_all: bool) -> Iterator[str]:
    """The result in words, without the errors; all hints with ``show_all`` or if they are few."""
    for row in [] if checked.wrong else map(_sizes, lists):
        yield (
            f"{row['list']}: {counted(row['sections'], 'section')},"
            f" {counted(row['words'], 'word')}; {counted(row['examples'], 'example')} and"
            f" {counted(row['lookalikes'], 'lookalike')}, all pass"
        )
    for since in checked.since:
        yield from _since_lines(since)
    yield from _hint_lines(checked, show_all=show_all or len(checked.found) <= MAX_HINTS_SHOWN)
    yield from (f"not checked: {line}" for line in checked.unchecked)


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
    found = ((count[kind], noun, what) for kind, (noun, what) in KINDS.items() if count[kind])
    return "; ".join(f"{counted(number, noun)} {what}" for number, noun, what in found)


def _thin_line(hints: Iterable[LintFinding]) -> Iterator[str]:
    """The words that rest on one paper or none, as many as fit."""
    words = [f'"{hint.word}"' for hint in hints if hint.kind == "thin"]
    if words:
        more = len(words) - MAX_THIN_WORDS
        rest = f" and {more:,} more" if more > 0 else ""
        yield f"  resting on one listed paper or none: {', '.join(words[:MAX_THIN_WORDS])}{rest}"
