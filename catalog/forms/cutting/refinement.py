"""
Says more of some atoms by what stands beside them: marks of emphasis around the title, awards.

Whether a title is in bold is a matter of spelling, and "(Oral)" behind a venue a part of it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from catalog.forms.cutting.atoms import Atom
from catalog.markdown.parts.wording import is_venue
from config.patterns import lazy_regex

_MARKS = frozenset(("**", "*", "__", "_", "***"))
# A title and a remark in brackets may stand between two marks, and no more than this.
_MAX_BETWEEN = 8
_ENDS_TITLE = frozenset(("break", "cell", "address"))
_AWARD = lazy_regex(
    r"\([*_`\s]*(?:[A-Z][A-Z&-]{1,9}|(?i:oral|spotlight|highlights?|posters?|findings|workshop|demo|"
    r"short|long|main|industry|under review|to appear|(?:accepted|best|outstanding|notable|student|"
    r"honou?rable|top|ccf)\b.{0,30}|.{2,24}\b(?:oral|spotlight|highlight|paper|poster|award|track))"
    r"[!.]?)[*_`\s]*\)"
)


def refined(atoms: Sequence[Atom]) -> tuple[Atom, ...]:
    return tuple(_with_awards(_with_emphasis(list(atoms))))


def _with_emphasis(atoms: list[Atom]) -> list[Atom]:
    """The marks around the title (and its link) say so: ``style`` is "emphasis"."""
    title = next(number for number, atom in enumerate(atoms) if atom.kind == "title")
    start = title - 1
    if start >= 0 and atoms[start].text == "[" and not atoms[start + 1].space:
        start -= 1
    if start < 0 or atoms[start].text not in _MARKS or atoms[start + 1].space:
        return atoms
    mark = atoms[start].text
    for end in range(title + 1, min(len(atoms), title + _MAX_BETWEEN)):
        if atoms[end].text == mark and not atoms[end].space:
            atoms[start] = replace(atoms[start], key="title opens", style="emphasis")
            atoms[end] = replace(atoms[end], key="title closes", style="emphasis")
            break
        if atoms[end].kind in _ENDS_TITLE - {"address"} or atoms[end].text in _MARKS:
            break
    return atoms


def _with_awards(atoms: list[Atom]) -> Iterator[Atom]:
    """A remark in brackets behind a venue is a word of it: "ICCV 2021 (Oral)", "IEEE(RAL)"."""
    words: list[str] = []
    for atom in atoms:
        if atom.style == "paren" and words and _AWARD.fullmatch(atom.text) and _names(words, atom):
            yield replace(atom, kind="word", key=atom.text, style="")
            continue
        yield atom
        if atom.kind == "word":
            words.append(atom.text)
        elif not (atom.kind == "sign" and atom.text in ",'’&"):
            words = []


def _names(words: Sequence[str], award: Atom) -> bool:
    """Whether these words name a venue that an award may follow."""
    said = " ".join(words)
    if re.search(r"(?:(?:19|20)\d\d|['’]\d\d)\Z", said) or is_venue(said):
        return True
    return bool(re.fullmatch(r"[A-Z][A-Za-z]*[A-Z][A-Za-z]*", words[-1])) and (
        not award.space or len(words) == 1
    )
