"""
Which citation count to believe, which to hold, which to show, and when to ask again.

Unknown is not zero: a count nobody knows changes nothing. Newest look is the best, but a fall of
more than half is held for a person, since Semantic Scholar merges and splits papers.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from catalog.paper import Fact

# Share of an earlier count below which a new one waits for a person.
SUSPICIOUS = 0.5
# A paper's age in days, and how many days may pass between two looks at it.
AGES = ((14, 1), (180, 7), (100_000, 30))
# More citations than any paper has; beyond, the number is nonsense.
MOST = 5_000_000
# Share of a title's words that another telling of the same title keeps.
ALIKE = 0.5
# Years between submission and what the service says of the publication.
YEARS_APART = 2


def settle(old: Fact | None, new: Fact) -> Fact:
    """The fact to keep: the new one, held when it is a suspicious fall."""
    fell = old is not None and new.count < old.count * SUSPICIOUS
    vanished = old is not None and old.count > 0 and new.count == 0
    return replace(new, held=fell or vanished)


def due(published: datetime, asked: datetime | None, now: datetime) -> bool:
    """Whether it is time to look again: daily while a paper is new, monthly when it is old."""
    if asked is None or asked > now:
        return asked is None
    age = max((now - published).days, 0)
    interval = next(days for oldest, days in AGES if age <= oldest)
    # Half an hour of grace, so that a daily job does not slip to every second day.
    return now - asked >= timedelta(days=interval, minutes=-30)


def believable(count: object) -> bool:
    """Whether an answer's number can be a count of citations."""
    return isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MOST


def same_title(ours: str, theirs: str) -> bool:
    """Whether two titles can be of the same paper; publishers change words, not subjects."""
    mine, other = _words(ours), _words(theirs)
    if not mine or not other:
        return not mine and not other
    return len(mine & other) / min(len(mine), len(other)) >= ALIKE


def _words(title: str) -> set[str]:
    return set(re.findall(r"\w+", title.casefold()))


def pair_to_show(
    shown: tuple[int | None, str | None], fact: Fact | None, *, replace_others: bool = False
) -> tuple[int, str] | None:
    """
    The citation pair an entry should get in place of the one it shows; None to leave it.

    Unknown and zero are left as they are. A pair of another source (Google Scholar) is replaced
    as a pair, and only by a count that is not lower, or when told.
    """
    if fact is None or fact.held or fact.count < 1 or not fact.url:
        return None
    count, url = shown
    if (count, url) == (fact.count, fact.url):
        return None
    foreign = count is not None and _site(url) != _site(fact.url)
    if foreign and fact.count < (count or 0) and not replace_others:
        return None
    return fact.count, fact.url


def _site(url: str | None) -> str:
    return ".".join((urlsplit(url or "").hostname or "").split(".")[-2:])
