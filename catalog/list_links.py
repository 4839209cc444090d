"""Links of a list: ends that belong to a sentence, counts without a page, http beside https."""

import re
from collections import defaultdict
from collections.abc import Iterator

from catalog.markdown.findings import Edit, Finding, line_in
from catalog.markdown.listfile import ListFile
from catalog.markdown.spans import Span

_ADDRESS = rb"(?:[^()\s]|\([^()\s]*\))*"
_LINK = re.compile(
    rb"(?:\[(?P<label>[^\[\]\n]*))?\]\((?P<url>https?://" + _ADDRESS + rb")\)", re.IGNORECASE
)
_COUNT = re.compile(rb"\[\*\*(?P<count>\d+)\*\*\]\(None\)")
_WEB = re.compile(rb"(?P<scheme>https?)://(?:www\.)?(?P<host>[\w.-]+)", re.IGNORECASE)
_ENDS = b".,"
# The list's own form writes arXiv with http, whatever else the file does.
_ALWAYS_BOTH = ("arxiv.org",)


def check_links(parsed: ListFile) -> list[Finding]:
    """What is wrong with links of items, in the order of the file."""
    found = []
    for span in parsed.spans:
        if span.kind in ("entry", "text"):
            found += [*_ends(span), *_counts(span)]
    return [*found, *_mixed(parsed)]


def _ends(span: Span) -> Iterator[Finding]:
    line = line_in(span)
    for match in _LINK.finditer(span.raw):
        if match["url"].endswith((b".", b",")):
            yield Finding(
                line(match.start()),
                f"the link {match['url'].decode('utf-8', 'replace')} ends in a punctuation mark",
                error=True,
                name="link-end",
                do="take the mark away",
                edits=tuple(_without_end(span, match)),
            )


def _without_end(span: Span, match: re.Match[bytes]) -> Iterator[Edit]:
    """Also in the text of a link that repeats the end of its address."""
    label, last = match["label"] or b"", match["url"].rpartition(b"/")[2]
    if label.strip(b"*") == last:
        at = span.start + match.start("label") + label.index(last)
        yield at, at + len(last), last.rstrip(_ENDS)
    end = span.start + match.end("url")
    yield end - len(match["url"]) + len(match["url"].rstrip(_ENDS)), end, b""


def _counts(span: Span) -> Iterator[Finding]:
    line = line_in(span)
    for match in _COUNT.finditer(span.raw):
        yield Finding(
            line(match.start()),
            f"{match['count'].decode()} citations without a page that says so",
            error=True,
            name="count-without-page",
            do="give the page, or write [**-1**](None)",
        )


def _mixed(parsed: ListFile) -> Iterator[Finding]:
    """A host that is linked in both ways: one note, where the rarer way stands first."""
    lines: dict[str, dict[str, list[int]]] = defaultdict(lambda: {"http": [], "https": []})
    for span, _ in parsed.items:
        line = line_in(span)
        for match in _WEB.finditer(span.raw):
            host = match["host"].decode("utf-8", "replace").lower()
            lines[host][match["scheme"].decode().lower()].append(line(match.start()))
    for host, ways in lines.items():
        if all(ways.values()) and host not in _ALWAYS_BOTH:
            rare, usual = sorted(ways, key=lambda way: len(ways[way]))
            what = f"{host} is linked by {rare} here ({len(ways[rare])} times in all) "
            what += f"and by {usual} elsewhere ({len(ways[usual])} times)"
            yield Finding(ways[rare][0], what, name="http-and-https", do="use one of the two")
