"""Everything a curator should mend in a list file, what to do about it, and the simple repairs."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from catalog.list_badges import check_badges
from catalog.list_links import check_links
from catalog.markdown.contents import check_contents
from catalog.markdown.edits import change
from catalog.markdown.entry import Entry
from catalog.markdown.findings import Finding, called, damage, key_of, repeats
from catalog.markdown.listfile import ListFile, parse

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


def mend(data: bytes, kind: str, *, name: str = "the list") -> tuple[bytes, list[Finding]]:
    """The file with one kind of finding mended, and what was mended; other lines stay."""
    mended = [one for one in examine(parse(data)) if one.name == kind and one.edits]
    return change(data, [edit for one in mended for edit in one.edits], name=name), mended


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
