"""
Decides which citation count to believe, hold or show, and when to ask again.

Unknown isn't zero: a missing count changes nothing. The newest count is the best, but a fall of
more than half is held for a person, since Semantic Scholar merges and splits papers. Counts of
different sources are neither compared nor mixed.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from catalog.arxiv_id import ArxivId
from catalog.facts import Fact, Miss
from catalog.moments import age_of, is_ahead
from catalog.paper import Paper
from crawler.parsers.bodies import shape_of

# Share of an earlier count below which a new one waits for a person.
SUSPICIOUS = 0.5
# A paper's age in days, and how many days may pass between two looks at it.
AGES = ((14, 1), (180, 7), (100_000, 30))
# More citations than any paper has; beyond, the number is nonsense.
MAX_COUNT = 5_000_000
# Share of a title's telling words that another telling of the same title keeps. Of 100,000 random
# pairs of titles of one month, 7 pass; at one half, counting every word, 278 did.
ALIKE = 0.6
# Words that any two titles of this field may share, and that tell nothing.
_SHARED = """
a an and are as at be by can do does for from how in into is it its not of on or over the through
to toward towards under using via we what when why with based deep efficient language large
learning llm llms model models network networks neural
"""
PLAIN = frozenset(_SHARED.split())
# Years between submission and what the service says of the publication.
YEARS_APART = 2
# Sites whose pairs we write; the one that is asked first stands last.
OURS = ("openalex.org", "semanticscholar.org")

SOURCES = {"semanticscholar": "Semantic Scholar", "openalex": "OpenAlex"}


def settle(old: Fact | None, new: Fact) -> Fact:
    """The fact to store: the new one, held if it's a suspicious fall."""
    fell = old is not None and new.count < old.count * SUSPICIOUS
    vanished = old is not None and old.count > 0 and new.count == 0
    return replace(new, held=fell or vanished)


def dropped_again(new: Fact, dropped: Fact | None) -> bool:
    """Whether a suspicious count is one that a person has dropped, or has grown a little since."""
    return dropped is not None and new.count <= dropped.count * 2


def due(published: datetime, asked: datetime | None, now: datetime) -> bool:
    """Whether to ask again: daily while a paper is new, monthly when it's old."""
    if asked is None:
        return True
    # Half an hour of grace, so that a daily job does not slip to every second day.
    return age_of(asked, now) >= _interval(published, now) - timedelta(minutes=30)


def next_due(published: datetime, asked: datetime | None, now: datetime) -> datetime:
    """When a paper will be asked about next, as its age is now."""
    if asked is None or is_ahead(asked, now):
        return now
    return asked + _interval(published, now)


def _interval(published: datetime, now: datetime) -> timedelta:
    age = max((now - published).days, 0)
    return timedelta(days=next(days for oldest, days in AGES if age <= oldest))


def appeared(paper: Paper) -> datetime:
    """The date of publication; without one, the month in the paper's id."""
    if paper.published:
        return paper.published
    arxiv_id = ArxivId.parse(paper.arxiv_id)
    year, month = arxiv_id.announced_month if arxiv_id else (1991, 1)
    return datetime(year, month, 1, tzinfo=UTC)


def judged(
    paper: Paper,
    title: object,
    year: object,
    count: object,
    *,
    source: str,
    url: str | None,
    now: datetime,
) -> Fact | Miss:
    """A service's answer about a paper as a fact, or the reason why it isn't believed."""

    def miss(reason: str, detail: str) -> Miss:
        return Miss(paper.key, "citations", source, reason, now, detail[:500])

    if not isinstance(title, str) or not same_title(paper.title, title):
        theirs = title if isinstance(title, str) else shape_of(title)
        return miss("wrong-paper", f"ours: {paper.title}; theirs: {theirs}")
    submitted = appeared(paper).year
    if isinstance(year, int) and abs(year - submitted) > YEARS_APART:
        return miss("wrong-paper", f"ours: {submitted}; theirs: {year}")
    if not believable(count):
        plain = isinstance(count, str | int | float) or count is None
        return miss("nonsense", f"a count of {count!r}" if plain else f"a count: {shape_of(count)}")
    return Fact(paper.key, "citations", str(count), source, url, now)


def believable(count: object) -> bool:
    """Whether an answer's number can be a count of citations."""
    return isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MAX_COUNT


def same_title(title: str, other_title: str) -> bool:
    """Whether two titles can be of the same paper; publishers change words, not subjects."""
    first, second = _words(title), _words(other_title)
    if not first - PLAIN or not second - PLAIN:
        return first == second
    first, second = first - PLAIN, second - PLAIN
    return len(first & second) / min(len(first), len(second)) >= ALIKE


def _words(title: str) -> set[str]:
    plain = re.sub(r"\\[A-Za-z]+", " ", title)
    return set(re.findall(r"\w+", plain.casefold()))


def pair_to_show(
    shown: tuple[int | None, str | None], fact: Fact | None, *, replace_others: bool = False
) -> tuple[int, str] | None:
    """
    The citation pair an entry should get in place of the one it shows; None to leave it.

    Unknown and zero are left as they are. A pair that we did not write (Google Scholar) is
    replaced as a pair, and only by a count that is not lower, or when told. A pair of OpenAlex
    gives way to one of Semantic Scholar whatever the counts, and never the other way round.
    """
    if fact is None or fact.held or fact.count < 1 or not fact.url:
        return None
    count, url = shown
    if (count, url) == (fact.count, fact.url):
        return None
    old, new = _site(url), _site(fact.url)
    if old in OURS and new in OURS and OURS.index(new) < OURS.index(old):
        return None
    if stays_higher(shown, fact) and not replace_others:
        return None
    return fact.count, fact.url


def stays_higher(shown: tuple[int | None, str | None], fact: Fact) -> bool:
    """Whether an entry shows somebody else's pair with a higher count than ours."""
    count, url = shown
    if count is None or fact.held:
        return False
    return _site(url) not in OURS and 0 < fact.count < count


def _site(url: str | None) -> str:
    return ".".join((urlsplit(url or "").hostname or "").split(".")[-2:])


def source_name(source: str) -> str:
    """The name of a source for people."""
    return SOURCES.get(source, source)
