"""
arXiv identifiers in every spelling people use.

The grammar follows arXiv's own (new style since April 2007, four digits to 2014, five since
2015; old style ``archive/YYMMNNN``, where a subject class is dropped).
"""

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from config.patterns import lazy_regex

_NEW = r"(?P<yymm>\d\d(?:0[1-9]|1[0-2]))\.(?P<num>\d{4,5})(?:[vV](?P<ver>[1-9]\d{0,2}))?"
_OLD = (
    r"(?P<archive>[a-z]+(?:-[a-z]{2,})?)(?:\.[A-Za-z-]{2,})?"
    r"/(?P<oldym>\d\d(?:0[1-9]|1[0-2]))(?P<oldnum>\d{3})(?:[vV](?P<oldver>[1-9]\d{0,2}))?"
)
# ASCII only: digits of other scripts aren't part of an id.
_ID = lazy_regex(f"(?:{_NEW}|{_OLD})", re.ASCII)
_PREFIX = lazy_regex(
    r"^(?:oai:)?(?:arxiv(?:\.org)?:\s*|(?:arxiv preprint )?arxiv(?:[:.]\s*|[ /])(?=\d))",
    re.IGNORECASE,
)
_DOI = lazy_regex(r"^(?:doi:\s*)?10\.48550/arxiv\.", re.IGNORECASE)
# Pages that show exactly one arXiv paper: the host, and the path in front of its id.
_BEFORE_ID = {
    "arxiv.org": r"/(?:abs|pdf|html|ps|src|e-print|format|bibtex|ftp/arxiv/papers/\d{4})/",
    "huggingface.co": "/(?:api/)?papers/",
    "hf.co": "/papers/",
    "alphaxiv.org": "/(?:[a-z]{2}/)?(?:abs|pdf|overview|html|resources)/",
    "ar5iv.org": "/(?:abs|html|pdf)/",
    "arxiv-vanity.com": "/papers/",
    "semanticscholar.org": "/arxiv(?::|/)",
    "scirate.com": "/arxiv/",
    "papers.cool": "/arxiv/",
    "doi.org": r"/10\.48550/arxiv\.",
}
_PAGES = {host: lazy_regex(f"^{path}", re.IGNORECASE) for host, path in _BEFORE_ID.items()}
# Below these paths stand pages of other kinds too: of days, of trends. Ids begin with a digit.
_MIXED = ("huggingface.co", "hf.co", "papers.cool")
# Ids begin and end with a letter or digit: all else around them is of the text they stand in.
_MARKS_BEHIND_ID = lazy_regex(r"[\W_]+$")
_MARKS_BEFORE_ID = lazy_regex(r"^[\W_]+")
# Of one address, behind its id: its version as another part, parameters after a wrong sign, or
# the tag that closed behind it on the page it was copied from.
_BEHIND_ID = lazy_regex(r"/(?=v\d{1,3}$)|[&;?#<>\"].*$", re.IGNORECASE | re.DOTALL)
# What arXiv's own citation puts behind an id: "arXiv:2411.04965v1 [cs.CL]".
_CATEGORY = lazy_regex(r"\s*\[[a-z-]+(?:\.[A-Za-z-]+)?\]$")
_LIKE_AN_ID = lazy_regex(r"\d{4}\.\d{3,6}(?!\d)\S{0,20}", re.ASCII)
# The same pages in running text, doubled slashes and all.
_ADDRESSES = "|".join(
    re.escape(host) + path.replace("/", "/+") + r"(?:arxiv:\s*)?"
    for host, path in _BEFORE_ID.items()
)
_IN_TEXT = lazy_regex(
    rf"(?:{_ADDRESSES}|arxiv[.:]\s*|10\.48550/arxiv\.){_ID.pattern}(?!\d)",
    re.IGNORECASE | re.ASCII,
)
# Addresses that are about one paper, of sites nobody has listed: mirrors of arXiv, archives,
# catalogues, and redirects with a paper's address in them.
_NAMED = lazy_regex(
    rf"(?:{_ADDRESSES}|(?:/(?:abs|pdf|arxiv)/+(?:arxiv[.:])?|/arxiv[:-]|10\.48550/(?:arxiv\.)?)"
    rf"(?=\d{{4}}\.)){_ID.pattern}(?!\w)(?!\.\d)",
    re.IGNORECASE | re.ASCII,
)
# Catalogues that write the stop of an id in another way, or leave it out.
_NAMED_BY_DIGITS = lazy_regex(
    r"(?:/journals/corr/abs-(?P<yymm>\d{4})-|/(?:19|20)\d\darxiv(?P<ads>\d{4}))"
    r"(?P<num>\d{4,5})(?!\d)",
    re.IGNORECASE | re.ASCII,
)
# On these sites every page with an id is about that paper, whatever its path.
_OF_PAPERS = lazy_regex(
    r"https?://(?:[\w-]+\.)*(?:arxiv\.org|alphaxiv\.org|ar5iv\.org|papers\.cool|scirate\.com)"
    r"(?::\d+)?/",
    re.IGNORECASE,
)
_ANY_NEW = lazy_regex(rf"(?<![\w.])(?:arxiv:)?{_NEW}(?!\w)(?!\.\d)", re.IGNORECASE | re.ASCII)


