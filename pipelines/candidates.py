"""
The candidates of a list: works that its rules or its model propose, undecided, new and complete.

Candidates aren't stored. They follow from a snapshot of the store and the list files, which a run
reads once. Also here: sections with few entries.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.address import identity
from catalog.facts import Decision, Verdict
from catalog.markdown.listfile import listed_keys, parse
from catalog.paper import Link, Paper, Work, is_link_key, paper_key
from catalog.sightings import Sighting
from catalog.store.verdicts import NearMiss, text_of
from catalog.store.works import text_digest
from config.rules import ListRules
from pipelines.likeness import Likeness, Likenesses
from pipelines.placing import choose_sections
from pipelines.screening import fault, is_new, withdrawn

if TYPE_CHECKING:
    from catalog.rows.digests import KeptDigest
    from catalog.store import Store

# A work that was first sighted earlier isn't news, unless a digest knows it (days).
FRESH_DAYS = 60
# The digest names sections with fewer entries than this.
MIN_IN_SECTION = 3
# Names of a section for what fits nowhere else.
CATCH_ALLS = ("misc", "miscellaneous", "other", "others", "general")

Judged = tuple[Work, Verdict]


@dataclass(frozen=True, slots=True)
class ListSnapshot:
    """
    What people made of one list: its file, and the decision in force for each work.

    ``near_misses`` are works that no section took although some word spoke for them.
    ``likeness`` is what the list's model says of works, and ``alike`` those that it proposes, with
    what the rules say of them.
    ``known`` are the works that its digests showed, named or kept in reserve.
    ``near_from`` is the score above which all near misses were read; 0 where every one was.
    """

    base: bytes
    decided: Mapping[str, Decision]
    near_misses: tuple[NearMiss, ...] = ()
    likeness: Likenesses | None = None
    alike: tuple[Judged, ...] = ()
    known: frozenset[str] = frozenset()
    near_from: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    The store and the list files at one moment: everything that candidates follow from.

    ``sightings`` are those of the last 60 days, of links and of what anybody (nearly) proposes.
    ``proposed`` are works sighted in that time, best first, by list, of every configured list;
    ``lists`` are only those the command is about.
    ``paper_of`` is the key of the paper that a link belongs to, by the link's key.
    """

    lists: Mapping[str, ListSnapshot]
    proposed: Mapping[str, tuple[Judged, ...]]
    sightings: tuple[Sighting, ...] = ()
    paper_of: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CandidateSet:
    """
    Candidates and near misses of a list, best first, and works kept out with the reason.

    ``outvoted`` are the near misses that words let in and the model did not, by key; the others are
    read when they are shown. ``base`` is the list file they were compared with. ``shown`` is the
    address of each link as it was found, ``tied`` the links that belong to a paper of this set, by
    its key, and ``routed`` works that fit another list better, with that list and its section.
    ``likeness`` is what the list's model says of them, None without one; ``by_likeness`` are works
    that only the model proposes, and ``catch_all`` is the section for what fits nowhere else.
    ``near_from`` is the score above which all near misses are here; 0 where every one is.
    """

    base: bytes
    candidates: tuple[Judged, ...]
    near_misses: tuple[NearMiss, ...]
    kept_out: tuple[tuple[Work, str], ...]
    outvoted: Mapping[str, Judged] = field(default_factory=dict)
    routed: tuple[tuple[Work, str], ...] = ()
    shown: Mapping[str, str] = field(default_factory=dict)
    tied: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)
    likeness: Likenesses | None = None
    by_likeness: frozenset[str] = frozenset()
    catch_all: str | None = None
    near_from: float = 0.0

    def in_full(self, store: "Store", list_name: str, near: Sequence[NearMiss]) -> list[Judged]:
        """These near misses with their texts and verdicts; without those that are none any more."""
        unread = [miss.key for miss in near if miss.key not in self.outvoted]
        judged = {**store.verdicts.near_misses_of(list_name, unread), **self.outvoted}
        return [judged[miss.key] for miss in near if miss.key in judged]


def _no_likeness(_rules: ListRules) -> None:
    """A workspace without models."""


