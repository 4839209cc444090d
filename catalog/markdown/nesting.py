"""
Which items inside another one are entries of their own, and which belong to it.

A nested item is an entry if it shows a title and an address while the item above names no work by
an address ("2025.02.07", with papers below), or if it shows another paper than the item above.
"[[Code](…)]", "Paper: https://…" and remarks belong to the item above.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from catalog.markdown.lines import indent_of, is_number
from catalog.markdown.parts.wording import is_label, is_venue, words
from catalog.publishers import PUBLISHERS
from config.patterns import lazy_regex

_WEB = lazy_regex(r"https?://[^\s()<>\"\]]+", re.IGNORECASE)
_IMAGE = lazy_regex(r"!\[[^\[\]]{0,300}\]\([^()\s]{0,600}\)")
_MARKER = lazy_regex(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t\xa0]*(?:\[[ xX]\][ \t]+)?")
_START = lazy_regex(
    r"[^\w\[\]*(<\"'“]{0,12}(?:(?P<word>[A-Za-z ]{1,20})[:\uff1a](?!//)\s*)?(?P<bold>\*\*|__|\*|_)?"
    r"(?:\[(?P<label>[^\[\]\n]{1,600})\](?=[(\[])|(?P<text>[^\[\]<>\n]{0,600}))"
)
_PAPER = lazy_regex(
    r"arxiv\.org/|arxiv:|huggingface\.co/papers/|/papers?/|\.pdf\b|"
    rf"(?<![\w-])(?:{PUBLISHERS})/",
    re.IGNORECASE,
)
_REFERENCE = lazy_regex(r"\]\[[^\[\]]")
# What an item names stands near its beginning; more is not looked at again for each nested one.
MAX_HEAD_LINES, MAX_HEAD_BYTES = 20, 4_000
_OF_PLAZA = ("**, `", "**, arXiv,")
# What a remark calls itself.
_REMARKS = frozenset(
    """
    summary abstract note notes comment comments tldr tl;dr takeaway takeaways contribution
    contributions keywords keyword highlights idea key see also related remark method
    results
    """.split()  # noqa: SIM905 - a literal of many lines says no more
)


@dataclass(frozen=True, slots=True)
class ItemBlock:
    """Lines of the tree of an item: from ``start`` to before ``end``; ``own``: an entry."""

    start: int
    end: int
    depth: int
    own: bool


def divide(lines: Sequence[bytes], start: int, end: int, marks: Sequence[int]) -> list[ItemBlock]:
    """
    The entries of the tree that begins at ``start``, and the lines between that belong to none.

    ``marks`` are the lines that begin nested items. Blocks touch; without ``marks`` there is one.
    """
    if not marks or _is_plaza(lines[start]):
        return [ItemBlock(start, end, 0, own=True)]
    limits = [start, *marks, end]
    above: list[tuple[int, int, str]] = []
    blocks: list[ItemBlock] = []
    for first, last in pairwise(limits):
        width = _width(lines, first, start)
        while above and above[-1][0] >= width:
            above.pop()
        head = b"".join(lines[first : min(last, first + MAX_HEAD_LINES)])[:MAX_HEAD_BYTES]
        text = head.decode("utf-8", "replace")
        holder = above[-1][2] if above else None
        if holder is None or _stands_alone(text, holder):
            blocks.append(ItemBlock(first, last, len(above), own=True))
            above.append((width, len(blocks) - 1, text))
        elif above[-1][1] == len(blocks) - 1:
            blocks[-1] = ItemBlock(blocks[-1].start, last, blocks[-1].depth, own=True)
        elif blocks[-1].own:
            blocks.append(ItemBlock(first, last, len(above), own=False))
        else:
            blocks[-1] = ItemBlock(blocks[-1].start, last, blocks[-1].depth, own=False)
    return blocks


def _width(lines: Sequence[bytes], at: int, root: int) -> int:
    """The depth of an item in columns; a bullet right below a number belongs to it."""
    width = indent_of(lines[at])
    below = at != root and is_number(lines[root].lstrip()) and not is_number(lines[at].lstrip())
    return width + 2 if below and width <= indent_of(lines[root]) + 1 else width


def _is_plaza(line: bytes) -> bool:
    text = line.decode("utf-8", "replace")
    return any(mark in text for mark in _OF_PLAZA) or (
        text.startswith("- **") and "**" not in text[4:]
    )


def _stands_alone(text: str, holder: str) -> bool:
    seen = _IMAGE.sub("", text)
    if not (_WEB.search(seen) or _REFERENCE.search(seen) or _PAPER.search(seen)):
        return False
    marker = _MARKER.match(seen)
    start = _START.match(seen, marker.end() if marker else 0)
    if start is None or (start["word"] or "").strip().casefold() in _REMARKS:
        return False
    holder_seen = _IMAGE.sub("", holder)
    named = _WEB.search(holder_seen) or _REFERENCE.search(holder_seen)
    if not named:
        return _is_title(
            start["label"] or start["text"], marked=bool(start["label"] or start["bold"])
        )
    title = start["label"] or (start["text"] if start["bold"] else "")
    return bool(_PAPER.search(seen)) and len(words(title)) >= 3 and _is_title(title, marked=True)


def _is_title(text: str, *, marked: bool) -> bool:
    """Whether the text may be the title of a work; plain text needs three words."""
    bare = text.strip(" \t*_:.,-")
    if is_label(bare) or is_venue(bare):
        return False
    return marked or len(words(_WEB.sub("", bare))) >= 3
