"""Captured feeds, served as recorded, and their papers."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from sandbox.papers.catalogue import Paper, Version

_DC = "{http://purl.org/dc/elements/1.1/}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_GUID = re.compile(r"oai:arXiv\.org:(?P<id>.+)v(?P<version>\d+)$")
_RSS_DAY = re.compile(rb"<pubDate>([^<]+)</pubDate>")
_ATOM_DAY = re.compile(rb"<(?:published|updated)>(\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, slots=True)
class Capture:
    """One recorded feed: its bytes, its day, and its papers if it can be parsed."""

    path: Path
    body: bytes
    day: date
    papers: tuple[Paper, ...]


def load(paths: Iterable[Path]) -> tuple[Capture, ...]:
    """Read the captured feeds in these files and folders, oldest day first."""
    captures = [capture(file) for path in paths for file in _files(path)]
    return tuple(sorted(captures, key=lambda capture: capture.day))


def choose(captures: tuple[Capture, ...], day: date) -> Capture:
    """Choose the newest feed up to this day, or else the oldest."""
    out = [capture for capture in captures if capture.day <= day]
    return out[-1] if out else captures[0]


def capture(path: Path) -> Capture:
    body = path.read_bytes()
    day = _day(body)
    if day is None:
        raise SystemExit(f"sandbox: {path}: no pubDate in it, so it cannot be a captured feed")
    return Capture(path, body, day, tuple(_papers(body, day)))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.glob("*.xml"))
    return [path]


def _day(body: bytes) -> date | None:
    if match := _RSS_DAY.search(body):
        return parsedate_to_datetime(match[1].decode()).date()
    if match := _ATOM_DAY.search(body):
        return date.fromisoformat(match[1].decode())
    return None


def _papers(body: bytes, day: date) -> Iterator[Paper]:
    try:
        root = ET.fromstring(body)
    except ET.ParseError:
        # A truncated capture is served as it is; its papers cannot be looked up.
        return
    for item in root.iter("item"):
        if guid := _GUID.match(item.findtext("guid", "").strip()):
            yield _paper(item, guid["id"], int(guid["version"]), day)


def _paper(item: ET.Element, arxiv_id: str, number: int, day: date) -> Paper:
    description = item.findtext("description", "")
    newest = Version(
        number=number,
        announced=day,
        # The feed lacks the submission day; it was before the announcement.
        submitted=datetime.combine(day - timedelta(days=2), time(12), UTC),
        title=item.findtext("title", ""),
        authors=tuple(_names(item.findtext(f"{_DC}creator", ""))),
        abstract=description.partition("Abstract: ")[2].strip(),
        journal_ref=item.findtext(f"{_ARXIV}journal_reference", ""),
        doi=item.findtext(f"{_ARXIV}DOI", ""),
    )
    return Paper(
        id=arxiv_id,
        categories=tuple(category.text or "" for category in item.iter("category")),
        versions=(newest,),
        cited=0,
        licence=item.findtext(f"{_DC}rights", ""),
    )


def _names(creator: str) -> Iterator[str]:
    """Split names at commas outside parentheses, and drop the affiliations."""
    bare = re.sub(r"\s*\([^()]*(?:\([^()]*\)[^()]*)*\)", "", creator)
    return (name.strip() for name in bare.split(",") if name.strip())
