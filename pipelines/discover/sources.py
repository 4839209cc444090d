"""
The sources beside arXiv: which of them are asked what, and what becomes of their answers.

All of them are asked in one crawl. Works that were only named somewhere are then looked up
where they live, papers at arXiv in one request; what cannot be looked up now is new again in the
next run.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from catalog.address import Address, read_address
from catalog.paper import Found, Miss, Sighting
from catalog.report import Report
from config.secret import Secret, key_from
from crawler.health import judge_web, next_web_state
from crawler.hosts import page_refusal
from crawler.items import Batch
from crawler.plans import IdsPlan, PagePlan, Plan, WebPlan
from crawler.sources.base import Source, SourceContext, SourceRequest, name_of
from crawler.sources.registry import SOURCES
from pipelines.discover.lookup import page_ask
from pipelines.enrich import github
from pipelines.workspace import Workspace

# Works that a run looks up because somebody named them: three requests of papers, some pages.
MOST_PAPERS, MOST_PAGES = 300, 20
# Who could not tell of itself is asked again after this time.
AGAIN = timedelta(days=7)


@dataclass
class Web:
    """What the sources of a run said, by ``name/part``, and which works they named."""

    workspace: Workspace
    answers: dict[str, list[Batch]] = field(default_factory=lambda: defaultdict(list))
    named: dict[str, Sighting] = field(default_factory=dict)
    left_over: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)

    def plans(self, wanted: Iterable[str]) -> Iterator[Plan]:
        """A plan for each source that has something to ask; what needs no asking is taken in."""
        setting = self._setting()
        for name in wanted:
            questions = list(self._questions(SOURCES[name], setting))
            if questions:
                yield WebPlan(
                    name,
                    tuple(questions),
                    SOURCES[name].read,
                    self.workspace.now,
                    github_token(self.workspace),
                )

    def _setting(self) -> SourceContext:
        workspace = self.workspace
        return SourceContext(
            workspace.sources,
            workspace.services.services,
            workspace.now,
            workspace.root,
            workspace.store.runs.sources(),
            workspace.pages_base,
        )

    def _questions(self, source: Source, setting: SourceContext) -> Iterator[SourceRequest]:
        for item in source.ask(setting):
            if isinstance(item, Batch):
                self.take(item)
                continue
            # A source that ends without an answer must not end without a word.
            self.answers.setdefault(name_of(source.NAME, item.part), [])
            yield item

    def take(self, batch: Batch) -> None:
        """Keep what is new in an answer; a broken crawl is a broken answer of every part."""
        name = name_of(batch.source, batch.part)
        for part in [name] if name in self.answers or batch.part else self._parts(batch.source):
            self._take(part, batch)

    def _parts(self, source: str) -> list[str]:
        parts = [part for part in self.answers if part.partition("/")[0] == source]
        return parts or [source]

    def _take(self, name: str, batch: Batch) -> None:
        state = self.workspace.store.runs.source(name)
        known = set(state.batch) if state else set()
        with self.workspace.store.transaction():
            self.workspace.store.works.save([f for f in batch.found if f.work.key not in known])
            for fact in batch.facts:
                self.workspace.store.facts.record(fact)
        self.named.update({s.work_key: s for s in batch.named if s.work_key not in known})
        self.answers[name].append(batch.slim())

    def look_up(self) -> Iterator[Plan]:
        """
        Plans for works that were named and that nobody knows yet.

        Those that are known were seen once more, and that is noted at once.
        """
        works = self.workspace.store.works.get_many(self.named)
        self.workspace.store.works.save([Found(works[key], self.named[key]) for key in works])
        self.asked = {
            miss.work_key
            for miss in self.workspace.store.facts.misses("work")
            if self.workspace.now - miss.seen_at < AGAIN
        }
        unknown = [key for key in self.named if key not in works and key not in self.asked]
        papers = [key for key in unknown if key.startswith("arxiv:")]
        pages = [key for key in unknown if not key.startswith("arxiv:")]
        self.left_over = {*papers[MOST_PAPERS:], *pages[MOST_PAGES:]}
        ids = tuple(key.removeprefix("arxiv:") for key in papers[:MOST_PAPERS])
        services = self.workspace.services.services
        if ids:
            yield IdsPlan(services["arxiv_api"], ids, self.workspace.now)
        asks = [page_ask(one, self.workspace.pages_base) for one in self._addresses(pages)]
        if asks:
            token = github_token(self.workspace)
            yield PagePlan(tuple(asks), services["github"], token, self.workspace.now)

    def _addresses(self, keys: Sequence[str]) -> Iterator[Address]:
        for key in keys[:MOST_PAGES]:
            address = read_address(self.named[key].raw_link)
            refusal = page_refusal(address.url) if address else "is no address"
            if address is None or refusal:
                self._miss(key, "refused", refusal or "")
                self.asked.add(key)
            else:
                yield address

    def looked_up(self, batches: Sequence[Batch], report: Report) -> None:
        """Keep what arXiv and the pages told; who told nothing is not asked again at once."""
        for batch in batches:
            if batch.source == "page":
                found = [self._as_named(item, batch.part) for item in batch.found]
            else:
                found = [self._as_named(item, item.work.key) for item in batch.found]
            self.workspace.store.works.save(found)
            report.count("discover/looked-up", len(found))
        troubles = {b.part: b.trouble for b in batches if b.trouble}
        if "papers" in troubles:
            report.notes.append(f"papers named elsewhere not looked up: {troubles['papers']}")
        known = self.workspace.store.works.get_many(self.named)
        for key in self.named.keys() - known.keys() - self.left_over:
            if key.startswith("arxiv:") and ("papers" in troubles or not batches):
                self.left_over.add(key)
            elif key not in self.asked:
                self._miss(key, "not-found", troubles.get(key) or "nobody knows it there")

    def _as_named(self, item: Found, key: str) -> Found:
        """A work that was looked up counts as seen where it was named, not where it lives."""
        named = self.named.get(key)
        if named is None:
            return item
        return Found(item.work, replace(named, work_key=item.work.key))

    def _miss(self, key: str, reason: str, detail: str) -> None:
        self.workspace.store.facts.miss(
            Miss(key, "work", "page", reason, self.workspace.now, detail)
        )

    def conclude(self, report: Report) -> None:
        """A word for each part of each source, kept with where it stands."""
        earlier = self.workspace.store.runs.usual("items")
        for name, answers in self.answers.items():
            source, _, part = name.partition("/")
            batches = answers or [Batch(source, part, trouble="the spider ended without an answer")]
            state = self.workspace.store.runs.source(name)
            said = judge_web(name, batches, state, self.workspace.now, earlier.get(name, ()))
            left = self.left_over & {key for batch in batches for key in batch.ids}
            self.workspace.store.runs.set_source(
                next_web_state(said, batches, state, left, self.workspace.now)
            )
            report.add_source(said)
        if self.left_over:
            report.notes.append(
                f"{len(self.left_over)} works that were named elsewhere wait for the next run"
            )


def github_token(workspace: Workspace) -> Secret:
    return key_from(workspace.environment, github.KEY)


def wanted(workspace: Workspace, only: Collection[str]) -> list[str]:
    """The sources to ask: those that are configured, as far as they were asked for."""
    return [name for name in SOURCES if name in only and workspace.sources.wants(name)]
