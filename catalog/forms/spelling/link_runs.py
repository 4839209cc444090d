"""
Runs of links that entries may have: code, project, slides, each where the list has such links.

No service knows which of them a work has, nor their order: any link in the shape of the list's own
ones is as it stands.
"""

import re
from collections.abc import Iterator, Sequence

from config.patterns import lazy_regex
from config.template import Optional, Pieces, Slot

# Fields that a run of links has no place for.
_KNOWN = frozenset(("title", "title_rest", "authors", "first_author", "abs", "pdf", "arxiv_id"))
# White space, with at most one line's end in it.
SPACES = r"[ \t\xa0]*(?:\n[ \t\xa0]*)?"
_LABELLED = lazy_regex(
    r"(?P<lead>(?:<br[ /]*>|:[a-z_]+:|[^\w\[\]()<>])*)(?P<open>(?:\[|\(\[)\[?)"
    r"(?P<label>[^\[\]!]*)(?P<to>\]\]?\()"
)
_LEAD = lazy_regex(
    r"(?P<space>\s+)|(?P<br><br[ /]*>)|(?P<emoji>:[a-z_]+:|[^\x00-\x7f]+)|(?P<sign>.)"
)
_TAIL = lazy_regex(r"\)(?P<tail>[\])]?)(?P<rest>[^\w\[\]()]*)\Z")
_URL = r"[^\s()<>]*"
_PICTURE = rf"[ \t]*\[!\[[^\[\]\n]*\]\({_URL}\)\]\({_URL}\)"
_BARE_PICTURE = rf"[ \t]*!\[[^\[\]\n]*\]\({_URL}\)"
_LABEL = r"[^\[\]\n]{1,60}"


def is_link_part(piece: object) -> bool:
    """Whether a piece of a template is a link (or a linked picture) that entries may lack."""
    if not isinstance(piece, Optional) or piece.otherwise:
        return False
    text = "".join(part for part in piece.then if isinstance(part, str))
    slots = [part.name for part in piece.then if isinstance(part, Slot)]
    plain = all(isinstance(part, str | Slot) for part in piece.then)
    return plain and "](" in text and "\n" not in text.strip() and _KNOWN.isdisjoint(slots)


def run_from(pieces: Pieces, start: int) -> int:
    """The place after the run of links that begins there; ``start`` if none does."""
    end = start
    while end < len(pieces) and is_link_part(pieces[end]):
        end += 1
    return end


def shapes_of(run: Sequence[object]) -> Iterator[str]:
    """Patterns of any other link in the shape of these: label and address may be any."""
    for piece in run:
        if not isinstance(piece, Optional):
            continue
        text = "".join(part if isinstance(part, str) else "\x00" for part in piece.then)
        if "[![" in text:
            yield _PICTURE
            continue
        if "![" in text:
            yield _BARE_PICTURE
            continue
        lead, tail = _LABELLED.match(text), _TAIL.search(text)
        if lead and tail:
            before = "".join(map(_any_spelling, _LEAD.finditer(lead["lead"])))
            opening = re.escape(lead["open"])
            closing = re.escape(lead["to"]) + _URL + r"\)" + re.escape(tail["tail"])
            rest = re.escape(tail["rest"].strip())
            yield f"{SPACES}{before}{opening}{_LABEL}{closing}{SPACES if rest else ''}{rest}"


def _any_spelling(match: re.Match[str]) -> str:
    """What stands before a link: any emoji for an emoji, and any blanks."""
    if match["space"]:
        return SPACES
    if match["br"]:
        return r"<br\s*/?>"
    return r"(?::[a-z0-9_+-]+:|[^\x00-\x7f]{0,4})" if match["emoji"] else re.escape(match[0])
