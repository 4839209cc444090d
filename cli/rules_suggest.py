"""
``listkeeper rules suggest``: changes of words that labelled papers speak for, as a patch.

The patch goes through ``git apply`` or ``patch -p1``; the lines before it, which both skip, say
what each change gains and costs. Nothing is written: a person takes what convinces.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from catalog.errors import UsageTrouble
from cli.labelled import Files, Gathered, gather
from cli.report import echo_json
from cli.world import World
from config.rules import ListRules, load_list
from config.rules_editor import edit
from output.escape import terminal
from output.patch import patch
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.suggest import Suggested, Suggestion, suggest

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


def suggest_changes(
    world: World, rules: ListRules, files: Files, section: str | None, most: int, *, as_json: bool
) -> int:
    """Print what would help; done (0) also where nothing would, with the reason."""
    names = [one.name for one in rules.sections]
    if section is not None and section not in names:
        raise UsageTrouble("--section", f"no section is called {section!r}", ", ".join(names))
    gathered = gather(world, rules, files)
    found = suggest(rules, gathered.papers, gathered.pool, most=most, section=section)
    body = rules.path.read_bytes()
    made = edit(rules.path, body, [one.change for one in found.suggestions])
    # What cannot be read again is not for a person to mend.
    load_list(rules.path, made)
    change = patch(body, made, _name(world, rules.path))
    if as_json:
        echo_json(_as_dict(rules, found, gathered, change))
    else:
        lines = [*_told(rules, found, gathered), ""]
        sys.stdout.buffer.write("\n".join(lines).encode())
        sys.stdout.buffer.write(change.encode())
        sys.stdout.buffer.flush()
    return 0


def _name(world: World, path: Path) -> str:
    """The file's name in the patch: from the folder that holds config/."""
    base = world.config_dir.parent
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name


def _told(rules: ListRules, found: Suggested, gathered: Gathered) -> Iterator[str]:
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


def _as_dict(rules: ListRules, found: Suggested, gathered: Gathered, change: str) -> dict[str, Any]:
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
