"""Whether a rejected work has changed in a way that a person would care about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.paper import Fact

# So many more citations than at the time of the decision are worth a second look.
CITED_MORE = 25


@dataclass(frozen=True, slots=True)
class Then:
    """A work as it was when a person rejected it; what nobody noted down is None."""

    at: datetime
    title: str | None = None


def what_changed(then: Then, title: str, venues: Sequence[Fact], citations: Sequence[Fact]) -> str:
    """
    What is new since the rejection, in words; empty where nothing is.

    Facts are the whole history, each with the time it was first seen. A first count may have been
    there long before anybody asked, so only growth from a known count is growth.
    """
    parts = []
    if then.title is not None and _plain(then.title) != _plain(title):
        parts.append(f'its title was "{then.title}"')
    appeared = [fact for fact in venues if not fact.held and fact.seen_at > then.at]
    if appeared and not any(fact.seen_at <= then.at for fact in venues):
        parts.append(f"it appeared at {appeared[-1].value}")
    more = _more(then, citations)
    if more:
        parts.append(more)
    return "; ".join(parts)


def _more(then: Then, citations: Sequence[Fact]) -> str:
    known = [fact for fact in citations if not fact.held]
    before = [fact for fact in known if fact.seen_at <= then.at]
    if not before or known[-1].count - before[-1].count < CITED_MORE:
        return ""
    return f"{known[-1].count} citations, {before[-1].count} when it was rejected"


def _plain(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())
