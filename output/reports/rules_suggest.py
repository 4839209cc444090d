"""
Suggested word changes as text, as data, and as a patch of the rules file.

``git apply`` and ``patch -p1`` skip the comment lines above the patch.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from catalog.plural import counted
from config.rules import ListRules, load_list
from config.rules_editor import edit
from output.escape import terminal
from output.patch import patch
from pipelines.tuning.labelled import Labelled, LabelledPapers
from pipelines.tuning.suggest import Counts, Suggested, Suggestion

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


def change_of(rules: ListRules, suggested: Suggested, base: Path) -> str:
    """The suggestions as a patch of the rules file, named from ``base``; changes nothing."""
    body = rules.path.read_bytes()
    edited = edit(rules.path, body, [suggestion.change for suggestion in suggested.suggestions])
    # Fails here, not at the user's, if the patch would break the file.
    load_list(rules.path, edited)
    path = rules.path
    name = path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name
    return patch(body, edited, name)


def lines(rules: ListRules, suggested: Suggested, gathered: LabelledPapers) -> Iterator[str]:
    """Suggestions as comments above their patch."""
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


def as_dict(
    rules: ListRules, suggested: Suggested, gathered: LabelledPapers, change: str
) -> dict[str, Any]:
    """Suggestions with their patch as data, for --json."""
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
