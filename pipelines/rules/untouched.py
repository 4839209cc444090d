"""
Tells words that ``init`` counted out of titles from words that a person wrote or changed.

A new rules file ends with a note of its words: their fingerprint, and four letters of each. Whoever
deletes the note takes all words for their own.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from config.rules import ListRules, load_list
from pipelines.rules.ruleset import fingerprint_of
from pipelines.rules.scoring import all_words

GUIDE = (
    "# Listkeeper's own note; you may delete it. By the letters below it tells the words that it\n"
    "# wrote from yours. Without them all words count as yours: each lets papers in alone.\n"
)
NOTE = "# The words as init wrote them: "
MARKS = "# Four letters of each: "
MARK_CHARS = 4
MARKS_PER_LINE = 18


def with_note(text: str, path: Path) -> str:
    """A new rules file with a note of its words in last comments; comments change no verdict."""
    rules = load_list(path, text.encode())
    marks = "".join(map(_mark, dict.fromkeys(all_words(rules))))
    lines = [f"{MARKS}{line}\n" for line in wrap(marks, MARK_CHARS * MARKS_PER_LINE)]
    return "".join([text, GUIDE, f"{NOTE}{fingerprint_of(rules)}\n", *lines])


def is_untouched(rules: ListRules) -> bool:
    """Whether nobody changed the words since ``init`` wrote them."""
    return next(_noted(rules, NOTE), "") == fingerprint_of(rules)


def words_of_init(rules: ListRules) -> frozenset[str]:
    """The words that ``init`` wrote and nobody changed; none without its note."""
    marks = {mark for line in _noted(rules, MARKS) for mark in wrap(line, MARK_CHARS)}
    return frozenset(word for word in all_words(rules) if _mark(word) in marks)


def _noted(rules: ListRules, head: str) -> Iterator[str]:
    """What stands behind this head, from the last line up."""
    lines = rules.path.read_text(encoding="utf-8").splitlines()
    return (line.removeprefix(head).strip() for line in reversed(lines) if line.startswith(head))


def _mark(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()[:MARK_CHARS]
