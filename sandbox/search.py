"""
The part of arXiv's query language that the sandbox understands.

Categories, and words in title or abstract, joined by OR in parentheses, and a range of submission
dates; these joined by AND.
Anything else is refused, so that a test never passes on a query that was half understood.
"""

import re
from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

CATEGORY = re.compile(r"cat:(?P<name>[A-Za-z-]+(?:\.(?:[A-Za-z-]+|\*))?)")
WORDS = re.compile(r"(?P<field>ti|abs|all):(?:\"(?P<phrase>[^\"]+)\"|(?P<word>[\w-]+))")
RANGE = re.compile(r"submittedDate:\[(?P<since>\d{4,14}) TO (?P<until>\d{4,14})\]")


class BadQuery(ValueError):
    """A call that arXiv would refuse, or that the sandbox does not understand."""


@dataclass(frozen=True, slots=True)
class Search:
    """Every group must match; a group is of fields and what stands there; one is enough."""

    groups: tuple[tuple[tuple[str, str], ...], ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def matches(
        self, submitted: datetime, categories: Collection[str], title: str = "", abstract: str = ""
    ) -> bool:
        if self.since and self.until and not self.since <= submitted <= self.until:
            return False
        texts = {"ti": title, "abs": abstract, "all": f"{title}\n{abstract}"}
        return all(
            any(
                _fits(told, categories) if field == "cat" else told in texts[field].lower()
                for field, told in group
            )
            for group in self.groups
        )


def parse(query: str) -> Search:
    groups: list[tuple[tuple[str, str], ...]] = []
    since = until = None
    for term in query.strip().split(" AND "):
        if found := RANGE.fullmatch(term):
            since, until = _first(found["since"]), _last(found["until"])
        else:
            groups.append(_group(term, query))
    return Search(tuple(groups), since, until)


def _group(term: str, query: str) -> tuple[tuple[str, str], ...]:
    inner = term[1:-1] if term.startswith("(") and term.endswith(")") else term
    found = [_one(part) for part in inner.split(" OR ")]
    if not all(found) or (inner is term and len(found) > 1):
        raise BadQuery(f"Invalid query string: {query}")
    return tuple(one for one in found if one)


def _one(part: str) -> tuple[str, str] | None:
    if found := CATEGORY.fullmatch(part):
        return "cat", found["name"]
    if found := WORDS.fullmatch(part):
        return found["field"], (found["phrase"] or found["word"]).lower()
    return None


def _fits(name: str, present: Collection[str]) -> bool:
    if name.endswith(".*"):
        return any(one.startswith(name[:-1]) for one in present)
    return name in present


def _first(digits: str) -> datetime:
    """Complete 4, 6 or 8 digits with the first month, day and minute; drop seconds."""
    return _moment((digits + "010100000000"[len(digits) - 4 :])[:12])


def _last(digits: str) -> datetime:
    """Complete with the last month, day and minute; both ends are inclusive."""
    if len(digits) == 4:
        digits += "12"
    if len(digits) == 6:
        digits += f"{monthrange(int(digits[:4]), int(digits[4:]))[1]:02}"
    whole = (digits + "2359")[:12] if len(digits) == 8 else digits[:12]
    return _moment(whole) + timedelta(seconds=59)


def _moment(digits: str) -> datetime:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        raise BadQuery(f"Invalid date in query string: {digits}") from None
