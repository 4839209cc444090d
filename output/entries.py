"""The list entry of a paper or a link."""

from collections.abc import Sequence
from dataclasses import replace

from catalog.address import Address, label_for, repository
from catalog.facts import Fact
from catalog.markdown.entry import STAR, Citation, Entry, Extra, entry_for
from catalog.paper import Link, Paper


def entry_of(paper: Paper, *, citation: Fact | None = None, code: Fact | None = None) -> Entry:
    """The entry of a paper, with its citations and its code."""
    cited = citation is not None and citation.count >= 1 and citation.url is not None
    pair = Citation(citation.count, citation.url) if citation and cited else None
    extras = []
    if code is not None and code.url:
        owner, _, name = code.value.partition("/")
        extras.append(Extra("repo", name, code.url, owner))
    return entry_for(paper, citation=pair, extras=extras)


def entry_of_link(
    link: Link, url: str, extras: Sequence[Extra] = (), *, starred: bool = False
) -> Entry:
    """The entry of a link: a repository with its tagline, a video with its symbol in front."""
    return Entry(
        kind="link",
        section=None,
        title=link.title,
        starred=starred,
        prefix=":clapper: " if link.kind == "video" else "",
        url=url,
        extras=tuple(extras),
        note=tagline(link) if link.kind == "repository" else None,
    )


def tagline(link: Link) -> str | None:
    """The first paragraph of a repository's description; the rest is from its README."""
    return (link.description or "").partition("\n\n")[0] or None


def with_extras(entry: Entry, extras: Sequence[Extra]) -> Entry:
    """The entry with further links, each address once."""
    urls = {extra.url for extra in extras}
    own = tuple(extra for extra in entry.extras if extra.url not in urls)
    return replace(entry, extras=(*own, *extras))


def entry_of_paper(
    paper: Paper,
    extras: Sequence[Extra],
    *,
    starred: bool,
    citation: Fact | None = None,
    code: Fact | None = None,
) -> Entry:
    """The entry as a digest would propose it, with the user's additions."""
    entry = with_extras(entry_of(paper, citation=citation, code=code), extras)
    return replace(entry, starred=starred, prefix=f"{STAR} " if starred else "")


def extra_of(address: Address) -> Extra:
    """A further link in the format of the list."""
    names = repository(address.url) if address.kind == "repository" else None
    if names:
        return Extra("repo", names[1], address.url, names[0])
    return Extra("link", label_for(address.url), address.url)
