"""A digest page cut into its candidates: whose lines are whose, and which of them are folded."""

import zlib
from collections.abc import Iterator, Sequence

from config.patterns import lazy_regex

# Editors make one dash of two, indent a line, or take blanks away.
COMMENT_BEGIN, COMMENT_END = r"<!\s*[-–—]+\s*", r"\s*[-–—]+>"
_MARKER = lazy_regex(rf"^\s*{COMMENT_BEGIN}candidate (\d+) (\S+?){COMMENT_END}\s*$")
_CLOSED = lazy_regex(rf"^\s*{COMMENT_BEGIN}end of candidates{COMMENT_END}\s*$")
NUMBER = lazy_regex(r"^\s*\d{1,9}[.)]\s")
_WORD = lazy_regex(r"[^\W_]+")
HEADING = lazy_regex(r"^### (\d+)\. ")
_FENCE = lazy_regex(r"^(`{3,})markdown\s*$")
# An entry on one line: code between as many backticks as it needs, with signs for its line ends.
ENTRY = lazy_regex(r"^\s*[-*+] entry:\s*(`+) (.*) \1\s*$")
LINE_END = "⏎"

# A line of the file, with its number from 1.
Line = tuple[int, str]


def blocks(text: str) -> Iterator[tuple[int, str, list[Line]]]:
    """Each candidate's number, key and lines; the key is empty for lines outside of candidates."""
    current: tuple[int, str, list[Line]] = (0, "", [])
    for at, line in enumerate(plain_ends(text).split("\n"), 1):
        marker = _MARKER.match(line)
        if marker or _CLOSED.match(line):
            yield current
            key = marker[2].replace("%2D%2D", "--") if marker else ""
            current = (int(marker[1]) if marker else 0, key, [])
        else:
            current[2].append((at, line))
    yield current


def words_of(text: str) -> str:
    """The words alone, each with a blank on both sides."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def prints_of(page: str) -> str:
    """Short hashes of the lines of a page: they tell its lines apart whoever changes its words."""
    return " ".join(dict.fromkeys(map(print_of, page.split("\n"))))


def print_of(line: str) -> str:
    """The hash of a line's words; its number does not count, which formatters change."""
    return f"{zlib.crc32(words_of(NUMBER.sub('', line)).encode()):x}"


def plain_ends(text: str) -> str:
    """The text with the line ends that we write, whatever an editor made of them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def own_lines(number: int, lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """The lines of a candidate, and those from the next heading on."""
    fence = ""
    for at, (_, line) in enumerate(lines):
        if fence:
            fence = "" if line.rstrip() == fence else fence
        elif opening := _FENCE.match(line):
            fence = opening[1]
        elif line.startswith("## ") or (
            (heading := HEADING.match(line)) and int(heading[1]) != number
        ):
            return lines[:at], lines[at:]
    return lines, []


def keys_on(text: str) -> frozenset[str]:
    """The works that a digest page shows."""
    return frozenset(key for _, key, _ in blocks(text) if key)


def answer_lines(text: str) -> Iterator[tuple[str, list[Line]]]:
    """The key of each candidate on a page, and its lines that are neither entry nor folded."""
    for number, key, lines in blocks(text):
        if key:
            yield key, outside_texts(own_lines(number, lines)[0])


def outside_texts(lines: Sequence[Line]) -> list[Line]:
    """The lines of a block that aren't the entry, and not folded."""
    _, outside = split_fence(lines)
    shown: list[Line] = []
    folded = 0
    for at, line in outside:
        folded += line.count("<details")
        if not folded and not line.lstrip().startswith("<") and not ENTRY.match(line):
            shown.append((at, line))
        folded = max(0, folded - line.count("</details>"))
    return shown


def split_fence(lines: Sequence[Line]) -> tuple[str | None, list[Line]]:
    """The text of the block's entry, and the lines around it."""
    opening = next((i for i, (_, line) in enumerate(lines) if _FENCE.match(line)), None)
    if opening is None:
        entries = (match for _, line in lines if (match := ENTRY.match(line)))
        entry = next(entries, None)
        return (entry[2].replace(LINE_END, "\n") if entry else None), list(lines)
    fence = _FENCE.match(lines[opening][1])
    mark = fence[1] if fence else "```"
    closing = next(
        (i for i in range(opening + 1, len(lines)) if lines[i][1].rstrip() == mark), len(lines)
    )
    inside = "\n".join(line for _, line in lines[opening + 1 : closing])
    return inside, [*lines[:opening], *lines[closing + 1 :]]


def shown(line: str) -> str:
    """A line in a message, cut off."""
    text = " ".join(line.split())
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
