"""
Says how much of a list's recall hangs on words that only a few papers have.

    python -m benchmarks.rules_holdout [POSITIVES.jsonl NEGATIVES.jsonl [ABSTRACTS.jsonl.gz]]

Without files it reads the shared ones ($LISTKEEPER_SHARED or ../shared).

Papers fall into five parts by a hash of their ids. Two ways, both without one part:

by hand    From the rules as they are, every word is taken out that stands in a title or an
           abstract of that part and of no paper of the other four. A word that no labelled paper
           says stays: the part cannot have suggested it.
by count   Words of sections are chosen by counting phrases of the other four parts' titles
           (``pipelines.tuning.phrases``), two papers at the least; ``about``, ``unless`` and the
           other words of the whole list stay as they are. No person looks at any paper.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.recorded import recorded
from catalog.paper_rows import Row, read_file
from config.rules import KEYS, ListRules, load_list
from pipelines.rules.readings import read
from pipelines.rules.ruleset import Ruleset, compile_rules
from pipelines.tuning.phrases import covering, key_phrases

RULES = Path(__file__).parents[1] / "config" / "lists" / "efficient-llm.yaml"
SHARED = (
    ("lists", "labelled-dev.jsonl"),
    ("lists", "negatives-dev.jsonl"),
    ("wire", "arxiv-meta-dev.jsonl.gz"),
)
PARTS = 5
SPEAKING = ("says", "in_title", "hints", "beside")
MOST_WORDS = 60
# A chance of some one in five hundred that a phrase is as common among the others.
KEYNESS = 3.0
Abstracts = Mapping[str | None, str | None]


def main(positives: str, negatives: str, abstracts: str | None = None) -> None:
    good, bad = list(read_file(Path(positives))), list(read_file(Path(negatives)))
    ids = {row.arxiv_id for row in [*good, *bad]}
    rows = read_file(Path(abstracts)) if abstracts else ()
    known = {row.arxiv_id: row.abstract for row in rows if row.arxiv_id in ids}
    rules = load_list(RULES)
    whole = compile_rules([rules])
    print(f"all words: recall {_share(_found(whole, rules, good, known), good):.3f}")
    for name, without in (("by hand", by_hand), ("by count", by_count)):
        found = seen = wrong = others = 0
        for part in range(PARTS):
            out = [row for row in good if part_of(row) == part]
            inside = [row for row in good if part_of(row) != part]
            aside = [row for row in bad if part_of(row) != part]
            less = without(rules, whole, inside, out, aside, known)
            judge = compile_rules([less])
            found += _found(judge, less, out, known)
            seen += _found(judge, less, inside, known)
            held = [row for row in bad if part_of(row) == part]
            wrong += _found(judge, less, held, known)
            others += len(held)
        kept = seen / ((PARTS - 1) * len(good))
        left = found / len(good)
        print(
            f"{name}: recall {kept:.3f} on the papers seen, {left:.3f} on those left out"
            f" (lost {kept - left:+.3f}); precision on those left out"
            f" {found / max(found + wrong, 1):.3f}"
        )


def part_of(row: Row) -> int:
    return int(hashlib.sha256((row.arxiv_id or row.title).encode()).hexdigest(), 16) % PARTS


def by_hand(
    rules: ListRules,
    whole: Ruleset,
    inside: Sequence[Row],
    out: Sequence[Row],
    aside: Sequence[Row],
    known: Abstracts,
) -> ListRules:
    """The rules without the words that only the papers left out say."""
    alone = _words(whole, out, known) - _words(whole, inside, known)
    return _changed(rules, lambda word: word not in alone)


def by_count(
    rules: ListRules,
    whole: Ruleset,
    inside: Sequence[Row],
    out: Sequence[Row],
    aside: Sequence[Row],
    known: Abstracts,
) -> ListRules:
    """The rules with words of sections that were counted in the titles of the papers seen."""
    groups = {
        section.name: [row.title for row in inside if row.section == section.name]
        for section in rules.sections
    }
    found = key_phrases(groups, [row.title for row in aside])
    sections = [
        replace(
            section,
            **dict.fromkeys(KEYS, ())
            | {
                "in_title": tuple(
                    phrase.word
                    for phrase in covering(found.get(section.name, ()), MOST_WORDS)
                    if phrase.keyness > KEYNESS
                )
            },
        )
        for section in rules.sections
    ]
    return replace(rules, sections=tuple(sections))


def _changed(rules: ListRules, keep: Callable[[str], bool]) -> ListRules:
    sections = [
        replace(section, **{key: tuple(filter(keep, getattr(section, key))) for key in SPEAKING})
        for section in rules.sections
    ]
    more = {key: tuple(filter(keep, getattr(rules, key))) for key in ("about", "helps")}
    return replace(rules, sections=tuple(sections), **more)


def _words(ruleset: Ruleset, rows: Iterable[Row], known: Abstracts) -> set[str]:
    """Every word that stands in these papers."""
    found: set[str] = set()
    for row in rows:
        reading = read(ruleset.finder, row.title, _abstract(row, known))
        for matches in reading.matches.values():
            found.update(reading.words(matches.numbers))
    return found


def _found(ruleset: Ruleset, rules: ListRules, rows: Sequence[Row], known: Abstracts) -> int:
    texts = ((row.title, _abstract(row, known)) for row in rows)
    return sum(one.section is not None for one in ruleset.judge_all(rules.list, texts))


def _abstract(row: Row, known: Abstracts) -> str | None:
    return row.abstract or known.get(row.arxiv_id)


def _share(part: int, rows: Sequence[Row]) -> float:
    return part / len(rows) if rows else 0.0


if __name__ == "__main__":
    main(*(sys.argv[1:] or (str(recorded(*path)) for path in SHARED)))
