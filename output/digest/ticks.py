"""
Reads a digest back: the ticks, sections and entries that the curator left in it.

Tolerant of editors (stripped blanks, reordered lines, CRLF), strict about meaning: two ticked
boxes on one candidate, or a tick without its marker comment, are reported and never guessed.
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
_HEADING = re.compile(r"^### (\d+)\. ")
_SECTION = re.compile(r"^\s*[-*] section:\s*(.*)$")
_FENCE = re.compile(r"^(`{3,})markdown\s*$")


@dataclass(frozen=True, slots=True)
class Tick:
    """The decision on one candidate; ``entry`` is the text in its fence, None without a fence."""

    number: int
    key: str
    act: Act
    starred: bool
    reason: str
    section: str
    entry: str | None


@dataclass(frozen=True, slots=True)
class Ticked:
    """A digest file: its list and name, its ticks, and messages about unclear ones."""

    list_name: str
    name: str
    base_hash: str
    ticks: tuple[Tick, ...]
    unclear: tuple[str, ...]


def read_ticks(text: str, where: str) -> Ticked:
    """Read a digest file; ListConflict if it is something else."""
    head = _HEAD.search(text)
    if head is None:
        raise ListConflict(where, "is not a Listkeeper digest", "name a file from digests/")
    ticks: list[Tick] = []
    unclear: list[str] = []
    for number, key, lines in _blocks(text):
        own, rest = _own(number, lines) if key else ([], lines)
        unclear += _lost(rest)
        tick = _tick(number, key, own)
        if isinstance(tick, Tick):
            ticks.append(tick)
        elif tick:
            unclear.append(f"candidate {number} ({key}): {tick}")
    return Ticked(head[2], head[1], head[3], tuple(ticks), tuple(unclear))


def keys_on(text: str) -> frozenset[str]:
    """The works that a digest page shows."""
    return frozenset(key for _, key, _ in _blocks(text) if key)


def is_ticked(text: str) -> bool:
    """Whether any box on a digest page is ticked."""
    return any(_BOX.match(line) for _, _, lines in _blocks(text) for line in _split_fence(lines)[1])


def _blocks(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Each candidate's number, key and lines; the key is empty for lines outside of candidates."""
    current = _none()
    for line in text.replace("\r\n", "\n").split("\n"):
        marker = _MARKER.match(line)
        if marker or _CLOSED.match(line):
            yield current
            current = (int(marker[1]), marker[2].replace("%2D%2D", "--"), []) if marker else _none()
        else:
            current[2].append(line)
    yield current


def _none() -> tuple[int, str, list[str]]:
    return 0, "", []


def _own(number: int, lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines of a candidate, and those from the next heading on."""
    fence = ""
    for at, line in enumerate(lines):
        if fence:
            fence = "" if line.rstrip() == fence else fence
        elif opening := _FENCE.match(line):
            fence = opening[1]
        elif (heading := _HEADING.match(line)) and int(heading[1]) != number:
            return lines[:at], lines[at:]
    return lines, []


def _lost(lines: list[str]) -> Iterator[str]:
    """Messages about ticked boxes whose marker comment is missing."""
    under = "no candidate"
    for line in lines:
        if heading := _HEADING.match(line):
            under = f"candidate {heading[1]}"
        elif _BOX.match(line):
            yield (
                f"a box is ticked under {under}, whose line `<!-- candidate … -->` is not there;"
                " put it back below the heading"
            )


def _tick(number: int, key: str, lines: list[str]) -> Tick | str | None:
    """The tick of a block, None if nothing is ticked, or a message if it is unclear."""
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
        return f"has an unknown box: {boxes[0][:40]!r}"
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
