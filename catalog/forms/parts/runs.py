"""The parts of one entry's gap: every group for itself, and words that stand together."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from catalog.forms.alignment import EMPHASIS, MAX_BLANK_CHARS
from catalog.forms.cutting.atoms import FIELDS, Atom, Cut
from catalog.forms.parts.names import PREPRINT, VENUE, PartText, name_of_atom
from catalog.markdown.parts.wording import is_venue
from config.patterns import lazy_regex

_TAG = lazy_regex(r"</?[a-z][^<>]*>", re.IGNORECASE)
# "arXiv preprint arXiv:2411.04965" has no more atoms than this.
MAX_PREPRINT = 6
# So many words and signs has a name before a title, with its colon.
MAX_NAME = 6
_SEPARATORS = frozenset("|/·•,;-–—")
_AWARD = lazy_regex(r"\s*\([^()]*\)\Z")
_BADGE = lazy_regex(r"shields\.io|badge|stars", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def runs_of(cut: Cut, gap: tuple[int, ...], *, before_title: bool) -> tuple[PartText, ...]:
    """The parts of a gap in one entry: every group for itself, and words that stand together."""
    return tuple(_runs(cut, gap, before_title=before_title))


def _runs(cut: Cut, gap: Sequence[int], *, before_title: bool) -> Iterator[PartText]:
    words: list[Atom] = []
    space = ""
    group: PartText | None = None
    atoms = _marked([cut.atoms[place] for place in gap if cut.atoms[place].style != EMPHASIS])
    for atom in _with_remarks(atoms) if before_title else _led(atoms):
        if atom.kind in ("word", "sign"):
            words.append(atom)
            continue
        if atom.kind == "id" and words and PREPRINT.match(_joined(words)):
            # "arXiv:2411.04965" stands where others have a venue.
            words.append(replace(atom, kind="word", text=atom.style))
            continue
        is_group = atom.kind not in FIELDS and atom.kind != "break"
        before, lead = _parted(words, atom) if is_group else (words, [])
        if group:
            group, before = _closed(group, before)
            yield group
            group = None
        if before:
            yield _words(before, space, before_title=before_title)
            space = ""
        words = []
        if atom.kind == "break":
            space = atom.text
        elif is_group:
            text = _joined([*lead, atom]) if lead else atom.text
            name = name_of_atom(atom, cut, before_title=before_title)
            group = PartText(name, space + (lead[0] if lead else atom).space, text)
            space = ""
    if group:
        group, words = _closed(group, words)
        yield group
    if words:
        yield _words(words, space, before_title=before_title)


def _marked(atoms: Sequence[Atom]) -> list[Atom]:
    """The atoms, with marks of emphasis around a bracket as a part of it: "**[LoRA]**"."""
    marked: list[Atom] = []
    for atom in atoms:
        marked.append(atom)
        if len(marked) > 2 and _is_marked(*marked[-3:]):
            before, bracket, after = marked[-3:]
            text = before.text + bracket.text + after.text
            marked[-3:] = [replace(bracket, text=text, space=before.space)]
    return marked


def _is_marked(before: Atom, bracket: Atom, after: Atom) -> bool:
    alike = _is_emphasis(before) and after.kind == "sign" and before.text == after.text
    return alike and bracket.style == "bracket" and not bracket.space and not after.space


def _with_remarks(atoms: Sequence[Atom]) -> Iterator[Atom]:
    """The atoms before a title, with a remark before a colon as a part of that colon."""
    places = iter(range(len(atoms)))
    for place in places:
        near = atoms[max(0, place - 1) : place + 2]
        if len(near) == 3 and _is_remark(*near):
            yield replace(near[2], key=near[1].space + near[1].text, style="remark")
            next(places)
        else:
            yield atoms[place]


def _is_remark(before: Atom, remark: Atom, colon: Atom) -> bool:
    named = before.kind in ("word", "sign") and remark.style == "paren"
    return named and colon.text == ":" and not colon.space


def _led(atoms: Iterable[Atom]) -> Iterator[Atom]:
    """The atoms, with an emoji just before a link as a part of it: "| 💻 [Code](…)"."""
    held: Atom | None = None
    for atom in atoms:
        if held and atom.style in ("link", "picture"):
            yield replace(atom, space=held.space, text=held.text + atom.space + atom.text)
            held = None
            continue
        if held:
            yield held
        held = atom if atom.style == "emoji" else None
        if held is None:
            yield atom
    if held:
        yield held


def _parted(words: list[Atom], group: Atom) -> tuple[list[Atom], list[Atom]]:
    """Words before a group, and those that belong to it: "Code: [name](address)", "| [code](…)"."""
    if words and (_is_label(words) or group.style == "prose"):
        return [], words
    at = len(words)
    while at and _is_separator(words[at - 1]):
        at -= 1
    return words[:at], words[at:]


def _is_label(words: Sequence[Atom]) -> bool:
    """Whether words end in a colon: "Code:", "**Code:**"."""
    return next((word.text for word in reversed(words) if not _is_emphasis(word)), "") == ":"


def _closed(group: PartText, words: list[Atom]) -> tuple[PartText, list[Atom]]:
    """A group with the bar or break that follows it, if nothing else does."""
    closing = len(group.text) > MAX_BLANK_CHARS and all(map(_is_emphasis, words))
    called = group.name == "bracket" and [word.space + word.text for word in words] == [":"]
    if not words or not (closing or called or all(map(_is_separator, words))):
        return group, words
    return PartText(group.name, group.space, group.text + words[0].space + _joined(words)), []


def _is_separator(atom: Atom) -> bool:
    return atom.kind == "sign" and (atom.text in _SEPARATORS or atom.text[:3].lower() == "<br")


def _is_emphasis(atom: Atom) -> bool:
    return atom.kind == "sign" and atom.text in ("*", "**", "_", "__")


def _joined(words: Sequence[Atom]) -> str:
    return words[0].text + "".join(atom.space + atom.text for atom in words[1:])


def _words(words: Sequence[Atom], space: str, *, before_title: bool) -> PartText:
    text = _joined(words)
    stop = text.rstrip(" .,;:|-")
    year = re.search(r"(?:19|20)\d\d\b|['’][ ]?\d\d\b", text)
    if not re.search(r"\w", _TAG.sub("", text)):
        return PartText("sign", space + words[0].space, text)
    if before_title and not year and 1 < len(words) <= MAX_NAME and words[-1].text == ":":
        # "GraspNet: **A Large Benchmark …**", "Multi-lingual wav2vec 2.0: [Unsupervised …](…)"
        return PartText("short_name", space + words[0].space, text, _remark_in(words))
    said = _AWARD.sub("", stop)
    # Before a title capitals are what the work is called, but for venues that are known.
    known = (
        year
        or is_venue(said)
        or (not before_title and VENUE.fullmatch(said))
        or (PREPRINT.match(text) and len(words) <= MAX_PREPRINT)
    )
    name = "venue" if known else "note"
    return PartText(name, space + words[0].space, text, _remark_in(words))


def _remark_in(words: Sequence[Atom]) -> str:
    return next((word.key for word in words if word.style == "remark"), "")