class ArxivId(NamedTuple):
    """An identifier: ``base`` without version; ``version`` is None if it isn't given."""

    base: str
    version: int | None = None

    def __str__(self) -> str:
        return self.base if self.version is None else f"{self.base}v{self.version}"

    @property
    def announced_month(self) -> tuple[int, int]:
        """Year and month of announcement (not submission), from the id."""
        digits = self.base.rpartition("/")[2]
        year = int(digits[:2])
        return (1900 if year >= 91 else 2000) + year, int(digits[2:4])

    @classmethod
    def parse(cls, text: str) -> "ArxivId | None":
        """Read an id, an address of one paper's page, or a DOI; None if it is anything else."""
        text = text.strip()
        # Most are bare ids already.
        match = _ID.fullmatch(text) if text[:1].isdigit() else None
        match = match or _ID.fullmatch(_candidate(text))
        return _build(match) if match else None


def named_in(address: str) -> ArxivId | None:
    """The one paper that an address of any site is about, by the id in it; None for several."""
    text = unquote(unquote(address)).replace("\\", "/")
    site = _OF_PAPERS.match(text)
    found = {_build(match) for match in _NAMED.finditer(text)}
    found |= {_by_digits(match) for match in _NAMED_BY_DIGITS.finditer(text)}
    if site:
        found |= {ArxivId.parse(match[0]) for match in _ANY_NEW.finditer(text)}
        found.add(ArxivId.parse(text[site.end() :]))
    papers = {arxiv_id.base: arxiv_id for arxiv_id in found if arxiv_id}
    return next(iter(papers.values())) if len(papers) == 1 else None


def _by_digits(match: re.Match[str]) -> ArxivId | None:
    return ArxivId.parse(f"{match['yymm'] or match['ads']}.{match['num']}")


def plain_path(path: str) -> str:
    """A path of a web address without doubled slashes and steps to and fro (``/./``, ``/../``)."""
    if "//" in path or "/." in path:
        path = posixpath.normpath(f"/{path.lstrip('/')}") + ("/" if path.endswith("/") else "")
    return path


def is_misspelt(text: str) -> bool:
    """Whether a text is meant as an arXiv id, or as an address of one paper, and names none."""
    text = text.strip()
    if ArxivId.parse(text):
        return False
    if not _is_address(text):
        named = _PREFIX.match(text) or _DOI.match(text)
        return bool(named or _LIKE_AN_ID.fullmatch(text))
    site, rest = _behind_page(text if "://" in text else f"https://{text}")
    return bool(site) and (site not in _MIXED or rest[:1].isdigit())


def find_all(text: str) -> Iterator[ArxivId]:
    """Every arXiv id with a prefix or in an address in running text, in order."""
    for match in _IN_TEXT.finditer(text):
        arxiv_id = _build(match)
        if arxiv_id:
            yield arxiv_id


def _candidate(text: str) -> str:
    """Strip everything around an id: scheme, host, page, prefix, ``.pdf``."""
    if _is_address(text):
        _, text = _behind_page(text if "://" in text else f"https://{text}")
    else:
        text = _PREFIX.sub("", _MARKS_BEFORE_ID.sub("", text))
        text = _MARKS_BEHIND_ID.sub("", _CATEGORY.sub("", _DOI.sub("", text)))
    return text[:-4] if text.lower().endswith(".pdf") else text


def _is_address(text: str) -> bool:
    return bool(
        re.match(r"(?i)https?://", text) or re.match(r"(?i)(?:[\w-]+\.)+(?:org|co|com)\.?/", text)
    )


def _behind_page(url: str) -> tuple[str, str]:
    """The site that shows one paper at this address, and what stands in the id's place."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower().rstrip(".")
    except ValueError:
        return "", ""
    # arXiv answers for doubled slashes too; running text leaves its punctuation at the end.
    path = plain_path(unquote(parts.path))
    for site, before in _PAGES.items():
        if host == site or host.endswith(f".{site}"):
            prefix = before.match(path)
            if prefix is None:
                return "", ""
            rest = _BEHIND_ID.sub("", _MARKS_BEHIND_ID.sub("", path[prefix.end() :]))
            return site, _PREFIX.sub("", _MARKS_BEHIND_ID.sub("", rest))
    return "", ""


def _build(match: re.Match[str]) -> ArxivId | None:
    if match["num"]:
        recent = int(match["yymm"]) >= 1501
        early = int(match["yymm"]) < 704
        if early or len(match["num"]) != (5 if recent else 4) or not int(match["num"]):
            return None
        return ArxivId(f"{match['yymm']}.{match['num']}", _number(match["ver"]))
    if not int(match["oldnum"]):
        return None
    archive = match["archive"].lower()
    return ArxivId(f"{archive}/{match['oldym']}{match['oldnum']}", _number(match["oldver"]))


def _number(text: str | None) -> int | None:
    return int(text) if text else None
