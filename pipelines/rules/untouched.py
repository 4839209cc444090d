"""Tells words that ``init`` counted out of titles from words that a person has looked at."""

from pathlib import Path

from config.rules import ListRules, load_list
from pipelines.rules.ruleset import fingerprint_of

NOTE = "# The words as init wrote them: "


def with_note(text: str, path: Path) -> str:
    """A new rules file with a note of its words in a last comment; comments change no verdict."""
    return f"{text}{NOTE}{fingerprint_of(load_list(path, text.encode()))}\n"


def is_untouched(rules: ListRules) -> bool:
    """Whether nobody changed the words since ``init`` wrote them."""
    lines = rules.path.read_text(encoding="utf-8").splitlines()
    notes = (line for line in reversed(lines) if line.startswith(NOTE))
    return next(notes, "").removeprefix(NOTE).strip() == fingerprint_of(rules)
