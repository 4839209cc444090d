"""
The venue of a paper, from arXiv's journal reference or the paper's comments.

"Accepted at ICLR 2025" names a venue; "submitted to", "under review at" and "an extended version
of a paper at" don't. The sentence itself is stored as a separate fact, so that people can check it.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from catalog.facts import Fact, Miss
from catalog.paper import Paper

SOURCE = "arxiv"
# A venue is a name and perhaps a year; longer ones are cut (characters).
MAX_VENUE_CHARS, MAX_SENTENCE_CHARS = 80, 300
# A paper appears in these years, counted from its first version.
EARLIEST, LATEST = -1, 4

_KNOWN = (
    "AAAI|AACL|ACCV|ACL|AISTATS|ASPLOS|ATC|BMVC|CHI|CIKM|COLING|COLM|COLT|CoNLL|CoRL|CVPR|DAC|DATE|"
    "EACL|ECAI|ECCV|ECIR|ECML|EMNLP|EuroSys|FAccT|FPGA|FSE|HPCA|ICASSP|ICCAD|ICCV|ICDE|ICDM|ICLR|"
    "ICML|ICRA|ICSE|IJCAI|IJCNN|INTERSPEECH|Interspeech|IROS|ISCA|ISSTA|JMLR|KDD|LREC|LREC-COLING|"
    "MICRO|MLSys|MM|NAACL|NeurIPS|NIPS|NSDI|OSDI|PACT|PLDI|PPoPP|RSS|SC|SIGCOMM|SIGIR|SIGMOD|SOSP|"
    "TACL|TMLR|TPAMI|UAI|VLDB|WACV|WSDM|WWW"
)
_NAMED = re.compile(rf"\b(?P<name>{_KNOWN})\b[\s,]*(?:\(?(?P<year>[’'‘]\d\d|20\d\d)\b)?")
_BEFORE = re.compile(rf"\b(?P<year>20\d\d)\s+(?:IEEE\S*\s+|ACM\s+)*(?P<name>{_KNOWN})\b")
_SHORT = re.compile(
    r"(?<![\w-])(?P<name>[A-Z][A-Za-z]*[A-Z][A-Za-z]*)\b\)?[\s,]*\(?(?P<year>[’'‘]\d\d|20\d\d)\b"
)
_IN_BRACKETS = re.compile(r"\((?P<name>[A-Z][A-Za-z]*[A-Z][A-Za-z]*)\)")
_ACCEPTED = re.compile(
    r"\b(?:accepted|to appear|appear(?:s|ed|ing)|published|to be (?:published|presented)|presented|"
    r"camera[- ]ready|in proc(?:eedings)?\b)",
    re.IGNORECASE,
)
_AFTER_ACCEPTED = re.compile(
    r"(?i:\b(?:accepted|appear\w*|published|presented)\b)"
    r"(?:\s+(?:for|to|at|in|by|as|the|a|an|be|publication|presentation|proceedings|of|conference|"
    r"journal|paper|poster|long|short|oral))+\s+(?P<name>[A-Z][^.;,()]*)"
)
_NOT_YET = re.compile(
    r"\b(?:submitted|submission to|under (?:double[- ]blind )?review|in review|rejected|"
    r"extended version|extension of|extends|earlier version|previous version|"
    r"short(?:er)? version|preliminary version|code for|template|format)\b",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.;!])\s+|\s*\n+\s*")
_WORKSHOP = re.compile(r"\bworkshops?\b", re.IGNORECASE)
# A name that stands by itself, not in the middle of a sentence about something else.
_CLAUSE = re.compile(
    r"(?:^|[,:(\[@–-]\s*)(?:(?:in|at|the|findings of|ieee|acm|oral at|spotlight at)\s+)*$",
    re.IGNORECASE,
)
_REFERENCE_START = re.compile(
    r"(?:in\s*)?proc(?:\.|eedings)?(?: of)?(?: the)?(?: \d+\w\w)? |in |the ", re.IGNORECASE
)
_REFERENCE_END = re.compile(r"[,;(]|\s(?:vol|volume|pp?|pages?|no)\b\.?|\s\d", re.IGNORECASE)
_NOT_NAMES = frozenset(
    {"GPU", "LLM", "LLMS", "PDF", "IEEE", "ACM", "USA", "AI", "NLP", "ML", "CNN"}
)


def facts_of(paper: Paper, now: datetime) -> Iterator[Fact | Miss]:
    """The venue and the sentence that names it, if there is one."""
    statement = _in_reference(paper) or _in_comments(paper)
    if statement is None:
        return
    venue, words = statement
    page = f"https://arxiv.org/abs/{paper.arxiv_id}"
    yield Fact(paper.key, "venue", venue, SOURCE, page, now)
    yield Fact(paper.key, "venue-words", words, SOURCE, page, now)


def known_name(text: str) -> bool:
    """Whether this is the usual short name of a venue."""
    return bool(re.fullmatch(_KNOWN, text))


def _in_reference(paper: Paper) -> tuple[str, str] | None:
    text = " ".join((paper.journal_ref or "").split())
    if not text or _NOT_YET.search(text):
        return None
    venue = _short(text, paper)
    if venue is None:
        name = _REFERENCE_END.split(_REFERENCE_START.sub("", text), maxsplit=1)[0].strip(" .,:")
        year = _fitting(re.findall(r"\b(?:19|20)\d\d\b", text)[-1:], paper)
        # A reference that begins with its year or a number has no name to show.
        venue = f"{name} {year}".strip() if re.search(r"[A-Za-z]{2}", name) else None
    return (venue[:MAX_VENUE_CHARS], text[:MAX_SENTENCE_CHARS]) if venue else None


def _in_comments(paper: Paper) -> tuple[str, str] | None:
    for sentence in _SENTENCES.split(paper.comments or ""):
        words = " ".join(sentence.split())[:MAX_SENTENCE_CHARS]
        if not words or _NOT_YET.search(words):
            continue
        accepted = _ACCEPTED.search(words)
        venue = _short(words, paper, any_name=bool(accepted))
        if venue is None and accepted:
            venue = _long(words, paper)
        if venue:
            return venue, words
    return None


def _short(text: str, paper: Paper, *, any_name: bool = True) -> str | None:
    """``ICLR 2025``: a usual short name with its year; in an acceptance, any name in capitals."""
    for pattern in (_NAMED, _BEFORE, *((_SHORT,) if any_name else ())):
        for match in pattern.finditer(text):
            year = _fitting([match["year"] or ""], paper)
            unknown = pattern is _SHORT and match["name"].upper() in _NOT_NAMES
            stands_alone = any_name or _CLAUSE.search(text[: match.start()])
            if year and stands_alone and not unknown:
                return _with_workshop(f"{match['name']} {year}", text)
    years = re.findall(r"\b(?:19|20)\d\d\b", text)[-1:]
    year = _fitting(years, paper)
    if years and not year:
        return None
    named = _NAMED.search(text) if any_name else None
    if named:
        return _with_workshop(f"{named['name']} {year}".strip(), text)
    bracket = _IN_BRACKETS.search(text) if any_name else None
    if bracket and bracket["name"].upper() not in _NOT_NAMES:
        return _with_workshop(f"{bracket['name']} {year}".strip(), text)
    return None


def _long(text: str, paper: Paper) -> str | None:
    """The full name after ``accepted at``, for venues without a short one."""
    match = _AFTER_ACCEPTED.search(text)
    if match is None:
        return None
    name = re.sub(r"\s+\d.*", "", match["name"]).strip(" .:")
    years = re.findall(r"\b(?:19|20)\d\d\b", text)[-1:]
    year = _fitting(years, paper)
    if len(name) <= 3 or (years and not year):
        return None
    return f"{name[: MAX_VENUE_CHARS - 5]} {year}".strip()


def _with_workshop(venue: str, text: str) -> str:
    return f"{venue} Workshop" if _WORKSHOP.search(text) else venue


def _fitting(years: list[str], paper: Paper) -> str:
    """The year, if a paper of that age can have appeared then; two digits are of this century."""
    digits = years[0].strip("’'‘") if years else ""
    if not digits:
        return ""
    year = int(digits) + (2000 if len(digits) == 2 else 0)
    written = _written(paper)
    fits = written is None or EARLIEST <= year - written <= LATEST
    return str(year) if fits else ""


def _written(paper: Paper) -> int | None:
    if paper.published:
        return paper.published.year
    match = re.match(r"(\d\d)\d\d\.\d{4,5}$", paper.arxiv_id)
    return 2000 + int(match[1]) if match else None
