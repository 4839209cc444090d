"""Captured feeds, served as they were recorded, and the papers that stand in them."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from sandbox.catalogue import Paper, Version

_DC = "{http://purl.org/dc/elements/1.1/}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_GUID = re.compile(r"oai:arXiv\.org:(?P<id>.+)v(?P<version>\d+)$")
_RSS_DAY = re.compile(rb"<pubDate>([^<]+)</pubDate>")
_ATOM_DAY = re.compile(rb"<(?:published|updated)>(\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, slots=True)
class Capture:
    """One recorded feed: its bytes, the day it was made for, its papers if it can be read."""

    path: Path
    body: bytes
    day: date
    papers: tuple[Paper, ...]


def load(paths: Iterable[Path]) -> tuple[Capture, ...]:
    """Read all captured feeds among these files and folders, oldest day first."""
    captures = [capture(file) for path in paths for file in _files(path)]
    return tuple(sorted(captures, key=lambda one: one.day))


def choose(captures: tuple[Capture, ...], day: date) -> Capture:
    """Take the newest feed that is not younger than the day, or else the oldest there is."""
    out = [one for one in captures if one.day <= day]
    return out[-1] if out else captures[0]


def capture(path: Path) -> Capture:
    body = path.read_bytes()
    told = _day(body)
    if told is None:
        raise SystemExit(f"sandbox: {path}: no pubDate in it, so it cannot be a captured feed")
    return Capture(path, body, told, tuple(_papers(body, told)))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.glob("*.xml"))
    return [path]


def _day(body: bytes) -> date | None:
    if found := _RSS_DAY.search(body):
        return parsedate_to_datetime(found[1].decode()).date()
    if found := _ATOM_DAY.search(body):
        return date.fromisoformat(found[1].decode())
    return None


def _papers(body: bytes, day: date) -> Iterator[Paper]:
    try:
        root = ET.fromstring(body)
    except ET.ParseError:
        # A capture that broke off is served as it is; nobody can look its papers up.
        return
    for item in root.iter("item"):
        if guid := _GUID.match(item.findtext("guid", "").strip()):
            yield _paper(item, guid["id"], int(guid["version"]), day)


def _paper(item: ET.Element, arxiv_id: str, number: int, day: date) -> Paper:
    description = item.findtext("description", "")
    newest = Version(
        number=number,
        announced=day,
        # The feed does not say when a paper was sent; it was before its announcement.
        submitted=datetime.combine(day - timedelta(days=2), time(12), UTC),
        title=item.findtext("title", ""),
        authors=tuple(_names(item.findtext(f"{_DC}creator", ""))),
        abstract=description.partition("Abstract: ")[2].strip(),
        journal_ref=item.findtext(f"{_ARXIV}journal_reference", ""),
        doi=item.findtext(f"{_ARXIV}DOI", ""),
    )
    return Paper(
        id=arxiv_id,
        categories=tuple(one.text or "" for one in item.iter("category")),
        versions=(newest,),
        cited=0,
        licence=item.findtext(f"{_DC}rights", ""),
    )


def _names(creator: str) -> Iterator[str]:
    """Split names at commas outside parentheses, and drop the affiliations."""
    bare = re.sub(r"\s*\([^()]*(?:\([^()]*\)[^()]*)*\)", "", creator)
    return (name.strip() for name in bare.split(",") if name.strip())
