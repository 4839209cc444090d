"""
The works that a text names by address: papers first, then other pages.

An entry's identity is the first key: its arXiv paper in any spelling, else its page at a
publisher, else the first other address.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from catalog.address import identity, usual_repository, work_key
from catalog.arxiv_id import ArxivId, find_all
from catalog.paper import is_paper_key, paper_key
from catalog.publishers import PUBLISHERS
from config.patterns import lazy_regex

_WEB = lazy_regex(r"https?://[^\s<>\"\]|]{1,2000}", re.IGNORECASE)
# A link to a paper without "https://", which a forge takes for a file of the repository.
_BARE = lazy_regex(r"(?<=\]\()(?:www\.)?arxiv\.org/[^\s<>()\"]{1,200}", re.IGNORECASE)
_PUBLISHED = lazy_regex(rf"link:https?://(?:[\w.-]*\.)?(?:{PUBLISHERS})/", re.IGNORECASE)
_CODE = lazy_regex(
    r"link:https?://(?:github\.com|gitlab\.com|gitee\.com|huggingface\.co|colab\.|twitter\.com|x\.com|"
    r"youtube\.com|youtu\.be|img\.shields\.io|bilibili\.com)",
    re.IGNORECASE,
)
_IMAGE = lazy_regex(r"!\[[^\[\]]{0,400}\]\([^()\s]{0,1000}\)|<img\b[^<>]{0,1000}>", re.IGNORECASE)
_REFERENCE = lazy_regex(r"\[(?P<text>[^\[\]]{1,400})\](?:\[(?P<name>[^\[\]]{0,200})\])?(?!\()")
# The spelling of nearly all addresses of papers and code, read without taking them apart.
_USUAL = lazy_regex(
    r"https?://arxiv\.org/(?:abs|pdf)/(?P<yymm>\d\d(?:0[1-9]|1[0-2]))\.(?P<number>\d{5})"
    r"(?:v[1-9]\d?)?(?:\.pdf)?"
    r"|https?://github\.com/(?P<owner>[A-Za-z0-9-]{1,39})/(?P<repo>[A-Za-z0-9_-]{1,100})/?",
    re.ASCII,
)
_NAMED = lazy_regex(r"rxiv[:.](?!org\b)", re.IGNORECASE)
# Five digits after a month, in emphasis, code or brackets, are hardly any other number.
_MARKED = lazy_regex(
    r"(?:[*_`(\[]|arxiv[ ,]{1,2})(?P<id>\d\d(?:0[1-9]|1[0-2])\.\d{5}(?:v\d{1,2})?)"
    r"(?=[*_`)\],]|\s*$)",
    re.IGNORECASE | re.MULTILINE,
)
_PDF = lazy_regex(r"\.pdf$|/pdf(?:/|\?|$)", re.IGNORECASE)


@lru_cache(maxsize=8192)
def key_at(url: str) -> str | None:
    """The identity of the work at an address, one for all its spellings; None for no web page."""
    url = url.strip()
    usual = _USUAL.fullmatch(url)
    if usual and usual["owner"]:
        known = usual_repository(usual["owner"], usual["repo"])
        if known:
            return known
    if usual and usual["yymm"] and "1501" <= usual["yymm"] < "9101" and usual["number"] != "00000":
        return paper_key(f"{usual['yymm']}.{usual['number']}")
    if url[:4].lower() != "http":
        url = f"https://{url}" if re.match(r"(?:[\w-]+\.)+[a-z]{2,}/\S", url) else url
    key = work_key(url)
    return identity(key) if key else None


def ranked(keys: Iterable[str]) -> tuple[str, ...]:
    """Each key once, those of papers first; the order stays among equals."""
    return tuple(sorted(dict.fromkeys(keys), key=_rank))


def is_published(key: str) -> bool:
    """Whether the key is that of a paper: arXiv's, or the page of one at a publisher."""
    return is_paper_key(key) or bool(_PUBLISHED.match(key))


def arxiv_keys(text: str) -> list[str]:
    """The keys of all arXiv papers that a text names, by address or as "arXiv:2405.12345"."""
    keys = (key_at(_closed(match[0])) for match in _WEB.finditer(text))
    return [*(key for key in keys if key and is_paper_key(key)), *named_ids(text)]


def named_ids(text: str) -> list[str]:
    """The keys of the arXiv papers that running text names: "arXiv:2405.12345"."""
    # Addresses are read as such; this is about ids in the text.
    if not _NAMED.search(text):
        return []
    return [paper_key(arxiv_id.base) for arxiv_id in find_all(text)]


def _rank(key: str) -> int:
    if is_paper_key(key):
        return 0
    if _PUBLISHED.match(key):
        return 1
    if _PDF.search(key):
        return 2
    return 4 if _CODE.match(key) else 3


def keys_in(text: str, references: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of all works that a text of Markdown names; pictures don't count."""
    shown = _IMAGE.sub("", text) if "!" in text or "<" in text else text
    addresses = list(_WEB.finditer(shown))
    # An address that is the words of a link comes after the one that the link leads to.
    addresses.sort(key=lambda match: shown.startswith("](", match.end()))
    keys = [key for match in addresses if (key := key_at(_closed(match[0])))]
    keys += [key for match in _BARE.finditer(shown) if (key := key_at(match[0]))]
    if references:
        keys += _referred(shown, references)
    return ranked([*keys, *named_ids(shown)]) or _marked_ids(shown)


def _marked_ids(text: str) -> tuple[str, ...]:
    """The ids that a text without any address sets off by marks alone: ``*2411.04965*``."""
    if "://" in text:
        return ()
    ids = (ArxivId.parse(match["id"]) for match in _MARKED.finditer(text))
    return ranked(paper_key(arxiv_id.base) for arxiv_id in ids if arxiv_id)


def _closed(url: str) -> str:
    """An address of running text without what belongs to the sentence: ``)``, ``.``, ``**``."""
    cut = url.find(")")
    while cut >= 0 and url.count("(", 0, cut) >= url.count(")", 0, cut + 1):
        cut = url.find(")", cut + 1)
    return (url[:cut] if cut >= 0 else url).rstrip(".,;:!?'*_`\\")


def _referred(text: str, references: Mapping[str, str]) -> list[str]:
    keys = []
    for match in _REFERENCE.finditer(text):
        url = references.get(" ".join((match["name"] or match["text"]).split()).casefold())
        key = key_at(url) if url else None
        if key:
            keys.append(key)
    return keys