@dataclass
class Snapshots:
    """
    Hands the stages of one command the same snapshot, and the candidates that follow from it.

    The snapshot is read at first use. A list's file and decisions are read again each time, since
    people go on working while a run waits for the network; nothing else is unless it's dropped.

    ``near`` is how many near misses of a list to read, the best ones; None for all.
    """

    store: "Store"
    lists: Sequence[ListRules]
    every_list: Sequence[ListRules]
    path_of: Callable[[ListRules], Path]
    now: datetime
    likeness_of: Callable[[ListRules], Likenesses | None] = _no_likeness
    near: int | None = None
    _snapshot: Snapshot | None = field(default=None, init=False)
    _judged: dict[str, Likenesses] = field(default_factory=dict, init=False)
    _candidates: dict[str, tuple[ListSnapshot, CandidateSet]] = field(
        default_factory=dict, init=False
    )

    def current(self, rules: ListRules) -> Snapshot:
        """The snapshot, with the file and the decisions of this list as they are now."""
        if self._snapshot is None:
            self._snapshot = self._read()
            return self._snapshot
        last = self._snapshot.lists[rules.list]
        state = replace(last, base=self._base(rules), decided=self._decided(rules))
        if state != last:
            self._snapshot = replace(
                self._snapshot, lists={**self._snapshot.lists, rules.list: state}
            )
        return self._snapshot

    def candidates(self, rules: ListRules) -> CandidateSet:
        """The candidates of one list; worked out again only where something has changed."""
        snapshot = self.current(rules)
        state = snapshot.lists[rules.list]
        last = self._candidates.get(rules.list)
        if last is None or last[0] is not state:
            last = self._candidates[rules.list] = state, candidates(snapshot, rules, self.now)
        return last[1]

    def sightings_of(self, keys: AbstractSet[str]) -> list[Sighting]:
        """The sightings of these works in the last 60 days; what the snapshot has isn't read."""
        has = self._snapshot.sightings if self._snapshot else ()
        found = [sighting for sighting in has if sighting.work_key in keys]
        unread = keys - {sighting.work_key for sighting in found}
        return found + self.store.works.sighted(self._since, unread)

    def drop(self) -> None:
        """Read everything again at the next use: works or sightings were stored since."""
        self._snapshot = None
        self._candidates.clear()

    def judged(self, rules: ListRules, likeness: Likenesses) -> None:
        """Take what a model says of a list's works now in place of what is read."""
        if likeness != self._judged.get(rules.list):
            self._judged[rules.list] = likeness
            self.drop()

    @property
    def _since(self) -> date:
        return (self.now - timedelta(days=FRESH_DAYS)).date()

    def _base(self, rules: ListRules) -> bytes:
        return self.path_of(rules).read_bytes()

    def _decided(self, rules: ListRules) -> Mapping[str, Decision]:
        return self.store.decisions.latest(rules.list)

    def _read(self) -> Snapshot:
        """One reading of the store; works that weren't sighted lately are left out."""
        store = self.store
        bases = {rules.list: self._base(rules) for rules in self.lists}
        since = self._since
        shown = on_digests(store.digests.all())
        decided = {rules.list: self._decided(rules) for rules in self.lists}
        # Of two years' digests nearly all is decided, and never becomes a candidate again.
        waiting = {
            key
            for name, of in decided.items()
            for key in shown[name]
            if not is_settled(of.get(key), self.now)
        }
        likeness = {
            rules.list: self._judged.get(rules.list) or self.likeness_of(rules)
            for rules in self.lists
        }
        recent = {
            rules.list: store.verdicts.recent(rules.list, since, waiting, self.near)
            for rules in self.every_list
        }
        sightings = store.works.sighted_links(since)
        for of_list in recent.values():
            sightings += of_list.sightings
        unread = set().union(*(_proposed_by(it) for it in likeness.values()))
        unread -= {sighting.work_key for sighting in sightings}
        sightings += store.works.sighted(since, unread)
        sighted = {sighting.work_key for sighting in sightings} | waiting
        papers = store.facts.latest("paper", [key for key in sighted if is_link_key(key)])
        works = store.works.get_many(papers)
        return Snapshot(
            lists={
                rules.list: ListSnapshot(
                    bases[rules.list],
                    decided[rules.list],
                    tuple(recent[rules.list].near_misses),
                    likeness[rules.list],
                    self._alike(rules.list, likeness[rules.list], sighted),
                    frozenset(shown[rules.list]),
                    recent[rules.list].near_from,
                )
                for rules in self.lists
            },
            proposed={name: tuple(of_list.proposed) for name, of_list in recent.items()},
            sightings=tuple(sightings),
            paper_of={key: paper_key(fact.value) for key, fact in papers.items()},
            links={key: work for key, work in works.items() if isinstance(work, Link)},
        )

    def _alike(
        self, list_name: str, likeness: Likenesses | None, sighted: set[str]
    ) -> tuple[Judged, ...]:
        """The works that a model proposes, with what the rules say where they nearly do."""
        works = self.store.works.get_many(_proposed_by(likeness) & sighted)
        near = self.store.verdicts.near_misses_of(list_name, works)
        return tuple(near.get(key, (works[key], Verdict(None, 0.0))) for key in sorted(works))


