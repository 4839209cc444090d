"""
arXiv identifiers in every spelling people use.

The grammar follows arXiv's own (new style since April 2007, four digits to 2014, five since
2015; old style ``archive/YYMMNNN``, where a subject class is dropped).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_NEW = r"(?P<yymm>\d\d(?:0[1-9]|1[0-2]))\.(?P<num>\d{4,5})(?:v(?P<ver>[1-9]\d{0,2}))?"
_OLD = (
    r"(?P<archive>[a-z]+(?:-[a-z]{2,})?)(?:\.[A-Za-z-]{2,})?"
    r"/(?P<oldym>\d\d(?:0[1-9]|1[0-2]))(?P<oldnum>\d{3})(?:v(?P<oldver>[1-9]\d{0,2}))?"
)
# ASCII: a digit of another script is no digit of an id.
_ID = re.compile(f"(?:{_NEW}|{_OLD})", re.ASCII)
_PREFIX = re.compile(r"^(?:oai:)?arxiv(?:\.org)?:\s*", re.IGNORECASE)
_DOI = re.compile(r"^(?:doi:\s*)?10\.48550/arxiv\.", re.IGNORECASE)
# Pages that show exactly one arXiv paper, and the path in front of its id.
_PAGES = {
    "arxiv.org": re.compile(r"^/(?:abs|pdf|html|ps|src|e-print|format|bibtex|list)/"),
    "huggingface.co": re.compile(r"^/papers/"),
    "alphaxiv.org": re.compile(r"^/(?:abs|pdf|overview|html)/"),
    "ar5iv.org": re.compile(r"^/(?:abs|html|pdf)/"),
    "arxiv-vanity.com": re.compile(r"^/papers/"),
    "semanticscholar.org": re.compile(r"^/arxiv:", re.IGNORECASE),
    "doi.org": re.compile(r"^/10\.48550/arxiv\.", re.IGNORECASE),
}
_AROUND = " \t\r\n.,;:!?'\"`*)]}>/"
_IN_TEXT = re.compile(
    r"(?:arxiv[.:]\s*(?:org/(?:abs|pdf|html)/)?|10\.48550/arxiv\.|huggingface\.co/papers/|"
    r"alphaxiv\.org/(?:abs|pdf|overview)/)"
    rf"{_ID.pattern}(?!\d)",
    re.IGNORECASE | re.ASCII,
)


class ArxivId(NamedTuple):
    """An identifier: ``base`` without version; ``version`` None where the spelling named none."""

    base: str
    version: int | None = None

    def __str__(self) -> str:
        return self.base if self.version is None else f"{self.base}v{self.version}"

    @property
    def announced_month(self) -> tuple[int, int]:
        """Year and month of announcement, which the id carries (not of submission)."""
        digits = self.base.rpartition("/")[2]
        year = int(digits[:2])
        return (1900 if year >= 91 else 2000) + year, int(digits[2:4])

    @classmethod
    def parse(cls, text: str) -> "ArxivId | None":
        """Read an id, an address of one paper's page, or a DOI; None if it is anything else."""
        candidate = _candidate(text.strip())
        match = _ID.fullmatch(candidate)
        return _build(match) if match else None


def find_all(text: str) -> Iterator[ArxivId]:
    """Every arXiv id that running text names with a prefix or an address, in order."""
    for match in _IN_TEXT.finditer(text):
        found = _build(match)
        if found:
            yield found


def _candidate(text: str) -> str:
    """Take away what stands around an id: scheme, host, page, prefix, ``.pdf``."""
    if re.match(r"(?i)https?://", text) or re.match(r"(?i)(?:[\w-]+\.)+(?:org|co|com)/", text):
        text = _path_of_page(text if "://" in text else f"https://{text}")
    else:
        text = _PREFIX.sub("", text)
        text = _DOI.sub("", text)
    text = text.rstrip("/")
    return text[:-4] if text.lower().endswith(".pdf") else text


def _path_of_page(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower().rstrip(".")
    except ValueError:
        return ""
    # arXiv answers for doubled slashes too; running text leaves its punctuation at the end.
    path = re.sub("/+", "/", unquote(parts.path))
    for site, before in _PAGES.items():
        if host == site or host.endswith(f".{site}"):
            found = before.match(path)
            return _PREFIX.sub("", path[found.end() :].rstrip(_AROUND)) if found else ""
    return ""


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
