"""
Names of authors, alike from every source.

Feeds and OAI-PMH have all names in one text, the query API one by one. An affiliation follows a
name in brackets, and is left out; brackets within a name (``Jing (Jane) Wu``) are part of it.
"""

import re
from collections.abc import Iterator

_OPENING, _CLOSING = "([（", ")]）"
_AND = re.compile(r",?\s+and\s+")
_BRACKET = re.compile(f"[{re.escape(_OPENING + _CLOSING)}]")


def split_names(text: str) -> Iterator[str]:
    """Names out of one text, separated by commas; commas within brackets separate nobody."""
    if not _BRACKET.search(text):
        yield from filter(None, (person_name(name) for name in text.split(",")))
        return
    pairs = _pairs(text)
    closing = set(pairs.values())
    depth = start = 0
    for place, letter in enumerate(text):
        depth += (place in pairs) - (place in closing)
        if letter == "," and depth == 0:
            yield from filter(None, [person_name(text[start:place])])
            start = place + 1
    yield from filter(None, [person_name(text[start:])])


def _pairs(text: str) -> dict[int, int]:
    """Where each bracket opens and closes; one without its other half holds nothing together."""
    opened: list[int] = []
    pairs: dict[int, int] = {}
    for place, letter in enumerate(text):
        if letter in _OPENING:
            opened.append(place)
        elif letter in _CLOSING and opened:
            pairs[opened.pop()] = place
    return pairs


def split_sentence(text: str) -> Iterator[str]:
    """Names out of one text that has ``and`` before the last of them."""
    return split_names(_AND.sub(", ", text))


def person_name(text: str) -> str:
    """One name on one line, without the brackets that follow it; empty where there is none."""
    if not _BRACKET.search(text):
        return " ".join(text.split())
    parts = list(_parts(text))
    while len(parts) > 1 and (parts[-1][0] in _OPENING or not parts[-1].strip()):
        if not any(part.strip() for part in parts[:-1]):
            break
        parts.pop()
    return " ".join("".join(parts).split())


def _parts(text: str) -> Iterator[str]:
    """Plain text and whole brackets in turn; a bracket that nobody opened is left out."""
    depth, part = 0, ""
    for letter in text:
        if letter in _OPENING:
            if depth == 0 and part:
                yield part
                part = ""
            depth += 1
        elif letter in _CLOSING:
            if depth == 0:
                continue
            depth -= 1
            if depth == 0:
                yield part + letter
                part = ""
                continue
        part += letter
    if part:
        yield part
