"""The boxes on a line of a digest page: how each is marked, and what it is for."""

import re
import unicodedata
from typing import NamedTuple

from config.patterns import lazy_regex

# What may stand before a box: the sign of a list item.
ITEM = lazy_regex(r"^\s*(?:[-*+•–—]|\d{1,2}[.)])?\s*")
# A box, but not the text of a link.
BOX = lazy_regex(r"(?<![\\`])\[([^\[\]]{0,10})\](?!\()")
WITH_BOX = lazy_regex(ITEM.pattern + r"\[")
# Marks that mean yes, folded; anything else between the brackets is asked about.
_YES = frozenset(("x", "×", "х", "✓", "✔", "√", "✅", "☑", "v", "y", "+", "*", "1"))
_YES_WORDS = frozenset(("yes", "ok", "yep", "true", "done"))
STARS = ("★", "🌟", "⭐", "star")
# Signs without a width, which phones and web pages leave in a text.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0e\ufe0f"))
REJECT = lazy_regex(
    r"(?:no\b(?!t)|reject(?:ed)?\b)[,;.]?(?:\s*because\b)?\s*[:：]?\s*(.*)$",
    re.IGNORECASE | re.DOTALL,
)
REST = lazy_regex(r"not for us\b|.*<!-- rest -->", re.IGNORECASE)


class LabelledBox(NamedTuple):
    """A box on a line: ``yes``, ``open`` or ``odd``, and the words behind it."""

    mark: str
    label: str


def boxes_on(line: str) -> list[LabelledBox]:
    """The boxes of a line, up to a reason: that goes on to the end, whatever is in it."""
    found: list[LabelledBox] = []
    begun = ITEM.match(line)
    at = begun.end() if begun else 0
    first = BOX.search(line, at)
    if first is None:
        return []
    boxes = list(BOX.finditer(line, first.start()))
    for place, box in enumerate(boxes):
        label = line[box.end() :].strip()
        if REJECT.match(label) or REST.match(label):
            return [*found, LabelledBox(_mark(box[1]), label)]
        end = boxes[place + 1].start() if place + 1 < len(boxes) else len(line)
        found.append(LabelledBox(_mark(box[1]), line[box.end() : end].strip()))
    return found


def _mark(text: str) -> str:
    word = unicodedata.normalize("NFKC", text.translate(_UNSEEN)).casefold().strip(" \t*_~.")
    word = word or text.strip()
    return "open" if not word else "yes" if word in _YES | _YES_WORDS else "odd"


def kind_of(label: str) -> str | None:
    """What a box is for; None for words that are none of ours."""
    word = label.translate(_UNSEEN).strip("*_` ").casefold()
    if word.startswith("accept"):
        return "accept"
    if word.startswith(STARS):
        return "star"
    if word.startswith("later"):
        return "later"
    return "reject" if REJECT.match(word) else None


def has_extra(label: str) -> bool:
    """Whether words stand behind a box that takes none."""
    word = (
        label.translate(_UNSEEN)
        .casefold()
        .replace("accepted", "")
        .replace("accept", "")
        .replace("later", "")
    )
    for known in (*STARS, "with"):
        word = word.replace(known, "")
    return bool(word.strip(" *_`.,;·:!…"))
