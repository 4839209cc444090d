"""
Long texts in entries: a summary, an abstract, a takeaway. Each is one atom, whatever it says.

No two entries have their words in common, so nothing can be learned from them but their place.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from catalog.forms.cutting.atoms import FIELDS, Atom
from catalog.forms.spelling.facts import name_of_fact
from catalog.markdown.parts.wording import is_journal
from config.form import FIELDS as FIELD_NAMES
from config.patterns import lazy_regex

# Words that stand together and are longer than this are a text, in characters.
SHORTEST = 60
# What a label before a colon is at most: "TL;DR:", "Key idea:".
_MAX_LABEL_ATOMS = 6
_WITHIN = frozenset(("paren", "bracket", "code", "emoji"))
_OPENS = frozenset(
    ("*", "**", "_", "__", ":", "\uff1a", ")", "-", "–", "—", ">", ".", ",", "~", '"', "“")
)
_MARKS = frozenset(("*", "**", "_", "__"))
_CLOSES = frozenset(("*", "**", "_", "__", '"', "”"))
_LEAD = lazy_regex(
    r"\A(?:(?P<fence>```|~~~)[^\n]*\n\s*|<table\b[^>]*>\s*|<details\b[^>]*>\s*(?:<summary\b[^>]*>.*?</summary>)?\s*|"
    r"\W*(?:\w[\w ;]{1,22}\w\W{0,4}[:\uff1a]\W*)?)",
    re.IGNORECASE | re.DOTALL,
)
_TAIL = lazy_regex(r"(?:\s*</(?:details|table)>|\s*(?:```|~~~)|[*_\"”]{0,3})\Z", re.IGNORECASE)
_YEAR = lazy_regex(r"(?:19|20)\d\d|['’]\d\d")


def with_prose(atoms: Sequence[Atom]) -> tuple[Atom, ...]:
    """The atoms, each long text among them as one."""
    return tuple(_joined(atoms))


def _joined(atoms: Sequence[Atom]) -> Iterator[Atom]:
    run: list[Atom] = []
    for atom, after, third in zip_longest(atoms, atoms[1:], atoms[2:]):
        if _is_of_text(atom, begun=bool(run)) and not _is_of_link(atom, after, third):
            run.append(atom)
            continue
        yield from _settled(run)
        run = []
        yield atom
    yield from _settled(run)


def _is_of_link(atom: Atom, after: Atom | None, third: Atom | None) -> bool:
    """Whether it is the label of a link to the paper, or the bracket that opens its address."""
    opens = after if atom.style == "bracket" else atom
    inside = third if atom.style == "bracket" else after
    return bool(opens and inside and opens.text == "(" and inside.kind in ("address", "badge"))


def _is_of_text(atom: Atom, *, begun: bool) -> bool:
    if atom.kind in FIELDS or atom.kind in ("break", "cell"):
        return False
    if atom.kind == "group":
        return begun and atom.style in _WITHIN
    return atom.text[:1] not in "[]<|"


def _settled(run: list[Atom]) -> Iterator[Atom]:
    """A run of words as it stands, or with its long text in one piece."""
    start = _start(run)
    end = len(run)
    while end > start and run[end - 1].text in _CLOSES:
        end -= 1
    if end > start and end < len(run) and not _closes(run[:start], run[end]):
        end = len(run)
    text = "".join(atom.space + atom.text for atom in run[start:end])
    worded = any(atom.kind == "word" for atom in run[start:end])
    short = len(text) < SHORTEST and not _is_labelled(run[: start + 1], run[end : end + 1])
    if short or is_journal(text) or not worded:
        yield from run
        return
    yield from run[:start]
    yield Atom("group", text[len(run[start].space) :], "prose", run[start].space, style="prose")
    yield from run[end:]


def _is_labelled(before: Sequence[Atom], behind: Sequence[Atom]) -> bool:
    """Whether one pair of marks holds a label and what it says: "*Keywords: depth, video*"."""
    if not behind or behind[0].text not in _MARKS or before[0].text != behind[0].text:
        return False
    label, colon = before[1:-2], before[-2:-1]
    if not label or not colon or colon[0].text not in (":", "\uff1a"):
        return False
    name = name_of_fact(f"- {label[0].text}{''.join(a.space + a.text for a in label[1:])}: ")
    return all(atom.kind == "word" for atom in label) and name not in FIELD_NAMES


def _closes(before: Sequence[Atom], sign: Atom) -> bool:
    return any(atom.text == sign.text or sign.text == "”" for atom in before)


def _start(run: Sequence[Atom]) -> int:
    """Where the text begins: after its label, the signs before it, and a venue with its year."""
    start = 0
    while start < len(run) and run[start].kind == "sign" and run[start].text in _OPENS:
        start += 1
    for at in range(start, min(len(run), start + _MAX_LABEL_ATOMS)):
        if run[at].text in (":", "\uff1a"):
            start = at + 1
            break
        if run[at].text == "." and _YEAR.search("".join(a.text for a in run[start:at])):
            start = at + 1
            break
    while start < len(run) and run[start].kind == "sign" and run[start].text in _OPENS:
        start += 1
    return start


def around(text: str) -> tuple[str, str]:
    """What stands around a long text: its label and the tags that fold it, and what closes them."""
    lead, tail = _LEAD.match(text), _TAIL.search(text)
    return lead[0] if lead else "", tail[0] if tail else ""
