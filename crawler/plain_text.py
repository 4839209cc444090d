"""The words of a piece of HTML, and the works that running text names."""

import html
import re
from collections.abc import Iterator

from catalog.arxiv_id import find_all

# More of a page than this says nothing new about what it is of.
LONGEST = 2000
# A text that names more papers than this is a catalogue, not a post.
MOST_NAMED = 100
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.S | re.I)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![A-Za-z\[][^<>]*>|<\?[^<>]*>")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\]+", re.I)
_END = ".,;:!?*_)]}'\""


def words_of(text: str, longest: int = LONGEST) -> str:
    """Text without tags, on one line, cut at a word."""
    bare = html.unescape(_TAG.sub(" ", _HIDDEN.sub(" ", text)))
    shown = " ".join(bare.split())
    if len(shown) <= longest:
        return shown
    return f"{shown[: longest - 1].rpartition(' ')[0] or shown[: longest - 1]}…"


def papers_in(text: str) -> tuple[str, ...]:
    """The arXiv ids that a text names, each once, in order."""
    return tuple(dict.fromkeys(found.base for found in find_all(text)))[:MOST_NAMED]


def addresses_in(text: str) -> Iterator[str]:
    """The web addresses in running text, without the punctuation behind them."""
    for match in _ADDRESS.finditer(text):
        address = match[0]
        while address and address[-1] in _END:
            if address[-1] == ")" and address.count("(") >= address.count(")"):
                break
            address = address[:-1]
        yield address
