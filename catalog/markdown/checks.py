"""
All checks of a list file, each finding with what to do about it, and the automatic repairs.

Besides duplicates, titles and sections, it checks links (ends that belong to a sentence, counts
without a page, http mixed with https) and star badges (each must be that of its repository).
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from catalog.address import repository
from catalog.arxiv_id import is_misspelt
from catalog.markdown.contents import check_contents
from catalog.markdown.edits import apply_edits
from catalog.markdown.entry import Entry
from catalog.markdown.findings import (
    Edit,
    Finding,
    called,
    damage,
    key_of,
    line_in,
    other_title,
    repeats,
)
from catalog.markdown.listfile import ListFile, parse
from catalog.markdown.spans import Span
from config.patterns import lazy_regex

_ADDRESS = rb"(?:[^()\s]|\([^()\s]*\))*"
_LINK = lazy_regex(
    rb"(?:\[(?P<label>[^\[\]\n]*))?\]\((?P<url>https?://" + _ADDRESS + rb")\)", re.IGNORECASE
)
_COUNT = lazy_regex(rb"\[\*\*(?P<count>\d+)\*\*\]\(None\)")
_WEB = lazy_regex(rb"(?P<scheme>https?)://(?:www\.)?(?P<host>[\w.-]+)", re.IGNORECASE)
_ENDS = b".,"
# The list's own format writes arXiv links with http, so both occur.
_ALWAYS_BOTH = ("arxiv.org",)

_REPOSITORY = lazy_regex(rb"\]\((?P<url>https?://(?:www\.)?github\.com/[^()\s]*)\)", re.IGNORECASE)
_BADGE = lazy_regex(
    rb"(?P<linked>\[)?!\[[^\[\]]*\]\(https?://img\.shields\.io/github/stars/"
    rb"(?P<name>[^()\s]*?)/?(?:\.svg)?(?:\?[^()?\s]*)?\)",
    re.IGNORECASE,
)

# Findings that `--fix` can repair; the rest need a person.
FIXABLE = ("link-end", "badge", "empty-item")

Better = Callable[[Entry], str | None]


def examine(
    parsed: ListFile, *, titles: Mapping[str, str] | None = None, better: Better | None = None
) -> list[Finding]:
    """
    All findings, in the order of the lines.

    ``titles`` are arXiv's titles by id, where available; ``better`` gives the section that the
    rules prefer for an entry, or None.
    """
    findings = [
        *damage(parsed),
        *_twice(parsed),
        *_as_extra(parsed),
        *check_contents(parsed),
        *check_links(parsed),
        *check_badges(parsed),
        *_titles(parsed, titles or {}),
        *(_doubts(parsed, better) if better else []),
    ]
    return sorted(findings, key=lambda finding: finding.line)


def _twice(parsed: ListFile) -> list[Finding]:
    findings = []
    for repeat in repeats(parsed):
        what = f"{called(repeat.entry)} is already on line {repeat.first.line}"
        if repeat.together:
            do = "keep one of the two"
            if parsed.foreign and other_title(repeat):
                what += f', as "{repeat.first.title}"'
                do = "correct the address of one of the two"
            findings.append(Finding(repeat.entry.line, what, error=True, name="duplicate", do=do))
        else:
            what += f', in "{repeat.first.section}"' if repeat.first.section else ""
            do = "keep both only if it belongs in both"
            findings.append(Finding(repeat.entry.line, what, name="duplicate-elsewhere", do=do))
    return findings


def _as_extra(parsed: ListFile) -> list[Finding]:
    """Links with an entry of their own that are an extra of another entry too."""
    extra_of: dict[str, Entry] = {}
    entries = _linked_twice(parsed) if parsed.foreign else parsed.entries
    for entry in entries:
        for extra in entry.extras:
            extra_of.setdefault(key_of(replace(entry, arxiv_id=None, url=extra.url)), entry)
    findings = []
    for entry in entries:
        holder = extra_of.get(key_of(entry))
        if holder and holder is not entry:
            what = f'{called(entry)} is already an extra of "{holder.title}" on line {holder.line}'
            do = "keep both only if this entry says more"
            findings.append(Finding(entry.line, what, name="duplicate-extra", do=do))
    return findings


def _linked_twice(parsed: ListFile) -> list[Entry]:
    """The entries of works that other entries link, and those others: all else needs no parts."""
    own = {item.keys[0] for item in parsed.items if item.keys}
    both = own & {key for item in parsed.items for key in item.keys[1:]}
    linked = (item for item in parsed.items if not both.isdisjoint(item.keys))
    return [item.entry for item in linked if item.entry]


def _titles(parsed: ListFile, titles: Mapping[str, str]) -> list[Finding]:
    if not titles:
        return []
    findings = []
    for entry in parsed.entries:
        official = titles.get(entry.arxiv_id or "") if entry.kind == "paper" else None
        if official and " ".join(official.split()) != " ".join(entry.title.split()):
            what = f'arXiv calls {entry.arxiv_id} "{official}"'
            do = "use arXiv's title, if the paper was renamed"
            findings.append(Finding(entry.line, what, name="title", do=do))
    return findings


def _doubts(parsed: ListFile, better: Better) -> list[Finding]:
    findings = []
    for entry in parsed.entries:
        section = better(entry) if entry.section and entry.kind == "paper" else None
        if section:
            what = f'the rules would put it in "{section}", not in "{entry.section}"'
            do = "move it, or add a word to the rules"
            findings.append(Finding(entry.line, what, name="section", do=do))
    return findings


def mend(data: bytes, kind: str, *, name: str = "the list") -> tuple[bytes, list[Finding]]:
    """The file with one kind of finding repaired, and the repaired findings."""
    mended = [finding for finding in examine(parse(data)) if finding.name == kind and finding.edits]
    return apply_edits(
        data, [edit for finding in mended for edit in finding.edits], name=name
    ), mended


def check_links(parsed: ListFile) -> list[Finding]:
    """Findings about links of items, in the order of the file."""
    findings = []
    for span in parsed.spans:
        if span.kind in ("entry", "text"):
            findings += [*_ends(span), *_misspelt(span), *_counts(span)]
    return [*findings, *_mixed(parsed)]


def _ends(span: Span) -> Iterator[Finding]:
    line = line_in(span)
    for match in _LINK.finditer(span.raw):
        if match["url"].endswith((b".", b",")):
            yield Finding(
                line(match.start()),
                f"the link {match['url'].decode('utf-8', 'replace')} ends in a punctuation mark",
                error=True,
                name="link-end",
                do="remove it",
                edits=tuple(_without_end(span, match)),
            )


def _misspelt(span: Span) -> Iterator[Finding]:
    """Links to a paper at arXiv whose id is none: the page doesn't exist."""
    line = line_in(span)
    for match in _LINK.finditer(span.raw):
        url = match["url"].decode("utf-8", "replace")
        if is_misspelt(url):
            yield Finding(
                line(match.start()),
                f"the link {url[:200]} names no paper of arXiv",
                error=True,
                name="arxiv-id",
                do="write the paper's id: year and month, a stop, five digits (four until 2014)",
            )