def _proposed_by(likeness: Likenesses | None) -> set[str]:
    """The keys of what a model proposes."""
    return {key for key in likeness.of if likeness.is_alike(key)} if likeness else set()


def on_digests(digests: Iterable["KeptDigest"]) -> defaultdict[str, set[str]]:
    """The works that each list's digests showed, named, or kept in reserve: none ends unseen."""
    shown: defaultdict[str, set[str]] = defaultdict(set)
    for digest in digests:
        keys = shown[digest.list_name]
        keys.update(str(item["key"]) for item in digest.body.get("candidates", ()))
        for name in ("waiting", "reserve"):
            keys.update(map(str, digest.body.get(name, ())))
    return shown


def proposed_by_both(
    state: ListSnapshot, rules: ListRules, proposed: Sequence[Judged]
) -> tuple[list[Judged], list[Judged], list[NearMiss]]:
    """
    What rules and model propose together, what the model keeps out, and near misses of the rules.

    Without a model, or a line to judge by, that's what the rules say. What only the model proposes
    gets the section that listed papers like it have; what the words let in gets the
    section that words and listed papers together choose.
    """
    likeness = state.likeness
    if likeness is None or likeness.line is None:
        return list(proposed), [], list(state.near_misses)
    chosen: list[Judged] = []
    outvoted: list[Judged] = []
    for work, verdict in proposed:
        if likeness.by(work.key, verdict):
            chosen.append((work, _placed(verdict, likeness, work.key, rules)))
        else:
            least = likeness.least_for(verdict) or likeness.line
            outvoted.append((work, _outvoted(verdict, likeness.of[work.key].chance, least)))
    let_in = {work.key for work, _ in proposed}
    for work, verdict in state.alike:
        if work.key not in let_in:
            chosen.append((work, _alike_verdict(verdict, likeness.of[work.key], rules)))
    taken = {work.key for work, _ in chosen}
    return chosen, outvoted, [miss for miss in state.near_misses if miss.key not in taken]


def _outvoted(verdict: Verdict, chance: float, line: float) -> Verdict:
    """The verdict of words on a work that is too unlike the listed papers for them to decide."""
    lacked = f"its words fit, but its likeness is {chance:.2f}, below {line:.2f}"
    return replace(verdict, section=None, runner_up=verdict.section, lacked=lacked)


def _placed(verdict: Verdict, likeness: Likenesses, key: str, rules: ListRules) -> Verdict:
    """The verdict with the section that words and listed papers together choose."""
    judged = likeness.of.get(key)
    names = {section.name for section in rules.sections}
    likely = [pair for pair in judged.sections if pair[0] in names] if judged else []
    first, *_ = choose_sections(verdict, likely, likeness.section_share)
    if first == verdict.section:
        return verdict
    return replace(verdict, section=first, runner_up=verdict.section, lacked="")


def _alike_verdict(verdict: Verdict, likeness: Likeness, rules: ListRules) -> Verdict:
    """A verdict with the likeliest section; the nearest by words where none could be learned."""
    names = [section.name for section in rules.sections]
    likely = [name for name, _ in likeness.sections if name in names]
    likely += [verdict.runner_up] if verdict.runner_up in names else []
    first = likely[0] if likely else catch_all(rules) or names[0]
    second = next((name for name in likely if name != first), None)
    return replace(verdict, section=first, runner_up=second, lacked="")


def catch_all(rules: ListRules) -> str | None:
    """The section for what fits nowhere else: the one called like the list, or Miscellaneous."""
    names = [section.name for section in rules.sections]
    same = [name for name in names if name.casefold() == rules.list.casefold()]
    rest = [name for name in names if name.casefold() in CATCH_ALLS]
    return next(iter([*same, *rest]), None)


