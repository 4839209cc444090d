"""Writes an entry as the list's curator would have typed it, to the blank at a line's end."""

import re
from urllib.parse import quote

from catalog.address import label_for, repository
from catalog.arxiv_id import ArxivId
from catalog.errors import UsageTrouble
from catalog.markdown.entry import STAR, STARS, Citation, Entry, Extra, elide
from catalog.markdown.text import fold, guard, guard_emphasis, guard_link, guard_start, visible
from config.patterns import lazy_regex

_PREFIX = lazy_regex(r"(?:(?:[^\w\s:\[\]*`<>()!\\-]+|:[a-z0-9_+-]+:)[ \t]+)*")
_SCHEME = lazy_regex(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_UNSAFE = lazy_regex(r"[\s<>\"`\\\x00-\x20\x7f]")
_NOT_IN_LABEL = lazy_regex(r"[\[\]\\`<>*]")
_NOT_IN_OWNER = lazy_regex(r"[^\w.-]")


def render(entry: Entry) -> str:
    """The entry in settled form, without a newline at its end. ``raw`` is ignored."""
    head = _paper_head(entry) if entry.kind == "paper" else _link_head(entry)
    below = _emphasis(entry)
    inline = "".join(_extra(extra) for extra in entry.extras if not extra.apart)
    apart = "".join(_extra(extra) for extra in entry.extras if extra.apart)
    paragraphs = [text for text in (below + inline, apart) if text]
    return head + "".join(f"\n\n\t{text}" for text in paragraphs) + _notes(entry)


def _paper_head(entry: Entry) -> str:
    arxiv_id = ArxivId.parse(entry.arxiv_id or "")
    if arxiv_id is None:
        raise UsageTrouble("", f"{entry.arxiv_id!r} is not an arXiv id", "write one: 2411.04965")
    named = ArxivId(arxiv_id.base, entry.version or arxiv_id.version)
    return (
        f"- {_prefix(entry)}**{_title(entry.title)}**, `{_venue(entry.venue, arxiv_id.base)}`, "
        f"[arxiv](http://arxiv.org/abs/{named}), [pdf](http://arxiv.org/pdf/{named}.pdf), "
        f"cication: {citation_pair(entry.citation)} "
    )


def citation_pair(citation: Citation) -> str:
    """``[**7**](URL)``; a count that is unknown or 0 is shown as -1."""
    if not citation.count or citation.count < 0:
        return "[**-1**](None)"
    return f"[**{citation.count}**]({_address(citation.url or 'None')})"


def _prefix(entry: Entry) -> str:
    """What stands before the title; the star follows ``starred``."""
    prefix = entry.prefix if entry.prefix[-1:] in ("", " ") else f"{entry.prefix} "
    if not _PREFIX.fullmatch(prefix):
        prefix = ""
    has_star = any(star in prefix for star in STARS)
    if entry.starred and not has_star:
        return f"{STAR} {prefix}"
    if has_star and not entry.starred:
        return "".join(f"{word} " for word in prefix.split() if word not in STARS)
    return prefix


def _title(title: str) -> str:
    """Folded as arXiv folds it; the first of several lines ends in a blank."""
    first, *later = fold(visible(title)) or ["Untitled"]
    return guard("\n  ".join([f"{first} " if later else first, *later]))


def _venue(venue: str | None, base: str) -> str:
    shown = visible(venue or "").replace("`", "'")
    return f"arXiv, {base}" if shown in ("", "arXiv") else shown


def _link_head(entry: Entry) -> str:
    url = _address(entry.url or "")
    title = visible(entry.title) or label_for(url)
    prefix = _prefix(entry)
    repo = repository(url)
    if repo and title in (repo[1], url.rstrip("/").rpartition("/")[2]):
        return f"- {prefix}[**{title}**]({url}) - {repo[0]} {_badge(repo[0], title)} "
    return f"- {prefix}[{guard_link(title)}]({url}){_tail(url, prefix)} "


def _tail(url: str, prefix: str) -> str:
    """The sign after a link: a face for Hugging Face, 𝕏 for posts, a clapper for videos."""
    site = re.match(r"https?://(?:www\.|m\.)?([^/?#]+)(/papers/)?", url, re.IGNORECASE)
    host = site[1].lower() if site else ""
    sign = {
        "huggingface.co": "🤗",
        "x.com": "𝕏",
        "youtube.com": ":clapper:",
        "youtu.be": ":clapper:",
        "bilibili.com": ":clapper:",
    }.get(host)
    # A paper page of Hugging Face is a paper, and gets no face.
    if sign is None or sign in prefix or (site and site[2]):
        return ""
    return f"  {sign}"


def _emphasis(entry: Entry) -> str:
    text = visible(entry.note or "") if entry.kind == "link" else _authors(entry)
    return f" *{guard_emphasis(text)}*" if text else ""


def _authors(entry: Entry) -> str:
    """The names as shown; a full list of more than three is elided, an elided one is not again."""
    names = [name for name in map(visible, entry.authors) if name]
    if not entry.elided and len(names) <= 3:
        return ", ".join(names)
    shown = names if entry.elided else elide(names)
    return ", ".join([*shown[:3], "...", *shown[3:]])


def _extra(extra: Extra) -> str:
    url = _address(extra.url)
    if extra.kind == "link":
        return f" · ([{_label(extra.label) or label_for(url)}]({url}))"
    owner, repo = repository(extra.url) or ("", "")
    owner = _NOT_IN_OWNER.sub("", extra.owner or owner)
    label = _label(extra.label) or repo
    return f" · ([{label}]({url}) - {owner}) {_badge(owner, label)}"


def _badge(owner: str, repo: str) -> str:
    address = f"https://img.shields.io/github/stars/{owner}/{_address(repo)}.svg"
    return f"![Star]({address}?style=social&label=Star)"


def _label(label: str) -> str:
    return _NOT_IN_LABEL.sub("", visible(label))


def _address(url: str) -> str:
    """An address that stays inside its brackets and is no script."""
    url = _UNSAFE.sub(lambda match: quote(match[0]), visible(url))
    if url.count("(") != url.count(")") or ")" in url.partition("(")[0] or "((" in url:
        url = url.replace("(", "%28").replace(")", "%29")
    return url.replace(":", "%3A", 1) if _SCHEME.match(url) else url


def _notes(entry: Entry) -> str:
    if entry.kind == "link" or not entry.note:
        return ""
    lines = [visible(line) for line in entry.note.split("\n")]
    return "".join(f"\n\t- {_note(line)}" for line in lines if line)


def _note(line: str) -> str:
    """A curator's own words: links to the web may stay links, and no heading or list begins."""
    safe = re.sub(r"\]\\\((?=https?://)", "](", guard(line))
    return guard_start(safe)
