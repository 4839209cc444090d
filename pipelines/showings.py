"""
Which candidates people have seen already, and which of them belong into the next digest.

New works come first. One that nobody decided on comes back at most twice, and one that was left
without a tick in an applied digest doesn't; then it is on the shelf, until something changes.
What was shown follows from the stored digests: nothing is counted twice, and nothing is forgotten.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from catalog.facts import Decision, Fact, FactKind, Verdict
from catalog.paper import Paper, Work
from catalog.rows.digests import KeptDigest, week_in
from pipelines.candidates import CandidateSet
from pipelines.enrich.repositories import key_of, living_codes
from pipelines.second_chances import CITED_MORE, plain_letters

if TYPE_CHECKING:
    from catalog.store import Store

# Digests that show a candidate while nobody decides on it.
MAX_SHOWINGS = 3
# Candidates that are open at a time; the others wait on the shelf.
MAX_OPEN = 60

Judged = tuple[Work, Verdict]


@dataclass(frozen=True, slots=True)
class Look:
    """A candidate as a page showed it: what a person may have passed over."""

    title: str
    version: int = 0
    section: str | None = None
    words: frozenset[str] = frozenset()
    venue: str | None = None
    code: str | None = None
    citations: int | None = None


@dataclass(frozen=True, slots=True)
class Showing:
    """A week in which a work was on a page; without a look only its title was named there."""

    week: str
    at: datetime
    applied: bool
    look: Look | None


@dataclass(frozen=True, slots=True)
class Standing:
    """
    What people have seen of a candidate in earlier weeks.

    ``times`` counts the digests that showed it, ``named`` those that only named it; ``changed``
    says what is new since it was last shown, and ``shelved`` why it rests on the shelf.
    ``recorded`` is whether any digest knows it.
    """

    times: int = 0
    named: int = 0
    recorded: bool = False
    changed: str = ""
    shelved: str = ""

    @property
    def is_new(self) -> bool:
        return not self.times and not self.named

    @property
    def rank(self) -> int:
        """New works first, then those that wait for a place, then changed and seen ones."""
        if self.is_new:
            return 1 if self.recorded else 0
        return 2 if not self.times else 3 if self.changed else 4


class OnPage(NamedTuple):
    """A work on a page, as the page keeps it; without an item only its title was named there."""

    at: datetime
    applied: bool
    item: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class History:
    """
    The pages that each work was on, by work and week, and works that never had room.

    Two years show thousands of works, and of most nobody asks any more.
    """

    pages: Mapping[str, Mapping[str, OnPage]] = field(default_factory=dict)
    in_reserve: frozenset[str] = frozenset()

    def showings(self, key: str) -> tuple[Showing, ...]:
        """The weeks in which a work was on a page, oldest first."""
        return tuple(
            Showing(week, page.at, page.applied, look_at(page.item) if page.item else None)
            for week, page in self.pages.get(key, {}).items()
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """
    The candidates of a week: those to show, those to name, and the shelf with each one's reason.

    ``standings`` says of each work what people have seen of it.
    """

    shown: tuple[Judged, ...]
    named: tuple[Judged, ...]
    shelf: tuple[tuple[Work, Verdict, str], ...]
    standings: Mapping[str, Standing]


NO_ROOM = "no room yet"


def history_of(digests: Iterable[KeptDigest], applied: Collection[str | None]) -> History:
    """
    What the stored digests of one list have shown; several pages of a week are one showing.

    ``applied`` are the names of digests that somebody decided from.
    """
    pages: defaultdict[str, dict[str, OnPage]] = defaultdict(dict)
    reserve: set[str] = set()
    for digest in sorted(digests, key=lambda digest: digest.made_at):
        week, is_applied = week_in(digest.name), digest.name in applied
        reserve.update(map(str, digest.body.get("reserve", ())))
        for key in digest.body.get("waiting", ()):
            pages[str(key)].setdefault(week, OnPage(digest.made_at, applied=False, item=None))
        for item in digest.body.get("candidates", ()):
            pages[str(item["key"])][week] = OnPage(digest.made_at, is_applied, item)
    return History(pages, frozenset(reserve))


def look_at(item: Mapping[str, Any]) -> Look:
    """A candidate of a stored digest; versions are unknown (0) in older ones."""
    return Look(
        item["title"],
        item.get("version", 0),
        item["section"],
        frozenset(evidence["word"] for evidence in item.get("why", ())),
        item.get("venue"),
        item.get("code"),
        item.get("citations"),
    )


def changes(then: Look, now: Look) -> str:
    """What is new since a page showed a work, in words; empty if nothing is."""
    parts = []
    if plain_letters(then.title) != plain_letters(now.title):
        parts.append(f'its title was "{then.title}"')
    if 0 < then.version < now.version:
        parts.append(f"version {now.version}, it was {then.version}")
    if now.venue and now.venue != then.venue:
        parts.append(f"it appeared at {now.venue}")
    if now.code and not then.code:
        parts.append("it has code now")
    if (now.citations or 0) - (then.citations or 0) >= CITED_MORE:
        parts.append(f"{now.citations} citations, {then.citations or 0} then")
    if now.section != then.section:
        parts.append(f"it was proposed for {then.section}")
    elif new := sorted(now.words - then.words):
        parts.append(f"the rules find {', '.join(new[:3])} in it now")
    return "; ".join(parts)


def standing(
    showings: Sequence[Showing], now: Look, week: str, decided: Decision | None
) -> Standing:
    """
    What people have seen of a work before this week, and whether it rests on the shelf.

    A decision that is taken back, or a "later" that is over, asks for the work: what was shown
    before it doesn't count against it.
    """
    earlier = [showing for showing in showings if showing.week < week]
    since = [s for s in showings if s.week <= week and (decided is None or s.at > decided.at)]
    same, changed = _as_it_is_now(since, now)
    return Standing(
        times=sum(showing.look is not None for showing in earlier),
        named=sum(showing.look is None for showing in earlier),
        recorded=bool(earlier),
        changed=changed,
        shelved=_shelved(same, week),
    )


def _as_it_is_now(showings: Sequence[Showing], now: Look) -> tuple[list[Showing], str]:
    """The last showings that showed the work as it is now; what changed, where the last didn't."""
    same: list[Showing] = []
    for showing in reversed(showings):
        told = changes(showing.look, now) if showing.look else ""
        if told:
            return same, "" if any(s.look for s in same) else told
        same.append(showing)
    return same, ""


