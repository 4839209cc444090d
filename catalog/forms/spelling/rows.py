"""Rows of tables as texts: with bars before the first cell and after the last one, or without."""

from config.patterns import lazy_regex

BAR = lazy_regex(r"(?<!\\)\|")
_TAG = lazy_regex(r"\{\{.*?\}\}|\{%.*?%\}")
_MARKED = lazy_regex(r"\s*(?:(?:[-*+]|\d{1,9}[.)]|#{1,6})[ \t]|<)")
_END = lazy_regex(r"[ \t]*(?<!\\)(?P<bar>\|)\s*\Z")


def may_be_row(text: str) -> bool:
    """
    Whether an entry, or its template, is a row of a table if it stands in one.

    A line with bars and no marker before it is a row in a table, and a paragraph anywhere else.
    """
    line = text.strip()
    if line.startswith("|"):
        return True
    plain = "\n" not in line and not _MARKED.match(line)
    return plain and BAR.search(_TAG.sub("", line)) is not None


def end_of_cells(text: str) -> int:
    """Where the last cell of a row ends: before its closing bar, which some rows don't have."""
    match = _END.search(text)
    if match is None or not match.start():
        return len(text.rstrip())
    # Of the blanks that an empty last cell is, one belongs to the bar, as in the other rows.
    empty = text[: match.start()].endswith("|")
    return max(match.start(), match.start("bar") - 1) if empty else match.start()


def with_first_bar(text: str) -> str:
    return text if text.lstrip().startswith("|") else f"|{text}"


def closed(text: str) -> str:
    """The row with a bar on both sides."""
    return f"{with_first_bar(text[: end_of_cells(text)])} |"
