"""
Everything a curator should mend in a list file, what to do about it, and the simple repairs.

Links of a list: ends that belong to a sentence, counts without a page, http beside https.

Star badges of a list: whether each counts the stars of the repository beside it.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from catalog.address import repository
from catalog.markdown.contents import check_contents
from catalog.markdown.edits import change
from catalog.markdown.entry import Entry
from catalog.markdown.findings import Edit, Finding, called, damage, key_of, line_in, repeats
from catalog.markdown.listfile import ListFile, parse
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

_REPOSITORY = re.compile(rb"\]\((?P<url>https?://(?:www\.)?github\.com/[^()\s]*)\)", re.IGNORECASE)
_BADGE = re.compile(
    rb"(?P<linked>\[)?!\[[^\[\]]*\]\(https?://img\.shields\.io/github/stars/"
    rb"(?P<name>[^()\s]*?)(?:\.svg)?(?:\?[^()?\s]*)?\)",
    re.IGNORECASE,
)

# What `--fix` can do; everything else needs a person.
FIXABLE = ("link-end", "badge", "empty-item")

Better = Callable[[Entry], str | None]


def examine(
    parsed: ListFile, *, titles: Mapping[str, str] | None = None, better: Better | None = None
) -> list[Finding]:
    """
    All findings, in the order of the lines.

    ``titles`` are arXiv's, by id, as far as they are known; ``better`` names the section where
    the rules would rather see an entry, or None.
    """
    found = [
        *damage(parsed),
        *_twice(parsed),
        *_as_extra(parsed),
        *check_contents(parsed),
        *check_links(parsed),
        *check_badges(parsed),
        *_titles(parsed, titles or {}),
        *(_doubts(parsed, better) if better else []),
    ]
    return sorted(found, key=lambda finding: finding.line)


def _twice(parsed: ListFile) -> list[Finding]:
    found = []
    for one in repeats(parsed):
        what = f"{called(one.entry)} stands already on line {one.first.line}"
        if one.together:
            do = "keep one of the two"
            found.append(Finding(one.entry.line, what, error=True, name="duplicate", do=do))
        else:
            what += f', in "{one.first.section}"' if one.first.section else ""
            do = "keep both only if it belongs in both"
            found.append(Finding(one.entry.line, what, name="duplicate-elsewhere", do=do))
    return found


def _as_extra(parsed: ListFile) -> list[Finding]:
    """Links that have an entry of their own and stand with another entry too."""
    with_others: dict[str, Entry] = {}
    for entry in parsed.entries:
        for extra in entry.extras:
            with_others.setdefault(key_of(replace(entry, arxiv_id=None, url=extra.url)), entry)
    found = []
    for entry in parsed.entries:
        other = with_others.get(key_of(entry))
        if other and other is not entry:
            what = f'{called(entry)} stands already with "{other.title}" on line {other.line}'
            do = "keep both only if it says more here"
            found.append(Finding(entry.line, what, name="duplicate-extra", do=do))
    return found


def _titles(parsed: ListFile, titles: Mapping[str, str]) -> list[Finding]:
    found = []
    for entry in parsed.entries:
        known = titles.get(entry.arxiv_id or "") if entry.kind == "paper" else None
        if known and " ".join(known.split()) != " ".join(entry.title.split()):
            what = f'arXiv calls {entry.arxiv_id} "{known}"'
            do = "take arXiv's title, if the paper has a new one"
            found.append(Finding(entry.line, what, name="title", do=do))
    return found


def _doubts(parsed: ListFile, better: Better) -> list[Finding]:
    found = []
    for entry in parsed.entries:
        section = better(entry) if entry.section and entry.kind == "paper" else None
        if section:
            what = f'the rules would put it in "{section}", not in "{entry.section}"'
            do = "move it, or add a word to the rules"
            found.append(Finding(entry.line, what, name="section", do=do))
    return found


def mend(data: bytes, kind: str, *, name: str = "the list") -> tuple[bytes, list[Finding]]:
    """The file with one kind of finding mended, and what was mended; other lines stay."""
    mended = [one for one in examine(parse(data)) if one.name == kind and one.edits]
    return change(data, [edit for one in mended for edit in one.edits], name=name), mended


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


def check_badges(parsed: ListFile) -> list[Finding]:
    """Badges of other repositories, and badges that GitHub's addresses have spoilt."""
    return [finding for span, _ in parsed.items for finding in _check(span)]


def _check(span: Span) -> Iterator[Finding]:
    line = line_in(span)
    for badge, link in _pairs(span.raw):
        found = repository(link["url"].decode("utf-8", "replace"))
        shown = badge["name"].decode("utf-8", "replace")
        wanted = "/".join(found) if found else shown
        if shown.casefold() == wanted.casefold():
            continue
        start, end = badge.span("name")
        yield Finding(
            line(badge.start()),
            f"the badge shows the stars of {shown}, the link leads to {wanted}",
            error=True,
            name="badge",
            do="make the badge that of the repository",
            edits=((span.start + start, span.start + end, wanted.encode()),),
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
