"""What one line of a list begins or ends: a heading, an item, a table, code, a comment."""

import re

from config.patterns import lazy_regex

_BOM = b"\xef\xbb\xbf"
_HEADING = lazy_regex(rb" {0,3}(#{1,6})(?=[ \t\r\n]|\Z)")
# Tags may stand before it on its line: <div align="center"><h1>. Bounds keep the time linear.
_HTML_HEADING = lazy_regex(
    rb"[ \t]{0,20}(?:<[a-z][^<>]{0,300}>[ \t]{0,9}){0,4}?<h([1-6])\b[^<>]{0,300}>", re.IGNORECASE
)
_END_OF_HEADING = lazy_regex(rb"</h[1-6]\s*>", re.IGNORECASE)
_UNDERLINE = lazy_regex(rb"(?:(=+)|-{3,})[ \t]*\r?\n?")
# A bound on the anchor, because many unclosed ones on one line would each be read to its end.
_TOC = lazy_regex(
    rb"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+[^\[\]\n]{0,40}\[.*\]\(#[^()\s]{0,400}\)"
    rb"[^\[\]()\n]{0,40}\n?"
)
# The first bytes of bullets and numbers.
MARKERS = frozenset(b"-*+0123456789")
_BULLET = lazy_regex(rb"[-*+](?:[ \t]|\xc2\xa0|\r?\n|\Z)")
_NUMBER = lazy_regex(rb"\d{1,9}[.)](?:[ \t]|\xc2\xa0|\r?\n|\Z)")
_RULE = lazy_regex(rb" ?(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})\r?\n?")
_BOLD_LINE = lazy_regex(rb"\*\*[^*]+\*\*[ \t]*\r?\n?")
_FENCE = lazy_regex(rb" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
# Where HTML begins that Markdown leaves alone, and where it ends.
_HTML = lazy_regex(rb" {0,3}<(?:(!--)|(script|pre|style|textarea)\b)", re.IGNORECASE)
_MERGE = lazy_regex(rb"<{7} |={7}\r?\n|>{7} ")
_HTML_ITEM = lazy_regex(rb"[ \t]*<(?:li|tr)\b", re.IGNORECASE)
_HTML_ITEM_END = lazy_regex(rb"</(?:li|tr|ul|ol|table|tbody)\s*>", re.IGNORECASE)
_HTML_BREAK = lazy_regex(
    rb" {0,3}</?(?:details|summary|h[1-6]|div|p|table|ul|ol|center|hr)\b", re.IGNORECASE
)
_DETAILS = lazy_regex(rb"[ \t]{0,9}<details\b", re.IGNORECASE)
_DETAILS_EDGE = lazy_regex(rb"<(/?)details\b", re.IGNORECASE)
_DELIMITERS = lazy_regex(rb"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\r?\n?")
_BOLD_NUMBER = lazy_regex(rb"\*\*\d{1,4}[.)][ \t]*[^\s*]")
# A title in bold, quotes or a link, at the start of a block of lines; a year, date or venue in
# brackets may stand before it.
_TITLED = lazy_regex(
    rb"(?:[\[(][\w .,:'/@&-]{1,40}[\])][ \t]*[-:|]?[ \t]*(?=[\[*_\"\xe2]))?"
    rb"(?:[^\w\s\[\]*`<>|#-]{1,12}[ \t]*)?(?:\[?(?:\*\*|__)\[?|\[|\"|\xe2\x80\x9c)"
    rb"[^\[\]*\n!][^\[\]*\n]{11,600}(?:\*\*|__|\]|\"|\xe2\x80\x9d)"
)
# A citation: "(arXiv:2411.04965) Title", "Poe, A., & Roe, B. (2024). Title", and a line that ends
# in links that are called by what they lead to: "Title - [[Paper]](…) [[Code]](…)".
_CITED = lazy_regex(
    rb"[(\[]arxiv:[ ]?\d{4}\.\d{4,5}(?:v\d)?[)\]][ \t]*[^\s(\[]|"
    rb"(?-i:[A-Z\xc3-\xef][^\s,;()\[\]]{1,30}(?: [A-Z][^\s,;()\[\]]{1,30})?, "
    rb"(?:[A-Z]\.[ -]?){1,4}),?"
    rb"[^\n\[\]|]{0,600}?\((?:19|20)\d\d[a-z]?\)|"
    rb"[^\s<>|!#\[][^\n\[\]|<>]{14,400}[^\n\[\]|<>.!?]\s*[-\xe2\x80\x93\x94:,.]{0,3}[ \t]"
    rb"(?:!?\[\[?(?:paper|pdf|arxiv|code|github|project|website|page|link|official code)\]?\]?"
    rb"\([^()\s]{1,600}\)\]?[ \t,|/]{0,4}){1,8}"
    rb"(?:!\[[^\[\]\n]{0,80}\]\([^()\s]{1,600}\)[ \t]*){0,4}\\?\s*\Z",
    re.IGNORECASE,
)
# A further part of such an entry, below a blank line.
_GOES_ON = lazy_regex(
    rb"(?:\*\*[^*\n]{1,40}:[ \t]*\*\*|\*\*[^*\n]{1,40}\*\*:|[*_][^*_\s]|\[\[|\[!|!\[|"
    rb"<(?:details|img|br|i|em|sub)\b)",
    re.IGNORECASE,
)


def without_mark(line: bytes) -> bytes:
    """The first line of a file without the mark that some editors write there."""
    return line.removeprefix(_BOM)


def indent_of(line: bytes) -> int:
    """The columns of white space a line begins with; tabs go to the next multiple of four."""
    blank = line[: len(line) - len(line.lstrip(b" \t"))]
    return len(blank.expandtabs(4)) if b"\t" in blank else len(blank)


def heading(line: bytes) -> re.Match[bytes] | None:
    return _HEADING.match(line)


def html_heading(line: bytes) -> re.Match[bytes] | None:
    return _HTML_HEADING.match(line)


def closes_heading(line: bytes) -> bool:
    return bool(_END_OF_HEADING.search(line))


def underline_level(line: bytes) -> int:
    """1 or 2 for a line that makes the one above it a heading, else 0."""
    match = _UNDERLINE.fullmatch(line) if line[:1] in b"=-" else None
    return 0 if match is None else 1 if match[1] else 2


def is_contents(line: bytes) -> bool:
    return b"](#" in line and bool(_TOC.fullmatch(line))


def is_item(line: bytes) -> bool:
    """Whether the line, without its indentation, begins with a bullet or a number."""
    first = line[:1]
    if first not in b"-*+" or not first:
        return bool(_NUMBER.match(line))
    if not _BULLET.match(line):
        return False
    return line[1:].lstrip()[:1] != first or not _RULE.fullmatch(line)


def is_html_item(line: bytes) -> bool:
    return bool(_HTML_ITEM.match(line))


def closes_html_item(line: bytes) -> bool:
    return bool(_HTML_ITEM_END.search(line))


def is_details(line: bytes) -> bool:
    return bool(_DETAILS.match(line))


def depth_of_details(line: bytes) -> int:
    """How many foldable parts a line opens, less those it closes."""
    return sum(-1 if edge else 1 for edge in _DETAILS_EDGE.findall(line))


def is_number(line: bytes) -> bool:
    return bool(_NUMBER.match(line))


def is_delimiter_row(line: bytes) -> bool:
    """The line below the headings of a table."""
    return b"|" in line and b"-" in line and bool(_DELIMITERS.fullmatch(line))


def is_bold_number(line: bytes) -> bool:
    """A number in bold, "**1. Title** …", which numbers a block of lines."""
    return bool(_BOLD_NUMBER.match(line))


def is_titled(line: bytes) -> bool:
    return bool(_TITLED.match(line))


def is_cited(line: bytes) -> bool:
    """Whether a line of running text cites one work, and says no more."""
    return bool(_CITED.match(line))


def is_rule(line: bytes) -> bool:
    return bool(_RULE.fullmatch(line))


def unquoted(line: bytes) -> bytes:
    """A line without the mark of a quotation."""
    return line.lstrip()[1:].lstrip(b" \t") if line.lstrip()[:1] == b">" else line


def unindented(line: bytes) -> bytes:
    """A line of running text without the mark of a quotation, and without a few blanks."""
    bare = unquoted(line)
    return bare if bare[:4] == b"    " else bare.lstrip(b" ")


def goes_on(line: bytes) -> bool:
    return bool(_GOES_ON.match(line))


def begins_another(line: bytes) -> bool:
    """A heading, rule, bold line, fence, comment or merge mark needs no blank line before it."""
    return bool(
        _HEADING.match(line)
        or _RULE.fullmatch(line)
        or _BOLD_LINE.fullmatch(line)
        or opens_fence(line)
        or _MERGE.match(line)
        or _HTML_BREAK.match(line)
    )


def ends_item(line: bytes, *, after_blank: bool) -> bool:
    """Whether a line that is no item, and not indented, ends the item above it."""
    first = line.lstrip()[:1]
    if first in b"#`~<_>=-*" and begins_another(line):
        return True
    return after_blank and line[:1] != b" "


def opens_fence(line: bytes) -> bool:
    return bool(_FENCE.match(line) or _HTML.match(line))


def end_of_fence(opening: bytes) -> tuple[re.Pattern[bytes], int]:
    """What closes the block that this line opens, and whether to look from the next line on."""
    fence = _FENCE.match(opening)
    if fence:
        mark = re.escape(fence[1][:1])
        return re.compile(rb"^ {0,3}" + mark + rb"{%d,}[ \t]*\r?\n?$" % len(fence[1])), 1
    match = _HTML.match(opening)
    if match is None or match[1]:
        return re.compile(rb"-->"), 0
    return re.compile(rb"</(?:script|pre|style|textarea)>", re.IGNORECASE), 0