def candidates(snapshot: Snapshot, rules: ListRules, now: datetime) -> CandidateSet:
    """The works that one list's curators should decide on."""
    state = snapshot.lists[rules.list]
    listed = {identity(key) for key in listed_keys(parse(state.base))}
    seen = _first_sightings(snapshot.sightings)
    fresh = {
        key for key in seen.keys() | state.known if not is_settled(state.decided.get(key), now)
    }

    def is_open(key: str) -> bool:
        return key in fresh and identity(key) not in listed

    by_both, outvoted, near = proposed_by_both(state, rules, snapshot.proposed[rules.list])
    proposed = [pair for pair in by_both if is_open(pair[0].key)]
    paper_of = {key: paper for key, paper in snapshot.paper_of.items() if key in fresh}
    routed = _routed(snapshot, rules, proposed)
    reasons = {work.key: reason for work, _ in proposed if (reason := _kept_out(work))}
    reasons |= {
        key: f"goes with {paper}, which the list has"
        for key, paper in paper_of.items()
        if identity(paper) in listed
    }
    papers = {work.key for work, _ in proposed if work.key not in reasons | routed}
    tied = {key: paper for key, paper in paper_of.items() if paper in papers}
    aside = reasons | routed | tied
    extras = {key: paper for key, paper in tied.items() if identity(key) not in listed}
    short = [*(_in_short(work, verdict) for work, verdict in outvoted), *near]
    return CandidateSet(
        state.base,
        tuple(pair for pair in proposed if pair[0].key not in aside),
        tuple(miss for miss in short if is_open(miss.key) and miss.key not in tied),
        tuple((work, reasons[work.key]) for work, _ in proposed if work.key in reasons),
        {work.key: (work, verdict) for work, verdict in outvoted},
        tuple((work, routed[work.key]) for work, _ in proposed if work.key in routed),
        {key: sighting.raw_link for key, sighting in seen.items() if is_link_key(key)},
        _by_paper(snapshot.links, extras),
        state.likeness,
        frozenset(work.key for work, _ in by_both)
        - {work.key for work, _ in snapshot.proposed[rules.list]},
        catch_all(rules) if state.likeness else None,
        state.near_from,
    )


def _in_short(work: Work, verdict: Verdict) -> NearMiss:
    text = text_digest(*text_of(work))
    return NearMiss(work.key, verdict.score, verdict.runner_up, text)


def _first_sightings(sightings: Iterable[Sighting]) -> dict[str, Sighting]:
    """The first sighting of each work as a new one."""
    first: dict[str, Sighting] = {}
    for sighting in sightings:
        if is_new(sighting):
            first.setdefault(sighting.work_key, sighting)
    return first


def _by_paper(
    links: Mapping[str, Link], paper_of: Mapping[str, str]
) -> dict[str, tuple[Link, ...]]:
    by_paper: dict[str, list[Link]] = defaultdict(list)
    for key in sorted(paper_of.keys() & links.keys()):
        by_paper[paper_of[key]].append(links[key])
    return {paper: tuple(group) for paper, group in by_paper.items()}


def _routed(snapshot: Snapshot, rules: ListRules, proposed: Iterable[Judged]) -> dict[str, str]:
    """Works that another list's rules score higher than these do, and where they go in it."""
    best = {work.key: verdict.score for work, verdict in proposed}
    routed: dict[str, str] = {}
    for list_name, judged in snapshot.proposed.items():
        if list_name == rules.list:
            continue
        for work, verdict in judged:
            if verdict.score > best.get(work.key, 1.0):
                best[work.key] = verdict.score
                routed[work.key] = f"{list_name} › {verdict.section}"
    return routed


def is_settled(decision: Decision | None, now: datetime) -> bool:
    """Whether a decision keeps a work off the page."""
    if decision is None or decision.act == "undo":
        return False
    # What is put off comes back in the digest of the next week, whatever the day.
    return decision.act != "later" or now.isocalendar()[:2] <= decision.at.isocalendar()[:2]


def _kept_out(work: Work) -> str | None:
    if not isinstance(work, Paper):
        return None if work.title.strip() else "has no title"
    reason = withdrawn(work)
    return f"withdrawn: {reason}" if reason else fault(work)


def balance(rules: ListRules, current: CandidateSet) -> tuple[str, ...]:
    """Sections with few entries: those with only near misses lately, and those with nothing."""
    entries = Counter(entry.section for entry in parse(current.base).entries)
    coming = Counter(verdict.section for _, verdict in current.candidates)
    near = Counter(miss.runner_up for miss in current.near_misses)
    few = [section.name for section in rules.sections if entries[section.name] < MIN_IN_SECTION]
    nearly = [name for name in few if near[name] and not coming[name]]
    silent = [name for name in few if not near[name] and not coming[name]]
    lines = []
    if nearly:
        lines.append(f"only near misses came for {listed_in_words(nearly)}")
    if silent:
        lines.append(f"nothing came in {FRESH_DAYS} days for {listed_in_words(silent)}")
    return tuple(lines)


def listed_in_words(names: Sequence[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
