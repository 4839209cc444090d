"""The ways in which lists write the authors of a paper, and which of them a text is in."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from config.patterns import lazy_regex

NameForm = Literal[
    "full",
    "initials",
    "initial",
    "surnames",
    "last_first",
    "last_initials",
    "bare_initials",
    "last_bare_initials",
]

PARTS: dict[str, NameForm] = {
    name: name
    for name in (
        "surnames",
        "initials",
        "initial",
        "last_first",
        "last_initials",
        "bare_initials",
        "last_bare_initials",
    )
}
# What stands between names, and before the last one.
JOINERS = (
    (", ", ", "),
    (", ", " and "),
    (", ", ", and "),
    (", ", " & "),
    (", ", ", & "),
    ("; ", "; "),
    (" and ", " and "),
    (" & ", " & "),
    (" · ", " · "),
    ("; ", " and "),
    ("; ", "; and "),
    (" / ", " / "),
    (",", ","),
    (";", ";"),
    ("、", "、"),
    (" ", " "),
)
# How lists say that there are more.
MORE = (
    " et al.",
    " et al",
    ", et al.",
    ", et al",
    ", ...",
    " *et al.*",
    ", and others",
    ", etc.",
    " etc.",
    ", …",
    ", et. al.",
    " et. al.",
    "等",
    " 等",
    "",
)
_BETWEEN_PEOPLE = lazy_regex(r"[,;&]|\band\b")
# More names than this are shown by no form that stops early.
MAX_NAMES_SHOWN = 12
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ter",
        "ten",
    ]
)
_SUFFIXES = frozenset(("jr", "jr.", "sr", "sr.", "ii", "iii", "iv"))


@dataclass(frozen=True, slots=True)
class NameStyle:
    """
    How names are written: which part of each, joined by what.

    Of more than ``most`` names only ``shown`` stand there, with ``more`` after them.
    """

    part: NameForm = "full"
    joiner: str = ", "
    last: str = ", "
    most: int | None = None
    shown: int = 1
    more: str = " et al."


def filters_of(style: NameStyle) -> str:
    """The filters of a template that ask for this style: ``|surnames|et_al(2, 1)``."""
    said = "" if style.part == "full" else f"|{style.part}"
    if style.joiner != style.last:
        said += f'|joined("{style.joiner}", "{style.last}")'
    elif style.joiner != ", ":
        said += f'|joined("{style.joiner}")'
    if style.most is None:
        return said
    if style.more != " et al.":
        return f'{said}|et_al({style.most}, {style.shown}, "{style.more}")'
    if style.most == style.shown:
        return f"{said}|et_al({style.most})"
    return f"{said}|et_al({style.most}, {style.shown})"


def common_style(runs: Sequence[tuple[str, tuple[str, ...]]]) -> NameStyle:
    """The style that gives most of these texts from these names; full names where none does."""
    votes: Counter[NameStyle] = Counter()
    for text, names in runs:
        votes.update(dict.fromkeys(styles_of(text, names), 1))
    alone = [all(" " not in name for name in names) for _, names in runs]
    if sum(alone) * 5 > len(alone) * 4:
        # Where no name has more than one word, the list shows surnames.
        votes = Counter({replace(style, part="surnames"): n for style, n in votes.items()})
    whole = Counter({style: n for style, n in votes.items() if style.most is None})
    short = [(style, n) for style, n in votes.items() if style.most is not None]
    if not votes:
        return NameStyle()
    base = max(whole, key=lambda style: whole[style]) if whole else short[0][0]
    # Where every entry stops early, the list writes no run of names in full.
    full = base if whole else replace(base, most=None)
    if short and (limit := _limit(runs, full)):
        return limit
    return base


def _limit(runs: Sequence[tuple[str, tuple[str, ...]]], base: NameStyle) -> NameStyle | None:
    """The style with the number of names above which the list stops early, if that is its habit."""
    shortened = Counter(
        (style.part, style.shown, style.more)
        for text, names in runs
        for style in styles_of(text, names)[:1]
        if style.most is not None
    )
    (part, shown, more), _ = shortened.most_common(1)[0]
    part = base.part if base.part != "full" else part
    style = replace(base, part=part, most=None, shown=shown, more=more)
    early = replace(style, most=0)
    fits = [
        (len(names), _written(names, style) == text, _written(names, early) == text)
        for text, names in runs
    ]
    best, hits = 0, -1
    for most in range(shown, MAX_NAMES_SHOWN + 1):
        given = sum(is_whole if number <= most else is_early for number, is_whole, is_early in fits)
        if given > hits:
            best, hits = most, given
    plain = sum(_written(names, base) == text for text, names in runs)
    return replace(style, most=best) if hits > plain else None


@lru_cache(maxsize=16_384)
def _written(names: tuple[str, ...], style: NameStyle) -> str:
    return write_names(names, style)


def write_names(names: Sequence[str], style: NameStyle) -> str:
    """The names in this style; empty where there are none."""
    if style.most is not None and len(names) > style.most:
        return _joined(names[: style.shown], style, closed=False) + style.more
    return _joined(names, style, closed=True)


def _joined(names: Sequence[str], style: NameStyle, *, closed: bool) -> str:
    said = [part_of(name, style.part) for name in names]
    if len(said) < 2 or not closed:
        return style.joiner.join(said)
    last = style.last
    # Nobody writes a comma between two names that "and" joins, but after an initial.
    plain = style.part not in ("last_first", "last_initials")
    if plain and len(said) == 2 and last.startswith(", ") and len(last) > 2:
        last = last[1:]
    return style.joiner.join(said[:-1]) + last + said[-1]


@lru_cache(maxsize=4096)
def part_of(name: str, part: NameForm) -> str:
    """
    ``Ada B. Lovelace`` as it is, or ``A. B. Lovelace`` (initials), ``A. Lovelace`` (initial).

    Or ``Lovelace``, ``Lovelace, Ada B.`` and ``Lovelace, A. B.``; without marks ``AB Lovelace``
    (bare_initials) and ``Lovelace AB``.
    """
    given, surname = split_name(name)
    if part == "full" or not given:
        return name
    if part == "surnames":
        return surname
    if part == "last_first":
        return f"{surname}, {given}"
    if part == "initial":
        return f"{given[0]}. {surname}"
    if part in ("bare_initials", "last_bare_initials"):
        bare = bare_initials(given)
        return f"{bare} {surname}" if part == "bare_initials" else f"{surname} {bare}"
    initials = " ".join(
        "-".join(f"{p[0]}." for p in word.split("-") if p) for word in given.split()
    )
    return f"{surname}, {initials}" if part == "last_initials" else f"{initials} {surname}"


def bare_initials(given: str) -> str:
    """``AB`` for ``Ada Byron``, and for ``Ada-Byron``."""
    return "".join(word[0] for word in re.split(r"[\s-]+", given) if word)


def split_name(name: str) -> tuple[str, str]:
    """Given names and surname; the surname has its ``van`` and its ``Jr.``."""
    words = name.split()
    if len(words) < 2:
        return "", name
    at = len(words) - 1
    if words[at].lower() in _SUFFIXES and at > 1:
        at -= 1
    while at > 1 and words[at - 1].lower() in _PARTICLES:
        at -= 1
    return " ".join(words[:at]), " ".join(words[at:])


@lru_cache(maxsize=4096)
def styles_of(text: str, names: tuple[str, ...]) -> tuple[NameStyle, ...]:
    """The styles in which exactly these names give this text, plain ones first."""
    return tuple(_styles_of(text, names))


def _styles_of(text: str, names: Sequence[str]) -> Iterator[NameStyle]:
    for part in ("full", *PARTS.values()):
        for joiner, last in JOINERS:
            style = NameStyle(part, joiner, last)
            if write_names(names, style) == text:
                yield style
        if len(names) > 1:
            yield from _shortened(text, names, part)


def _shortened(text: str, names: Sequence[str], part: NameForm) -> Iterator[NameStyle]:
    for more in MORE:
        if not text.endswith(more):
            continue
        for shown in range(1, min(len(names), MAX_NAMES_SHOWN)):
            for joiner in (", ", " and ", "; ", " & ", ",", ";", "、", " "):
                style = NameStyle(part, joiner, joiner, len(names) - 1, shown, more)
                if write_names(names, style) == text:
                    yield style


@lru_cache(maxsize=65536)
def letters(text: str) -> str:
    """Only the letters and digits, without accents and capitals: for comparing."""
    if text.isascii():
        return "".join(character for character in text.lower() if character.isalnum())
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())


def names_person(text: str, name: str) -> bool:
    """Whether a run of authors has this name, whole or with initials for the given names."""
    spellings = {letters(part_of(name, part)) for part in ("full", *PARTS) if part != "surnames"}
    return any(letters(person) in spellings for person in _BETWEEN_PEOPLE.split(text))


def same_names(text: str, names: Sequence[str]) -> bool:
    """Whether a text that is no exact spelling of these names still names every one of them."""
    said = letters(re.sub(r"\band\b|&", " ", text))
    return said == letters(" ".join(names)) if names else not said
