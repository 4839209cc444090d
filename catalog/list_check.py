"""What a curator may want to look at in a list file: the unclear, the double, the damaged."""

import re
from collections import defaultdict
from dataclasses import dataclass

from catalog.canonical import canonical_url
from catalog.listfile import ListFile
from catalog.spans import Span

_LIKE_AN_ENTRY = re.compile(rb"\*\*,|arxiv|cication|\]\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a curator may want to look at. ``error`` where the program cannot go on."""

    line: int
    what: str
    error: bool = False


def check(parsed: ListFile) -> list[Finding]:
    """What was not understood, and what is there twice, in the order of the lines."""
    return sorted(
        [*_unread(parsed), *_twice(parsed), *_same_sections(parsed), *_damage(parsed)],
        key=lambda finding: finding.line,
    )


def _unread(parsed: ListFile) -> list[Finding]:
    return [
        Finding(span.line, _why_unread(span), error=bool(_LIKE_AN_ENTRY.search(span.raw)))
        for span, entry in parsed.items
        if entry is None
    ]


def _why_unread(span: Span) -> str:
    start = span.raw.decode("utf-8", "replace").partition("\n")[0].strip()
    if len(start) < 2:
        return "an empty item"
    return f"neither a paper nor a link: {start[:60]!r}"


def _twice(parsed: ListFile) -> list[Finding]:
    """A work that its own section has already; repeats in other sections are the curator's."""
    seen: dict[tuple[str | None, str], int] = {}
    found = []
    for entry in parsed.entries:
        key = entry.arxiv_id or canonical_url(entry.url or "") or entry.url or ""
        first = seen.setdefault((entry.section, key), entry.line)
        if first != entry.line:
            found.append(Finding(entry.line, f"{key} stands already on line {first}"))
    return found


def _same_sections(parsed: ListFile) -> list[Finding]:
    lines = defaultdict(list)
    for section in parsed.sections:
        lines[section.path].append(section.heading.line)
    return [
        Finding(again, f'section "{" > ".join(path)}" stands already on line {first}', error=True)
        for path, (first, *others) in lines.items()
        for again in others
    ]


def _damage(parsed: ListFile) -> list[Finding]:
    found = []
    for span in parsed.spans:
        for number, line in enumerate(span.raw.split(b"\n"), span.line):
            if line.startswith((b"<<<<<<< ", b">>>>>>> ")):
                found.append(Finding(number, "a merge mark", error=True))
        if not _is_utf8(span.raw):
            found.append(Finding(span.line, "not UTF-8", error=True))
    return found


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
