"""Parses one item of a list, in the old style of 2023 and in the new one."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from catalog.arxiv_id import ArxivId
from catalog.markdown.entry import STARS, Citation, Entry, Extra
from catalog.markdown.text import unfold, unguard, unguard_emphasis, unguard_link
from config.patterns import lazy_regex

_PREFIX = r"(?P<prefix>(?:(?:[^\w\s:\[\]*`<>()!\\-]+|:[a-z0-9_+-]+:)[ \t]+)*)"
_ADDRESS_TEXT = r"(?:[^()\s]|\([^()\s]*\))*"
_ITEM = r"[-*+][ \t]+"
# The end of a title is the bold end before the venue: stars and brackets stand inside titles.
_PAPER = lazy_regex(
    rf"{_ITEM}{_PREFIX}\*\*(?P<title>.*?)\*\*,\s+"
    r"(?:`(?P<venue>[^`\n]*)`|(?P<bare>arXiv, *[^\s,]+)),\s*"
    rf"\[arxiv\]\((?P<page>{_ADDRESS_TEXT})\)(?:,\s*\[pdf\]\({_ADDRESS_TEXT}\))?"
    rf"(?P<pair>,?\s*cication:\s*\[\*\*(?P<count>-?\d+)\*\*\]\((?P<cites>{_ADDRESS_TEXT})\))?",
    re.DOTALL,
)
_LINK = lazy_regex(rf"{_ITEM}{_PREFIX}\[")
_TARGET = lazy_regex(rf"\(\s*(?P<url>{_ADDRESS_TEXT})\s*\)")
_BRACKET = lazy_regex(r"\\.|[\[\]]", re.DOTALL)
_OWNER_TAIL = lazy_regex(r"\s+- (?P<owner>[^\s()\[\]]+)(?:\s+!\[Star\]\([^)\s]*\))?")
_SIGN_TAIL = lazy_regex(r"🤗|𝕏|:clapper:")
_EMPHASIS = lazy_regex(r"\*(?P<text>(?:\\.|[^\\])+?)\*(?=\s*(?:$|·|\(|\[))(?P<rest>.*)", re.DOTALL)
_EXTRA = lazy_regex(
    rf"(?P<image>!)?\[(?P<label>[^\[\]]*)\]\((?P<url>{_ADDRESS_TEXT})\)"
    r"(?: - (?P<owner>[^\s()\[\]]+))?"
)


class _Place(NamedTuple):
    section: str | None
    line: int
    raw: str


@dataclass(slots=True)
class _Below:
    """The parts of an item below its head."""

    emphasis: str | None
    extras: list[Extra]
    notes: list[str]


def read_entry(raw: str, section: str | None = None, line: int = 0) -> Entry | None:
    """Parse an item; None if it is neither a paper nor a link."""
    text = raw.replace("\r\n", "\n").rstrip()
    place = _Place(section, line, raw)
    return _paper(text, place) or _link(text, place)


def paper_head(raw: str) -> re.Match[str] | None:
    """The places of title, venue and citation in a paper's item; None for other items."""
    return _PAPER.match(raw)


def _paper(text: str, place: _Place) -> Entry | None:
    match = _PAPER.match(text)
    if match is None:
        return None
    venue = match["venue"] if match["bare"] is None else match["bare"]
    arxiv_id = ArxivId.parse(match["page"].removeprefix("http://arxiv.org/abs/")) or ArxivId.parse(
        venue.partition(",")[2]
    )
    if arxiv_id is None:
        return None
    below = _below(text[match.end() :])
    names, elided = _names(below.emphasis)
    return Entry(
        kind="paper",
        section=place.section,
        title=unguard(unfold(match["title"])),
        arxiv_id=arxiv_id.base,
        version=arxiv_id.version,
        authors=names,
        elided=elided,
        venue="arXiv" if venue == f"arXiv, {arxiv_id.base}" else venue,
        citation=_citation(match["count"], match["cites"]),
        starred=_starred(match["prefix"]),
        prefix=match["prefix"],
        url=match["page"],
        extras=tuple(below.extras),
        note="\n".join(below.notes) or None,
        line=place.line,
        raw=place.raw,
    )


def _citation(count: str | None, url: str | None) -> Citation:
    number = None if count is None or int(count) < 0 else int(count)
    return Citation(number, None if url in (None, "", "None") else url)


def _names(emphasis: str | None) -> tuple[tuple[str, ...], bool]:
    names = [name for name in (emphasis or "").split(", ") if name]
    shown = tuple(name for name in names if name != "...")
    if emphasis and "\\" in emphasis:
        shown = tuple(map(unguard_emphasis, shown))
    return shown, "..." in names


def _starred(prefix: str) -> bool:
    return any(star in prefix for star in STARS)


def _link(text: str, place: _Place) -> Entry | None:
    match = _LINK.match(text)
    end = _closing(text, match.end()) if match else None
    target = _TARGET.match(text, end + 1) if end else None
    if match is None or target is None:
        return None
    url = target["url"]
    title, rest = unfold(text[match.end() : end]), text[target.end() :]
    owner = _OWNER_TAIL.match(rest)
    if owner and title.startswith("**") and title.endswith("**") and len(title) > 4:
        title = title[2:-2]
    below = _below(rest[owner.end() :] if owner else rest, link=True)
    arxiv_id = ArxivId.parse(url)
    notes = ([below.emphasis] if below.emphasis else []) + below.notes
    return Entry(
        kind="link",
        section=place.section,
        title=unguard_link(title),
        arxiv_id=arxiv_id.base if arxiv_id else None,
        version=arxiv_id.version if arxiv_id else None,
        starred=_starred(match["prefix"]),
        prefix=match["prefix"],
        url=url,
        extras=tuple(below.extras),
        note="\n".join(notes) or None,
        line=place.line,
        raw=place.raw,
    )


def _closing(text: str, start: int) -> int | None:
    """The place of the bracket that closes the one just before ``start``."""
    depth = 1
    for match in _BRACKET.finditer(text, start):
        depth += {"[": 1, "]": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    end = text.find("](", start)
    return end if end >= 0 else None


def _below(text: str, *, link: bool = False) -> _Below:
    """Sort the lines after the head into emphasis (authors, tagline), extras and notes."""
    below = _Below(None, [], [])
    begun = False
    for paragraph in re.split(r"\n[ \t]*(?=\n)", text):
        lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
        apart = begun
        for line in lines:
            bare = line if begun or not link else _SIGN_TAIL.sub("", line, count=1).strip()
            _sort_line(bare, below, apart=apart)
        begun = begun or below.emphasis is not None or bool(below.extras)
    return below


def _sort_line(line: str, below: _Below, *, apart: bool) -> None:
    emphasis = _EMPHASIS.fullmatch(line) if line.startswith("*") else None
    if emphasis and below.emphasis is None and not below.notes:
        below.emphasis = emphasis["text"]
        line = emphasis["rest"].strip()
    if line.startswith("- "):
        below.notes.append(line[2:].strip())
    elif line.startswith(("·", "(", "[")):
        below.extras.extend(_extras(line, apart=apart))
    elif line and line != "-":
        below.notes.append(line)


def _extras(text: str, *, apart: bool) -> list[Extra]:
    return [
        Extra(
            kind="repo" if match["owner"] else "link",
            label=match["label"],
            url=match["url"],
            owner=match["owner"],
            apart=apart,
        )
        for match in _EXTRA.finditer(text)
        if not match["image"]
    ]
