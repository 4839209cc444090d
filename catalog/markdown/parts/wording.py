"""
Recognises what words in an entry are: a label of a link, a venue, a date, names of authors.

Every function takes text without Markdown and takes time proportional to its length.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from catalog.arxiv_id import ArxivId
from catalog.venues import VENUES
from config.patterns import lazy_regex

# Words that name a link and say nothing about the work.
_LABELS = frozenset(
    """
    a abs abstract acl acm access algorithm alphaxiv amazon announcement anthology api app
    appendix arxiv article at available b bib bibtex bilibili blog blogpost book c cached
    card checkpoint checkpoints citation citations cite code codebase codes colab collection
    community company conference config d data dataset datasets dblp demo demos discord
    discussion doc docs document documentation doi download downloads en english example
    examples explanation extended extra face feed files for format forum from full gallery
    github gitee gitlab google gradio here hf homepage html hub hugging huggingface ieee
    implementation in info interview introduction issue item journal jax journal keras
    kaggle leaderboard learn lecture license link linkedin links local main manuscript
    materials media medium mirror ml model models modelscope more news notebook notes nature
    neurips of official on online open opencode openreview original other overview page
    pages paper papers paperswithcode pdf pdfs photo platform playground podcast poster post
    posts ppt prepare preprint preprints presentation press proceedings product project
    projects projectpage publication publications publisher pubmed pwc pypi pytorch quick
    read readme recording reddit ref reference references release repo report reports
    repository resource resources review reviews sample samples scholar science
    sciencedirect script see semantic site slide slides software source space spaces
    springer srcs ssrn star stars start starter summary supp supplement supplemental
    supplementary suppl survey talk tasks tech technical tensorflow tf thesis third-party
    thread the torch tool toolkit trailer tutorial tweet twitter try unofficial url usage
    version via video videos view visit visualization walkthrough web webpage website
    websites weibo weight weights wechat wiki with x youtube zenodo zhihu zip 中文 主页 代码 论文
    链接 项目 项目主页 知乎 博客 官网 解读 数据集 文章 原文 视频 論文 コード 実装 リンク 動画 記事
    代碼 鏈接 連結 項目 논문 코드 링크 프로젝트 artículo articulo artigo código codigo enlace lien
    artikel papier статья код ссылка
    """.split()  # noqa: SIM905 - a literal of many lines says no more
)
# Of these alone a title may consist: "Data", "Journal", "Survey".
_MAX_LABEL_WORDS = 5
_WORD = lazy_regex(r"[^\W_]+(?:[-'’.+#][^\W_]+)*|[^\W_]", re.UNICODE)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?:19[5-9]\d|20[0-4]\d)"
DATE = lazy_regex(
    rf"(?<![\w.])(?:"
    rf"(?P<y1>{_YEAR})(?P<sep>[-./])(?P<m1>1[0-2]|0?[1-9])(?:(?P=sep)(?P<d1>3[01]|[12]\d|0?[1-9]))?"
    rf"|(?P<m2>1[0-2]|0?[1-9])[/.](?P<y2>{_YEAR})"
    rf"|(?:(?P<d3>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?[ ,]{{1,2}})?"
    rf"(?P<m3>{_MONTH})\.?(?:[ ]{{0,2}}(?P<d4>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?)?"
    rf"[ ,.'’]{{0,3}}(?P<y3>{_YEAR}|(?<=['’])\d\d)"
    rf"|(?P<y4>{_YEAR})[ ,]{{1,2}}(?P<m4>{_MONTH})\.?(?:[ ]{{1,2}}(?P<d5>3[01]|[12]\d|0?[1-9]))?"
    rf"|(?P<y5>{_YEAR})年(?:(?P<m5>1[0-2]|0?[1-9])月)?"
    rf"|(?P<y6>{_YEAR})"
    rf")(?![\w-])",
    re.IGNORECASE,
)

_YEAR_OR_SHORT = rf"(?:{_YEAR}|['’‘`]\s?\d\d)"
_KNOWN = "|".join(sorted(map(re.escape, VENUES), key=len, reverse=True))
# A known name, with what stands around it: "Findings of ACL 2024", "NeurIPS'23 (Spotlight)".
_BESIDE_VENUE = (
    r"(?:workshops?|findings|oral|spotlight|poster|best paper|short|long|main|demo|industry|track|"
    r"tutorial|survey|datasets?|benchmarks?|highlight|award|outstanding|submission|under review|"
    r"accepted|honorable|mention|and|&|\d{1,2}(?:st|nd|rd|th))"
)
_VENUE = lazy_regex(
    rf"(?:(?:(?:to appear|published|accepted|appeared|presented)(?: (?:at|by|in|to))?|"
    rf"proceedings of(?: the)?|findings of(?: the)?|in:?|IEEE/CVF|IEEE|ACM|USENIX|the)\s+)*"
    rf"(?:{_YEAR}\s+)?(?:\w+[- ]{{0,1}})?"
    rf"(?<![A-Za-z])(?:{_KNOWN})(?![a-z])"
    rf"(?:[012]\d(?!\d)|[\s,/@-]*{_YEAR_OR_SHORT})?(?:\s*[-,(/@|]?\s*{_BESIDE_VENUE}\b\)?)*"
    rf"(?:[\s,(/@-]*{_YEAR_OR_SHORT}(?:[./-](?:1[0-2]|0?[1-9])(?!\d))?\)?)?",
    re.IGNORECASE,
)
_ACRONYM = lazy_regex(
    rf"(?:(?:IEEE|ACM|USENIX)\s+)?[A-Z][A-Za-z&/-]*[A-Z][A-Za-z&/-]*(?:\s+[A-Z][a-z]+)?"
    rf"[\s,@-]*{_YEAR_OR_SHORT}(?:\s*\(?{_BESIDE_VENUE}\)?)*",
)
_JOURNAL = lazy_regex(
    r"(?i:(?:in\s+)?(?:.{0,60}\b(?:journal|transactions|proceedings|conference|workshop|symposium|"
    r"letters|magazine|review|annals|advances in|preprint|thesis|technical report|tech report|"
    r"blog|under review|communications|intelligence|university|corr|bioarxiv|arxiv)\b.{0,80}))",
)

_PARTICLES = frozenset(
    """
    al ben bin da dal de dei del della den der di do dos du el ibn la le lo los mac mc ten
    ter van von y zu zur st
    """.split()  # noqa: SIM905 - a literal of many lines says no more
)
_SUFFIXES = frozenset(
    """
    jr sr ii iii iv phd
    """.split()  # noqa: SIM905 - a literal of many lines says no more
)
_ELIDED = lazy_regex(r"(?:,?\s*\bet\.?\s*(?:al|el)\b\.?|\band\s+others\b|\betc\b\.?|\.{3}|…)", re.I)
_BETWEEN_NAMES = lazy_regex(r"\s*(?:,?\s+(?:and|&|und|et|y)\s+|[,;、，·|]\s*(?:and\s+|&\s*)?|&)\s*")
_MARKS = lazy_regex(r"[*†‡§¶∗#^\d⋆★✉️📧¹²³⁴⁵⁶⁷⁸⁹⁰]+|\([^()]{0,40}\)|\{[^{}]{0,40}\}")
_SPACES = lazy_regex(r"\s+")
_BY = lazy_regex(r"(?:authors?|by|from)\b\s*:?\s*", re.IGNORECASE)
# The name of a team before its people: "OpenAI: Ahmed El-Kishky, …".
_TEAM = lazy_regex(r"(?:[\w.-]+ ){0,3}[\w.-]+:\s+(?=[^,:]{2,40},[^:]*$)")
_SENTENCE_END = lazy_regex(r"[^\W\d_A-Z]{3}\. +[^\W\d_a-z][^\W\d_]")
_NAME = lazy_regex(r"(?:[^\W\d_]|[ .'’‘`‐‑·\"\\´{}~-]|[\u0300-\u036f])+")
_INITIALS = lazy_regex(r"[A-Z](?:\.?[ -]?[A-Z]){0,2}\.?")
_INITIAL = lazy_regex(r"[A-Z]\.?")
MAX_PERSON_WORDS, MAX_PERSON_CHARS = 5, 60
MIN_SURE_NAMES = 2
_NOT_IN_NAMES = frozenset(
    """
    a an the of for in on with to via from and or by is are using towards toward at as into
    new learning model models network networks neural language large deep efficient training
    data paper code survey analysis based framework system systems approach method methods
    generation attention transformer transformers reasoning quantization vision video image
    images agents agent llm llms ai rl nlp conference workshop proceedings journal
    technical report transactions arxiv preprint findings oral spotlight poster best award
    """.split()  # noqa: SIM905 - a literal of many lines says no more
)


@dataclass(frozen=True, slots=True)
class Names:
    """Authors as an entry shows them; ``elided``: "et al." or dots stand for more."""

    names: tuple[str, ...]
    elided: bool


def words(text: str) -> list[str]:
    return _WORD.findall(text)


@lru_cache(maxsize=1024)
def is_label(text: str) -> bool:
    """Whether the text of a link says what the link is, not what the work is called."""
    found = words(text)
    if not found:
        return True
    if len(found) > _MAX_LABEL_WORDS:
        return False
    if len(found) == 1 and len(found[0]) == 1 and found[0].isascii():
        # "[p](…)": no work is called like that.
        return True
    # "arXiv preprint arXiv:2411.04965" says where a paper is, as a venue does.
    named = "preprint" not in text.casefold() and ArxivId.parse(text.strip(" []()"))
    if named or re.match(r"(?i)https?://|doi:|10\.\d{4}", text.strip()):
        return True
    return all(word.casefold() in _LABELS or word.isdecimal() for word in found)


@lru_cache(maxsize=1024)
def is_venue(text: str) -> bool:
    """Whether the whole text names a venue: "ICLR 2024", "Findings of ACL'23 (Oral)"."""
    text = text.strip(" \t\n()[].,:;*_`-")
    return bool(text) and bool(_VENUE.fullmatch(text) or _ACRONYM.fullmatch(text))


def is_journal(text: str) -> bool:
    """Whether a short text reads like the name of a journal or conference."""
    return len(text) <= 140 and bool(_JOURNAL.fullmatch(text.strip(" \t\n()[].,:;*_`-")))


def find_venue(text: str) -> re.Match[str] | None:
    """The first venue inside a text."""
    return _VENUE.search(text) or _ACRONYM.search(text)


@lru_cache(maxsize=1024)
def read_date(text: str) -> str | None:
    """The whole text as a date: ``2024``, ``2024-05`` or ``2024-05-27``."""
    match = DATE.fullmatch(text.strip(" \t\n()[].,:;*_`-"))
    return date_value(match) if match else None


def date_value(match: re.Match[str]) -> str:
    groups = match.groupdict()

    def first(letter: str) -> str | None:
        return next((groups[name] for name in groups if name[0] == letter and groups[name]), None)

    year, month, day = first("y") or "", first("m"), first("d")
    if len(year) == 2:
        year = f"20{year}"
    if month is None:
        return year
    number = int(month) if month.isdecimal() else _MONTHS[month.casefold()]
    return f"{year}-{number:02}" + (f"-{int(day):02}" if day else "")


@lru_cache(maxsize=2048)
def read_names(text: str) -> Names | None:
    """The authors, if the text is a run of names and nothing else."""
    text = _SPACES.sub(" ", text).strip(" \t\n,;.:·-–—|*_[]")
    text = _BY.sub("", text, count=1) if _BY.match(text) else text
    shown = _ELIDED.sub("", text)
    elided = shown != text
    team = _TEAM.match(shown)
    pieces = _BETWEEN_NAMES.split(shown[team.end() :] if team else shown)
    names: list[str] = []
    # A surname may be a word ("Or Ordentlich"): one among several before "et al." is no sentence.
    wrong, allowed = 0, max(len(pieces) // 8, int(elided and len(pieces) > MIN_SURE_NAMES))
    for piece in pieces:
        if _SENTENCE_END.search(piece) or ": " in piece:
            return None
        name = _MARKS.sub("", piece).strip(" .*_")
        if names and _INITIALS.fullmatch(name) and " " not in names[-1]:
            names[-1] = f"{name}. {names[-1]}"  # "Vaswani, A., Shazeer, N."
        elif name and name.casefold() not in _SUFFIXES:
            names.append(name)
            wrong += not _is_name(name)
            # A sentence before the first name is a title, and no name that is spelled in its way.
            if wrong > allowed or name.count(" ") > MAX_PERSON_WORDS:
                return None
            if wrong and len(names) == 1 and " " in name:
                return None
    if not names or (len(names) == 1 and not elided and " " not in names[0]):
        return None
    return Names(tuple(names), elided)


def _is_name(text: str) -> bool:
    """One to five words with capitals (or of a script without them), initials and particles."""
    found = text.split()
    if not 1 <= len(found) <= MAX_PERSON_WORDS or len(text) > MAX_PERSON_CHARS:
        return False
    if not _NAME.fullmatch(unicodedata.normalize("NFC", text)):
        return False
    capitals = 0
    for word in found:
        lowered = word.casefold().strip(".'’\"")
        if lowered in _NOT_IN_NAMES and not _INITIAL.fullmatch(word):
            return False
        if lowered not in _PARTICLES:
            capitals += 1
            if word[0].islower() and word[1:2] not in ("'", "’"):
                return False
    return capitals > 0
