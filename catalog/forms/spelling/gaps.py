"""What goes from an entry with a value that isn't known: its brackets, marks, label and stops."""

import re

from config.patterns import lazy_regex

# Stand in an entry, until it is closed up, for a value that isn't known, and for a part left out.
UNKNOWN, LEFT_OUT = "\x00", "\x01"
_G, _ANY = UNKNOWN, f"[{UNKNOWN}{LEFT_OUT}]"
_MARKER = r"(?:[-*+]|\d{1,9}[.)])"
_LABEL = r"(?:[^\w\n]{0,4}\w[\w ]{0,24}\*{0,2}:\*{0,2})?"
# Where a line ends; where an entry, a line of it, or a cell begins, up to its first word.
_ENDS = r"[ \t]*\\?(?:<br[ ]?/?>)?[ \t]*(?:\n|\Z)"
_BEGINS = r"(?P<begin>(?:\A|\n)[ \t]*(?:[-*+]|\d{1,9}[.)]|#{1,6})?[ \t]*|[\[(|][ ]*|<td>)"
# A link that is called by nothing, or by what says its paper's number: a badge of arXiv.
_NAMELESS = lazy_regex(
    rf"(?P<open>\[(?=\[))?(?<!!)\[(?:!(?:\[[^\[\]\n]*\]|{_ANY})?\([^()\s]*{_G}[^()\s]*\){_ANY}*"
    rf"|arxiv[ :]?{_G}|{_ANY}+)\]"
    rf"\((?P<url>[^()\s]+)\)(?(open)\])|(?P<tag><a href=\"[^\"\n]*\">)[^<>\n]*{_G}[^<>\n]*(?=</a>)",
    re.IGNORECASE,
)
_UNCALLED = lazy_regex(rf"(?<=\[){_G}(?P<url>\(https?://[^()\s]+\))(?=\])")
# Links whose address can't be built.
_BROKEN_LINK = lazy_regex(
    rf"(?:[ ]?[·|,/](?=[ ]?\[))?[ ]?!?\[[^\[\]\n|]*\]\([^()\s]*{_G}[^()\s]*\)"
)
_EMPTY_CELL = lazy_regex(rf"(?<=\|)(?P<before>[ ]*){_ANY}+(?P<behind>[ ]*)(?=\||\Z)")
# What is left out at the beginning or the end of a cell takes the blank along that parts it.
_AT_EDGE = lazy_regex(rf"(?<=\|){LEFT_OUT}+[ ]+|(?<![ ])[ ]+{LEFT_OUT}+(?=\|)")
_STEPS = tuple(
    (lazy_regex(pattern, re.IGNORECASE), instead)
    for pattern, instead in (
        # A part left out at the beginning takes the stop behind it along; elsewhere only a blank.
        (
            rf"(?P<begin>\A[ \t]*{_MARKER}[ \t]+(?:\*\*|[\"“(\[])?){LEFT_OUT}+[.,:;]+[ ]*",
            r"\g<begin>",
        ),
        (rf"(?P<begin>\A(?:\*\*|[\"“(\[])){LEFT_OUT}+[.,:;]+[ ]*", r"\g<begin>"),
        (rf"(?P<blank>[ ]){LEFT_OUT}+[ ]", r"\g<blank>"),
        (rf"{LEFT_OUT}", ""),
        # Parts of one date with the signs between them; others that were cut off, or are unknown.
        (rf"{_G}(?:[ ]?[.,/'’-]?[ ]?{_G})+", _G),
        (rf"{_G},?[ ]*(?:\*et[ ]al\b\.?\*|et[ ]al\b\.?)", _G),
        (rf"[ ]by[ ]{_G}", _G),
        (rf"\b(?:arxiv|preprints?)\b[:,]?[ ]?{_G}", _G),
        (rf"{_G},?[ ]?\barxiv\b(?=[.,*_)]|\Z)", _G),
        # Brackets, marks and tags around nothing.
        (rf"[ ]?(?:\({_G}\)|\[{_G}\](?!\())", _G),
        (rf"(?<![*_`])(?P<mark>\*{{1,3}}|_{{1,3}}|`)[ ]?{_G}(?P<stop>[.,]?)(?P=mark)(?![*_`])", _G),
        (rf"<(?P<tag>em|i|b|u|strong|sub|sup|ins|code)>{_G}</(?P=tag)>", _G),
        (rf"{_G}(?:[ ]?[.,]?[ ]?{_G})+", _G),
        # A line that says nothing else, with its label.
        (
            rf"(?<![ \t])[ \t]*\\?\n[ \t]*(?:[-*+>][ \t]+)?{_LABEL}[ ]*{_G}[ .,*_]*?(?={_ENDS})",
            "",
        ),
        (rf"(?P<bullet>\A[ \t]*{_MARKER}[ ]+){_G}[.,]?[ ]*<br[ ]?/?>\n[ ]*", r"\g<bullet>"),
        # At the beginning the signs behind go, elsewhere those before.
        (rf"{_BEGINS}{_G}[ ]?[.,:;·—–-]*[ ]*", r"\g<begin>"),
        (rf"(?P<before>[.?!][\"”*_]*)[ ]?{_G}[.,]", r"\g<before>"),
        (rf",[ ]?{_G}(?=[.,])", ""),
        (rf"(?<![ ])[ ]*(?:[,;:·—–|-][ ]*)?{_G}(?=[ \n.,;:)\]|\\]|\Z)", ""),
        (rf"[ ]?{_G}", ""),
    )
)


def close_up(text: str, *, row: bool) -> str:
    """
    The text without its signs for what isn't known, and without what stands there for it alone.

    Cells of a row stay, and may be empty.
    """
    if UNKNOWN not in text and LEFT_OUT not in text:
        return text
    if row:
        text = _EMPTY_CELL.sub(r"\g<before>\g<behind>", text)
        text = _AT_EDGE.sub("", text)
    text = _UNCALLED.sub(r"[link]\g<url>", text)
    text = _NAMELESS.sub(lambda match: _named(match, text), text)
    text = _BROKEN_LINK.sub("", text) if UNKNOWN in text else text
    for pattern, instead in _STEPS:
        text = pattern.sub(instead, text)
    return text.removesuffix(" \\")


def _named(match: re.Match[str], text: str) -> str:
    """The link by another name, if nothing else in the text leads there; else nothing."""
    if match["tag"]:
        return f"{match['tag']}link"
    if text.count(f"({match['url']})") > 1:
        return UNKNOWN
    return f"[[link]({match['url']})]" if match["open"] else f"[link]({match['url']})"
