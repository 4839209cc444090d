"""What a list has in common over its sections: words for months, a sign for what is unknown."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.forms.cutting.atoms import Cut
from catalog.forms.spelling.dates import month_words

# What lists write where they don't know.
SIGNS = frozenset(
    ("-", "--", "–", "—", "n/a", "null", "none", "na", "tbd", "unknown", "/", "x", "")
)
_WARNINGS = frozenset("⚠❌✗✖✘⛔🚫🚧➖❓❔")


@dataclass(frozen=True, slots=True)
class Habits:
    """What a list has in common over its sections: its words for months, and its unknown sign."""

    months: tuple[str, ...] = ()
    sign: str = ""


def habits_of(cuts: Iterable[Cut]) -> Habits:
    cuts = list(cuts)
    dates = [atom.date for cut in cuts for atom in cut.atoms if atom.date]
    worded = [date for date in dates if date.word]
    cells = Counter(
        atom.text
        for cut in cuts
        for atom in cut.atoms
        if atom.kind == "cell" and atom.text and is_sign(atom.text)
    )
    return Habits(
        month_words(worded) if worded else (), cells.most_common(1)[0][0] if cells else ""
    )


def is_sign(text: str) -> bool:
    """Whether a text says that nothing is known, marks of code and emphasis around it or not."""
    text = text.strip("`*_") or text
    dashes = bool(text) and not text.strip("-–—")
    return dashes or text.lower() in SIGNS or (len(text) < 4 and text[:1] in _WARNINGS)