def _shelved(same: Sequence[Showing], week: str) -> str:
    for showing in same:
        if showing.applied:
            return f"no tick in {showing.week}"
    before = [showing.week for showing in same if showing.week < week]
    if len(before) >= MAX_SHOWINGS:
        return f"in {len(before)} digests without a decision, {before[-1]} to {before[0]}"
    return ""


def standings(
    store: "Store",
    works: Sequence[Judged],
    history: History,
    week: str,
    decided: Mapping[str, Decision],
) -> dict[str, Standing]:
    """The standing of each work."""
    keys = [work.key for work, _ in works if work.key in history.pages]
    kinds: tuple[FactKind, ...] = ("venue", "code", "citations")
    facts = dict(store.facts.latest_of(kinds, keys))
    repositories = {key_of(code.value) for code in facts["code"].values()}
    facts["code"] = living_codes(facts["code"], store.facts.latest("repository", repositories))
    found = dict.fromkeys((work.key for work, _ in works), Standing())
    for work, verdict in works:
        if work.key not in history.pages:
            continue
        now = _look(work, verdict, *(facts[kind].get(work.key) for kind in kinds))
        shown = history.showings(work.key)
        found[work.key] = standing(shown, now, week, decided.get(work.key))
    return {
        key: standing
        if standing.recorded or key not in history.in_reserve
        else Standing(recorded=True)
        for key, standing in found.items()
    }


def seen_of(
    store: "Store",
    list_name: str,
    works: Sequence[Judged],
    week: str,
    digests: Iterable[KeptDigest],
) -> tuple[History, dict[str, Standing]]:
    """What these digests have shown of a list, and the standing of each work in them."""
    digests = [digest for digest in digests if digest.list_name == list_name]
    decisions = store.decisions.all(list_name)
    # A pull request that wasn't merged was no answer about what had no tick.
    unanswered = {
        publication.week
        for publication in store.publications.of(list_name)
        if publication.state != "merged"
    }
    history = history_of(digests, {decision.digest for decision in decisions} - unanswered)
    latest = {decision.work_key: decision for decision in decisions}
    return history, standings(store, works, history, week, latest)


def shelf_of(seen: Mapping[str, Standing]) -> dict[str, str]:
    """The works on the shelf, each with the reason."""
    return {
        key: standing.shelved or NO_ROOM
        for key, standing in seen.items()
        if standing.shelved or (standing.recorded and standing.is_new)
    }


def _look(
    work: Work, verdict: Verdict, venue: Fact | None, code: Fact | None, citation: Fact | None
) -> Look:
    return Look(
        work.title,
        work.version if isinstance(work, Paper) else 0,
        verdict.section,
        frozenset(evidence.word for evidence in verdict.evidence),
        venue.value if venue else None,
        code.value if code else None,
        citation.count if citation else None,
    )


def choose(
    current: CandidateSet,
    seen: Mapping[str, Standing],
    scores: Mapping[str, float],
    size: int,
    *,
    held: Collection[str] = (),
    taken: Iterable[str | None] = (),
) -> Choice:
    """
    The candidates of a week: the new ones first, and of each rank the best.

    ``held`` are on other pages; ``taken`` are the sections of works that are on this page already.
    """
    order = sorted(
        (pair for pair in current.candidates if pair[0].key not in held),
        key=lambda pair: (seen[pair[0].key].rank, -scores[pair[0].key], pair[0].key),
    )
    open_ones = [pair for pair in order if not seen[pair[0].key].shelved]
    shown = fair_share(open_ones, size, taken)
    chosen = {work.key for work, _ in shown}
    rest = [pair for pair in open_ones if pair[0].key not in chosen]
    room = max(0, MAX_OPEN - len(shown))
    shelf = [(w, v, seen[w.key].shelved) for w, v in order if seen[w.key].shelved]
    shelf += [(work, verdict, NO_ROOM) for work, verdict in rest[room:]]
    return Choice(tuple(shown), tuple(rest[:room]), tuple(shelf), seen)


def fair_share(
    works: Sequence[Judged], size: int, taken: Iterable[str | None] = ()
) -> list[Judged]:
    """
    The first works of a page of ``size``; no section has more than half while others wait.

    ``taken`` are the sections of works that have their place on the page.
    """
    counts: Counter[str | None] = Counter(taken)
    free, most = max(0, size - counts.total()), max(1, size // 2)
    first: list[Judged] = []
    over: list[Judged] = []
    for pair in works:
        section = pair[1].section
        if len(first) == free or counts[section] >= most:
            over.append(pair)
            continue
        counts[section] += 1
        first.append(pair)
    return first + over[: free - len(first)]