def _without_end(span: Span, match: re.Match[bytes]) -> Iterator[Edit]:
    """Remove the mark, also from link text that repeats the end of the address."""
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
            f"{match['count'].decode()} citations without a page that shows them",
            error=True,
            name="count-without-page",
            do="add the page, or write [**-1**](None)",
        )


def _mixed(parsed: ListFile) -> Iterator[Finding]:
    """One note for each host with both schemes, at the first link with the rarer one."""
    lines: dict[str, dict[str, list[int]]] = defaultdict(lambda: {"http": [], "https": []})
    for item in parsed.items:
        line = line_in(item.span)
        for match in _WEB.finditer(item.raw):
            host = match["host"].decode("utf-8", "replace").lower()
            lines[host][match["scheme"].decode().lower()].append(line(match.start()))
    for host, ways in lines.items():
        if all(ways.values()) and host not in _ALWAYS_BOTH:
            rare, usual = sorted(ways, key=lambda way: len(ways[way]))
            what = f"{host} is linked with {rare} here ({len(ways[rare])} times in all) "
            what += f"and with {usual} elsewhere ({len(ways[usual])} times)"
            yield Finding(ways[rare][0], what, name="http-and-https", do="use one of the two")


def check_badges(parsed: ListFile) -> list[Finding]:
    """Badges that show another repository than their link."""
    return [finding for item in parsed.items for finding in _check(item.span)]


def _check(span: Span) -> Iterator[Finding]:
    line = line_in(span)
    for badge, link in _pairs(span.raw):
        linked = repository(link["url"].decode("utf-8", "replace"))
        shown = badge["name"].decode("utf-8", "replace")
        expected = "/".join(linked) if linked else shown
        if shown.casefold() == expected.casefold():
            continue
        start, end = badge.span("name")
        yield Finding(
            line(badge.start()),
            f"the badge shows the stars of {shown}, the link leads to {expected}",
            error=True,
            name="badge",
            do="use the badge of that repository",
            edits=((span.start + start, span.start + end, expected.encode()),),
        )


def _pairs(raw: bytes) -> Iterator[tuple[re.Match[bytes], re.Match[bytes]]]:
    """Each badge with the link around it, or else with the last one before it."""
    links = list(_REPOSITORY.finditer(raw))
    starts = [link.start() for link in links]
    for badge in _BADGE.finditer(raw):
        after = bisect_left(starts, badge.end())
        if badge["linked"]:
            if after < len(links) and starts[after] == badge.end():
                yield badge, links[after]
        elif after:
            yield badge, links[after - 1]
