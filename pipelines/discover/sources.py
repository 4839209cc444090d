"""
The sources besides arXiv: what to ask them, and what becomes of their answers.

All of them are asked in one crawl. Works that were only named somewhere are then looked up where
they live, papers at arXiv in a few requests. What can't be looked up now is new again in the next
run.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from catalog.address import Address, read_address
from catalog.paper import Found, Miss, Sighting, SourceReport, bare_key, is_paper_key
from catalog.store import Store
from config.secret import Secret
from config.settings import Sources
from crawler.health import judge_web, keys_of, next_web_state
from crawler.hosts import page_refusal
from crawler.items import Failure, PapersAnswer, WebAnswer, WebResult
from crawler.plans import Plan, WebPlan
from crawler.sources.base import Source, SourceContext, SourceRequest, name_of
from crawler.sources.registry import SOURCES
from pipelines.discover.lookup import PAPERS, page_ask, plans_for

# Named works that one run looks up: three requests of papers, and some pages.
MAX_PAPERS, MAX_PAGES = 300, 20
# A work without an answer isn't asked for again before this time has passed.
RETRY_AFTER = timedelta(days=7)


@dataclass
class Web:
    """The results of a run by ``name/part``, and the works that its sources named."""

    store: Store
    context: SourceContext
    token: Secret
    results: dict[str, list[WebResult]] = field(default_factory=lambda: defaultdict(list))
    named: dict[str, Sighting] = field(default_factory=dict)
    left_over: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    def plans(self, names: Iterable[str]) -> Iterator[Plan]:
        """A plan for each source that has requests; answers it has already are taken at once."""
        for name in names:
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
        state = self.store.runs.source(part)
        before = set(state.batch) if state else set()
        with self.store.transaction():
            self.store.works.save([item for item in answer.works if item.work.key not in before])
            for fact in answer.facts:
                self.store.facts.record(fact)
        self.named.update({s.work_key: s for s in answer.named if s.work_key not in before})

    def look_up(self) -> list[Plan]:
        """
        Plans for named works that aren't in the store.

        Stored works were seen once more, and that is noted at once.
        """
        works = self.store.works.get_many(self.named)
        self.store.works.save([Found(works[key], self.named[key]) for key in works])
        self.skipped = {
            miss.work_key
            for miss in self.store.facts.misses("work")
            if self.context.now - miss.seen_at < RETRY_AFTER
        }
        unknown = [key for key in self.named if key not in works and key not in self.skipped]
        papers = [key for key in unknown if is_paper_key(key)]
        pages = [key for key in unknown if not is_paper_key(key)]
        self.left_over = {*papers[MAX_PAPERS:], *pages[MAX_PAGES:]}
        ids = [bare_key(key) for key in papers[:MAX_PAPERS]]
        addresses = self._addresses(pages[:MAX_PAGES])
        asks = [page_ask(address, self.context.pages) for address in addresses]
        return plans_for(ids, asks, self.context.services, self.token, self.context.now)

    def _addresses(self, keys: Sequence[str]) -> Iterator[Address]:
        for key in keys:
            address = read_address(self.named[key].raw_link)
            refusal = page_refusal(address.url) if address else "is no address"
            if address is None or refusal:
                self._miss(key, "refused", refusal or "")
                self.skipped.add(key)
            else:
                yield address

    def looked_up(self, results: Sequence[WebResult | PapersAnswer]) -> int:
        """Store the works that were looked up, and misses for the rest; how many there are."""
        works = []
        for result in results:
            if isinstance(result, WebAnswer):
                works += [self._as_named(item, result.part) for item in result.works]
            elif isinstance(result, PapersAnswer):
                works += [self._as_named(item, item.work.key) for item in result.works]
        self.store.works.save(works)
        reasons = {item.part: item.reason for item in results if isinstance(item, Failure)}
        stored = self.store.works.get_many(self.named)
        for key in self.named.keys() - stored.keys() - self.left_over:
            if is_paper_key(key) and (PAPERS in reasons or not results):
                self.left_over.add(key)
            elif key not in self.skipped:
                self._miss(key, "not-found", reasons.get(key) or "not found there")
        return len(works)

    def _as_named(self, item: Found, key: str) -> Found:
        """A work that was looked up counts as seen where it was named, not where it lives."""
        named = self.named.get(key)
        if named is None:
            return item
        return Found(item.work, replace(named, work_key=item.work.key))

    def _miss(self, key: str, reason: str, detail: str) -> None:
        self.store.facts.miss(Miss(key, "work", "page", reason, self.context.now, detail))

    def conclude(self) -> list[SourceReport]:
        """A report for each part of each source; what to remember of it is stored."""
        now, reports = self.context.now, []
        earlier = self.store.runs.usual("items")
        for name, collected in self.results.items():
            source, _, part = name.partition("/")
            results = collected or [Failure(source, part, "the spider ended without an answer")]
            state = self.store.runs.source(name)
            report = judge_web(name, results, state, now, earlier.get(name, ()))
            left = self.left_over & keys_of(results)
            self.store.runs.set_source(next_web_state(report, results, state, left, now))
            reports.append(report)
        return reports


def configured(sources: Sources, only: Collection[str]) -> list[str]:
    """The sources to ask: those that are configured, among the ones asked for."""
    return [name for name in SOURCES if name in only and sources.wants(name)]
