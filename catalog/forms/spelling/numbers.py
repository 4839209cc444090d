"""
The numbers that entries begin with, in numbered lists, headings, rows and tables of HTML.

One may be the name of the tag that an entry begins with: `- <span id="7">A Title</span>`.
"""

import re

from catalog.forms.spelling.rows import may_be_row
from config.patterns import lazy_regex

_NUMBER = lazy_regex(r"(?P<lead>[ \t]*(?:#{1,6}[ \t]+)?)(?P<number>\d{1,9})(?=[.)])")
_ROW_NUMBER = lazy_regex(r"(?P<lead>[ \t]*\|?[ \t]*)(?P<number>\d{1,9})(?=[ \t]*\|)")
_TAG_NUMBER = lazy_regex(
    r"(?P<lead>\s*<tr\b[^<>]*>\s*<t[dh]\b[^<>]*>\s*(?=\d+\s*</t[dh]>)|"
    r"[ \t]*(?:[-*+][ \t]+)?<(?:span|a|p)[ ]+(?:id|name)[ ]*=[ ]*[\"'](?=\d+[\"']))"
    r"(?P<number>\d{1,9})",
    re.IGNORECASE,
)
_LEADING_NUMBER = re.compile(
    rb"(?P<lead>[ \t]*(?:#{1,6}[ \t]+)?)(?:\d{1,9}(?=[.)])|\|?[ \t]*\d{1,9}(?=[ \t]*\|)|"
    rb"<tr\b[^<>]*>\s*<t[dh]\b[^<>]*>\s*\d{1,9}(?=\s*</t[dh]>)|"
    rb"(?:[-*+][ \t]+)?<(?:span|a|p)[ ]+(?:id|name)[ ]*=[ ]*[\"']\d{1,9}(?=[\"']))",
    re.IGNORECASE,
)


def number_of(text: str, *, row: bool) -> re.Match[str] | None:
    if row:
        return _ROW_NUMBER.match(text)
    return _TAG_NUMBER.match(text) or _NUMBER.match(text)


def numbered(text: str, number: int) -> str:
    """The entry with this number; one without a number has none, whatever its address has."""
    match = number_of(text, row=may_be_row(text))
    return f"{match['lead']}{number}{text[match.end() :]}" if match else text


def without_number(raw: bytes) -> bytes:
    """An entry without its number, which later entries may have moved."""
    raw = raw.strip()
    match = _LEADING_NUMBER.match(raw)
    return match["lead"] + raw[match.end() :] if match else raw


def in_tag(text: str) -> bool:
    """Whether the number stands in the first cell of a row of HTML, or is the name of a tag."""
    return _TAG_NUMBER.match(text) is not None
