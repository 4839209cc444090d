"""
Reads a digest back: what a person ticked, moved and rewrote.

Tolerant of what editors do (trailing blanks stripped, lines re-ordered, CRLF), strict about
what was meant: two boxes ticked on one candidate is a question, not a guess.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from catalog.errors import ListConflict
from catalog.paper import Act

_HEAD = re.compile(r"<!-- listkeeper digest (\S+) of (.+?); base ([0-9a-f]{64}) -->")
_MARKER = re.compile(r"^<!-- candidate (\d+) (\S+) -->\s*$")
_CLOSED = re.compile(r"^<!-- end of candidates -->\s*$")
_BOX = re.compile(r"^\s*[-*] \[\s*([xX✓✔])\s*\]\s*(.*)$")
_SECTION = re.compile(r"^\s*[-*] section:\s*(.*)$")
_FENCE = re.compile(r"^(`{3,})markdown\s*$")


@dataclass(frozen=True, slots=True)
class Tick:
    """A person's word on one candidate; ``entry`` is the text in its fence, None without one."""

    number: int
    key: str
    act: Act
    starred: bool
    reason: str
    section: str
    entry: str | None


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a digest file says: whose it is, what was ticked, and what cannot be understood."""

    list_name: str
    name: str
    base_hash: str
    ticks: tuple[Tick, ...]
    unclear: tuple[str, ...]


def read_ticks(text: str, where: str) -> Ticked:
    """Read a digest file; ListConflict when it is none."""
    head = _HEAD.search(text)
    if head is None:
        raise ListConflict(where, "is no digest of Listkeeper", "name a file from digests/")
    ticks: list[Tick] = []
    unclear: list[str] = []
    for number, key, lines in _blocks(text):
        tick = _tick(number, key, lines)
        if isinstance(tick, Tick):
            ticks.append(tick)
        elif tick:
            unclear.append(f"candidate {number} ({key}): {tick}")
    return Ticked(head[2], head[1], head[3], tuple(ticks), tuple(unclear))


def _blocks(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Each candidate's number, key, and the lines below its marker."""
    current: tuple[int, str, list[str]] | None = None
    for line in text.replace("\r\n", "\n").split("\n"):
        marker = _MARKER.match(line)
        if marker or _CLOSED.match(line):
            if current:
                yield current
            current = (int(marker[1]), marker[2].replace("%2D%2D", "--"), []) if marker else None
        elif current:
            current[2].append(line)
    if current:
        yield current


def _tick(number: int, key: str, lines: list[str]) -> Tick | str | None:
    """The tick of a block; None where nothing is ticked; words where it is not clear."""
    entry, outside = _split_fence(lines)
    boxes = [match[2].strip() for line in outside if (match := _BOX.match(line))]
    if not boxes:
        return None
    if len(boxes) > 1:
        return "has more than one box ticked"
    section = next((match[1].strip() for line in outside if (match := _SECTION.match(line))), "")
    kind, _, reason = boxes[0].partition(":")
    act = _act(kind)
    if act is None:
        return f"has a box that is none of ours: {boxes[0][:40]!r}"
    if act == "accept" and not section:
        return "has no section"
    return Tick(number, key, act, "🌟" in kind, reason.strip(), section, entry)


def _act(kind: str) -> Act | None:
    word = kind.split()[0].rstrip(",").lower() if kind.split() else ""
    acts: dict[str, Act] = {"accept": "accept", "later": "later", "reject": "reject"}
    return acts.get(word)


def _split_fence(lines: list[str]) -> tuple[str | None, list[str]]:
    """The text of the block's fence, and the lines around it."""
    opening = next((i for i, line in enumerate(lines) if _FENCE.match(line)), None)
    if opening is None:
        return None, lines
    fence = _FENCE.match(lines[opening])
    mark = fence[1] if fence else "```"
    closing = next(
        (i for i in range(opening + 1, len(lines)) if lines[i].rstrip() == mark), len(lines)
    )
    return "\n".join(lines[opening + 1 : closing]), lines[:opening] + lines[closing + 1 :]
