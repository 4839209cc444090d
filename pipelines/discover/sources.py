"""
The sources besides arXiv: what to ask them, and what becomes of their answers.

All of them are asked in one crawl. Works that were only named somewhere are then looked up where
they live, papers at arXiv in a few requests. What isn't there yet waits in the store, and is asked
for again by the next runs until it is there or given up.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from catalog.address import Address, read_address
from catalog.paper import Work, bare_key, is_paper_key
from catalog.rows.runs import SourceState
from catalog.sightings import Found, SourceReport, Waiting
from catalog.store import Store
from config.secret import Secret
from config.settings import Sources
from crawler.hosts import page_refusal
from crawler.items import Failure, PapersAnswer, WebAnswer, WebResult
from crawler.plans import Plan, WebPlan
from crawler.policy import OVERSPENT, REFUSED_ALONE
from crawler.sources.base import Source, SourceContext, SourceRequest, name_of
from crawler.sources.registry import SOURCES
from crawler.web_health import NamedWorks, judge_web, keys_of, next_web_state
from pipelines.discover.lookup import PAPERS, page_ask, plans_for

# Named works that one run looks up: three requests of papers, and some pages.
MAX_NAMED_PAPERS, MAX_NAMED_PAGES = 300, 20
# A named work is given up when its home has had no answer about it for so long, so many times:
# a clock that was wrong once must not decide alone.
PATIENCE, MIN_TIMES_PAPER, MIN_TIMES_PAGE = timedelta(days=14), 10, 4
# A page is asked again after this time, then after twice as long, and so on.
PAGE_WAIT = timedelta(days=1)
# A daily run doesn't begin at the same minute every day.
RUNS_DIFFER = timedelta(hours=1)
# Works that one note lists.
MAX_UNREAD_WORKS_SHOWN = 5
NOT_AT_ARXIV = "arXiv does not know it"


@dataclass
class Web:
    """
    The results of a run by ``name/part``, and the works that its sources named.

    ``waiting`` are those that are not in the store, ``asked`` those of them that are being looked
    up, ``left_over`` those that are due and that nobody has answered about, ``had`` those that this
    run stored, ``given_up`` those that it stops asking for.
    """

    store: Store
    context: SourceContext
    token: Secret
    results: dict[str, list[WebResult]] = field(default_factory=lambda: defaultdict(list))
    asks_of: set[str] = field(default_factory=set)
    waiting: list[Waiting] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    left_over: set[str] = field(default_factory=set)
    had: list[Waiting] = field(default_factory=list)
    given_up: list[Waiting] = field(default_factory=list)

    def plans(self, names: Iterable[str]) -> Iterator[Plan]:
        """A plan for each source that has requests; answers it has already are taken at once."""
        for name in names:
            self.asks_of.add(name)
            source = SOURCES[name]
            requests = tuple(self._requests(source))
            if requests:
                yield WebPlan(name, requests, source.read, self.context.now, self.token)

    def _requests(self, source: Source) -> Iterator[SourceRequest]:
        for item in source.ask(self.context):
            if isinstance(item, SourceRequest):
                # A part that ends without an answer must still get a status.
                self.results.setdefault(name_of(source.NAME, item.part), [])
                yield item
            else:
                self.take(item)

    def take(self, result: WebResult) -> None:
        """Store what is new in an answer; a failed crawl is a failure of every part."""
        name = name_of(result.source, result.part)
        parts = [name] if name in self.results or result.part else self._parts(result.source)
        for part in parts:
            if isinstance(result, WebAnswer):
                self._store(part, result)
            self.results[part].append(result)

    def _parts(self, source: str) -> list[str]:
        parts = [part for part in self.results if part.partition("/")[0] == source]
        return parts or [source]

    def _store(self, part: str, answer: WebAnswer) -> None:
        """Store what an answer shows, and with it what it only names: seen is not yet had."""
        state = self.store.runs.source(part)
        before = set(state.batch) if state else set()
        with self.store.transaction():
            again = before - set(state.open if state else ())
            self.store.works.save([item for item in answer.works if item.work.key not in again])
            self.store.facts.record(*answer.facts)
            fresh = [s for s in answer.named if s.work_key not in before]
            self.store.named.add(part, fresh)

    def look_up(self, *, closed: bool) -> list[Plan]:
        """
        Plans for the works that wait and are due; with ``closed`` none that asks arXiv.

        What is in the store by now was seen once more, and that is noted at once.
        """
        waiting = [it for it in self.store.named.all() if not it.given_up and self._is_ours(it)]
        works = self.store.works.get_many({it.key for it in waiting})
        self._stored([it for it in waiting if it.key in works], works)
        self.waiting = [it for it in waiting if it.key not in works]
        ready = [it for it in self.waiting if is_due(it, self.context.now)]
        # Those that nobody has asked for come first: works that don't exist would crowd them out.
        due = list(dict.fromkeys(it.key for it in sorted(ready, key=lambda it: it.times)))
        self.left_over = set(due)
        papers = [] if closed else [key for key in due if is_paper_key(key)][:MAX_NAMED_PAPERS]
        refused = {it.key for it in self.waiting if is_refused(it)}
        pages = [key for key in due if not is_paper_key(key)][:MAX_NAMED_PAGES]
        asks = [page_ask(address, self.context.pages) for address in self._addresses(pages)]
        self.asked = {*papers, *(ask.key for ask in asks)}
        ids = [bare_key(key) for key in papers if key not in refused]
        alone = [bare_key(key) for key in papers if key in refused]
        return plans_for(ids, asks, self.context.services, self.token, self.context.now, alone)

    def _is_ours(self, waiting: Waiting) -> bool:
        """Whether a source of this run named it; the others are asked another time."""
        return waiting.part.partition("/")[0] in {*self.asks_of, "page"}

    def _addresses(self, keys: Sequence[str]) -> Iterator[Address]:
        links = {it.key: it.sighting.raw_link for it in self.waiting}
        for key in keys:
            address = read_address(links[key])
            refusal = page_refusal(address.url) if address else "is no address"
            if address is None or refusal:
                self._unanswered({key: refusal or ""}, for_good=True)
            else:
                yield address

    def looked_up(self, results: Sequence[WebResult | PapersAnswer]) -> int:
        """Store the works that were looked up, and what became of the rest; how many there are."""
        works: dict[str, Work] = {}
        found: list[Found] = []
        for result in results:
            if isinstance(result, WebAnswer | PapersAnswer):
                found += result.works
                works |= {
                    result.part if isinstance(result, WebAnswer) else it.work.key: it.work
                    for it in result.works
                }
        by_key = {it.key for it in self.waiting}
        with self.store.transaction():
            self.store.works.save([it for it in found if it.work.key not in by_key])
            self._stored([it for it in self.waiting if it.key in works], works)
            self._unanswered(self._reasons(results, works.keys()))
        return len(found)

    def _reasons(
        self, results: Sequence[WebResult | PapersAnswer], had: Collection[str]
    ) -> dict[str, str]:
        """Why works that were asked for are not there; without those that nobody answered about."""
        failed = {it.part: it for it in results if isinstance(it, Failure)}
        answered = any(isinstance(it, PapersAnswer) for it in results) and PAPERS not in failed
        papers = {key for key in self.asked if is_paper_key(key)}
        reasons = dict.fromkeys(papers - set(had), NOT_AT_ARXIV) if answered else {}
        reasons |= {key: failed[key].reason for key in papers - set(had) if key in failed}
        for key in self.asked - papers - set(had):
            if key in failed and not failed[key].closed and failed[key].reason != OVERSPENT:
                reasons[key] = failed[key].reason
        return reasons

    def _stored(self, waiting: Sequence[Waiting], works: Mapping[str, Work]) -> None:
        """A work that is there counts as seen where it was named, not where it lives."""
        with self.store.transaction():
            self.store.works.save(
                [
                    Found(works[it.key], replace(it.sighting, work_key=works[it.key].key))
                    for it in waiting
                ]
            )
            self.store.named.settle({it.key for it in waiting})
            # An address that leads to another work stays, or it would be asked for again.
            moved = [it for it in waiting if works[it.key].key != it.key]
            self.store.named.update(
                [replace(it, given_up=True, reason=f"is {works[it.key].key}") for it in moved]
            )
        self.had += waiting
        self.waiting = [it for it in self.waiting if it not in waiting]
        self.left_over -= {it.key for it in waiting}

    def _unanswered(self, reasons: Mapping[str, str], *, for_good: bool = False) -> None:
        """Note why works could not be had; those that were asked for long enough are given up."""
        news = [
            unanswered(it, reasons[it.key], self.context.now, for_good=for_good)
            for it in self.waiting
            if it.key in reasons
        ]
        self.store.named.update(news)
        self.given_up += [it for it in news if it.given_up]
        self.asked -= reasons.keys()
        self.left_over -= reasons.keys()
        fresh = {(it.part, it.key): it for it in news}
        self.waiting = [fresh.get((it.part, it.key), it) for it in self.waiting]

    def conclude(self) -> list[SourceReport]:
        """A report for each part of each source; what to remember of it is stored."""
        now, reports = self.context.now, []
        earlier = self.store.runs.usual("items")
        for name, collected in self.results.items():
            source, _, part = name.partition("/")
            results = collected or [Failure(source, part, "the spider ended without an answer")]
            state = self.store.runs.source(name)
            named = self._named_by(name, results, state)
            report = judge_web(name, results, state, now, earlier.get(name, ()), named)
            self.store.runs.set_source(next_web_state(report, results, state, now))
            reports.append(report)
        return reports

    def _named_by(
        self, part: str, results: Sequence[WebResult], state: SourceState | None
    ) -> NamedWorks:
        shown = keys_of(results)
        own = [it for it in self.waiting if it.part == part]
        late = {it.key for it in self.had if it.part == part}
        return NamedWorks(
            {it.key: it.reason for it in own if it.since and not it.given_up},
            frozenset(it.key for it in own if not it.since),
            frozenset(late - shown).union(late & set(state.batch if state else ())),
        )


def is_due(waiting: Waiting, now: datetime) -> bool:
    """
    Whether to ask for a named work now.

    Papers in every run: arXiv's API knows a paper some hours after it was announced, and one
    request asks for a hundred. Pages on the first, third, seventh … day after the first look: each
    is a request of its own; so are papers that arXiv refused alone.
    """
    since = waiting.since
    in_a_list = is_paper_key(waiting.key) and not is_refused(waiting)
    if since is None or since > now or in_a_list:
        return True
    return now >= since + PAGE_WAIT * ((1 << waiting.times) - 1) - RUNS_DIFFER


def is_refused(waiting: Waiting) -> bool:
    """Whether arXiv refused this paper alone, and every list it was in."""
    return is_paper_key(waiting.key) and waiting.reason.startswith(REFUSED_ALONE)


def unanswered(waiting: Waiting, reason: str, now: datetime, *, for_good: bool = False) -> Waiting:
    """The work after one more look without an answer; given up after PATIENCE, or for good."""
    since, times = min(waiting.since or now, now), waiting.times + 1
    enough = MIN_TIMES_PAPER if is_paper_key(waiting.key) else MIN_TIMES_PAGE
    given_up = for_good or (now - since >= PATIENCE and times >= enough)
    return replace(waiting, since=since, times=times, reason=reason, given_up=given_up)


def given_up_note(given_up: Sequence[Waiting]) -> str | None:
    """Which named works nobody will ask for again, and why; None if there are none."""
    reasons = {it.key: (it.part, it.reason) for it in given_up}
    if not reasons:
        return None
    some = list(reasons.items())[:MAX_UNREAD_WORKS_SHOWN]
    told = [f"{bare_key(key)} ({part}: {reason})" for key, (part, reason) in some]
    rest = len(reasons) - len(some)
    more = [f"and {rest} more"] if rest else []
    return f"given up, named but not found: {', '.join([*told, *more])}"


def configured(sources: Sources, only: Collection[str]) -> list[str]:
    """The sources to ask: those that are configured, among the ones asked for."""
    return [name for name in SOURCES if name in only and sources.wants(name)]
