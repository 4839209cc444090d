"""
One item of a list, and what it means: the paper or link, its star, its citations, its extras.

``Entry`` is what ``list entries --json`` prints and ``list render`` reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from catalog.errors import UsageTrouble
from catalog.paper import Paper

STAR = "🌟"
STARS = (STAR, ":star2:")


@dataclass(frozen=True, slots=True)
class Extra:
    """
    A further link of an entry: a code repository (with owner) or anything else.

    ``apart`` says that it stands in a paragraph of its own, below the authors.
    """

    kind: Literal["repo", "link"]
    label: str
    url: str
    owner: str | None = None
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """The pair at the end of a paper's entry; ``count`` None where the list says -1."""

    count: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """
    An item that was understood.

    ``authors`` are the names shown; ``elided`` says that ``...`` stands among them. ``prefix``
    is what stands before the title, blank included. ``note`` is the tagline of a link, or the
    lines below a paper that are neither authors nor extras. ``raw`` is the item as it stands.
    """

    kind: Literal["paper", "link"]
    section: str | None
    title: str
    arxiv_id: str | None = None
    version: int | None = None
    authors: tuple[str, ...] = ()
    elided: bool = False
    venue: str | None = None
    citation: Citation = Citation()
    starred: bool = False
    prefix: str = ""
    url: str | None = None
    extras: tuple[Extra, ...] = ()
    note: str | None = None
    line: int = 0
    raw: str = ""


def entry_for(
    paper: Paper,
    *,
    section: str | None = None,
    citation: Citation | None = None,
    extras: Sequence[Extra] = (),
    starred: bool = False,
) -> Entry:
    """The entry a curator would have typed for this paper."""
    return Entry(
        kind="paper",
        section=section,
        title=paper.title,
        arxiv_id=paper.arxiv_id,
        version=paper.version,
        authors=elide(paper.authors),
        elided=len(paper.authors) > 3,
        venue="arXiv",
        citation=citation or Citation(),
        starred=starred,
        prefix=f"{STAR} " if starred else "",
        url=f"http://arxiv.org/abs/{paper.arxiv_id}v{paper.version}",
        extras=tuple(extras),
    )


def elide(authors: Sequence[str]) -> tuple[str, ...]:
    """The names the list shows: up to three all, else the first three and the last one or two."""
    if len(authors) <= 3:
        return tuple(authors)
    last = min(2, len(authors) - 3)
    return (*authors[:3], *authors[-last:])


def entry_json(entry: Entry) -> dict[str, Any]:
    """The row of ``list entries --json``."""
    return {
        "kind": entry.kind,
        "section": entry.section,
        "title": entry.title,
        "arxiv_id": entry.arxiv_id,
        "version": entry.version,
        "authors": list(entry.authors),
        "elided": entry.elided,
        "venue": entry.venue,
        "citation": {"count": entry.citation.count, "url": entry.citation.url},
        "starred": entry.starred,
        "prefix": entry.prefix,
        "url": entry.url,
        "extras": [_extra_json(extra) for extra in entry.extras],
        "note": entry.note,
        "line": entry.line,
        "raw": entry.raw,
    }


def entry_from_json(row: object) -> Entry:
    """Read such a row; ``raw`` and ``line`` are ignored, missing fields are empty."""
    fields = _object(row, "the row")
    kind = fields.get("kind") or ("paper" if fields.get("arxiv_id") else "link")
    if kind not in ("paper", "link"):
        raise UsageTrouble("", f"kind is {kind!r}", 'write "paper" or "link"')
    citation = _object(fields.get("citation") or {}, "citation")
    prefix = _text(fields, "prefix") or ""
    return Entry(
        kind="paper" if kind == "paper" else "link",
        section=_text(fields, "section"),
        title=_text(fields, "title") or "",
        arxiv_id=_text(fields, "arxiv_id"),
        version=_number(fields, "version"),
        authors=tuple(str(name) for name in _list(fields, "authors")),
        elided=bool(fields.get("elided")),
        venue=_text(fields, "venue"),
        citation=Citation(_number(citation, "count"), _text(citation, "url")),
        starred=bool(fields.get("starred", any(star in prefix for star in STARS))),
        prefix=prefix,
        url=_text(fields, "url"),
        extras=tuple(_extra(extra) for extra in _list(fields, "extras")),
        note=_text(fields, "note"),
    )


def _extra_json(extra: Extra) -> dict[str, Any]:
    row: dict[str, Any] = {
        "kind": extra.kind,
        "label": extra.label,
        "url": extra.url,
        "owner": extra.owner,
    }
    return {**row, "apart": True} if extra.apart else row


def _extra(row: object) -> Extra:
    fields = _object(row, "an extra")
    owner = _text(fields, "owner")
    return Extra(
        kind="repo" if fields.get("kind", "repo" if owner else "link") == "repo" else "link",
        label=_text(fields, "label") or "",
        url=_text(fields, "url") or "",
        owner=owner,
        apart=bool(fields.get("apart")),
    )


def _object(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageTrouble("", f"{what} is not an object", "")
    return value


def _list(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name) or []
    if not isinstance(value, list):
        raise UsageTrouble("", f"{name} is not a list", "")
    return value


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise UsageTrouble("", f"{name} is {value!r}", "it must be a text or null")
    return value


def _number(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise UsageTrouble("", f"{name} is {value!r}", "it must be a whole number or null")
    return value
