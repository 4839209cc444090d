"""Every method of the store, called as a command calls it, and which of them write."""

from catalog.rows.digests import KeptDigest
from catalog.rows.runs import Run, SourceState, StoredDay
from catalog.sightings import Waiting
from catalog.store.intents import Intent
from tests.fakes import KEY, LIST, NOW, citations, decision, found, paper, verdict

BODIES = (b"old", b"new")
INTENT = Intent("apply", LIST, "list.md", *BODIES, (decision(),), NOW)
DIGEST = KeptDigest(LIST, "2024-W46", NOW, b"# A List\n", {"candidates": []})
STATE = SourceState("arxiv_rss/cs.CL", None, (), None, "OK", "", 0, NOW)
# Every method of the store, as it is called. A generator begins when it is read.
CALLS = {
    "works.save": lambda store: store.works.save([found()]),
    "works.get_many": lambda store: store.works.get_many([KEY]),
    "works.get": lambda store: store.works.get(KEY),
    "works.all": lambda store: list(store.works.all()),
    "works.texts": lambda store: list(store.works.texts([KEY])),
    "works.titles": lambda store: store.works.titles([KEY]),
    "works.last_sighted": lambda store: store.works.last_sighted(NOW.date()),
    "works.sighted": lambda store: store.works.sighted(NOW.date()),
    "works.sighted_links": lambda store: store.works.sighted_links(NOW.date()),
    "works.restore": lambda store: store.works.restore([]),
    "works.looked_up": lambda store: store.works.looked_up("arxiv_api", [KEY]),
    "works.count": lambda store: store.works.count(),
    "verdicts.backlog": lambda store: store.verdicts.backlog(LIST, "rules-1", 1),
    "works.first_seen": lambda store: store.works.first_seen([KEY]),
    "verdicts.save": lambda store: store.verdicts.save(LIST, [(paper(), verdict())], NOW),
    "verdicts.first_judged": lambda store: store.verdicts.first_judged(LIST, "x"),
    "verdicts.titles_proposed": lambda store: store.verdicts.titles_proposed(
        LIST, NOW.date(), NOW.date()
    ),
    "verdicts.proposed": lambda store: list(store.verdicts.proposed(LIST)),
    "verdicts.near_misses": lambda store: list(store.verdicts.near_misses(LIST)),
    "verdicts.proposed_keys": lambda store: store.verdicts.proposed_keys(LIST),
    "verdicts.near_misses_of": lambda store: store.verdicts.near_misses_of(LIST, [KEY]),
    "verdicts.recent": lambda store: store.verdicts.recent(LIST, NOW.date(), [KEY]),
    "works.untrimmed_keys": lambda store: store.works.untrimmed_keys(),
    "works.untrimmed": lambda store: list(store.works.untrimmed()),
    "works.take_back": lambda store: store.works.take_back([]),
    "trimmed.count": lambda store: store.trimmed.count(),
    "trimmed.due": lambda store: store.trimmed.due(NOW),
    "trimmed.trim": lambda store: store.trimmed.trim([KEY], NOW),
    "trimmed.backlog": lambda store: store.trimmed.backlog(LIST, "rules-1", 1),
    "trimmed.judged": lambda store: store.trimmed.judged(LIST, [(paper(), verdict())], NOW),
    "trimmed.last_seen": lambda store: store.trimmed.last_seen(),
    "trimmed.seen_since": lambda store: store.trimmed.seen_since(NOW.date()),
    "trimmed.days": lambda store: store.trimmed.days(NOW.date(), NOW.date()),
    "verdicts.get": lambda store: store.verdicts.get(LIST, KEY),
    "facts.record": lambda store: store.facts.record(citations()),
    "facts.latest": lambda store: store.facts.latest("citations", [KEY]),
    "facts.latest_of": lambda store: store.facts.latest_of(["citations"], [KEY]),
    "facts.held": lambda store: store.facts.held("citations"),
    "facts.history": lambda store: list(store.facts.history("citations")),
    "facts.history_of": lambda store: list(store.facts.history_of("citations", [KEY])),
    "facts.asked": lambda store: store.facts.asked("citations", "semanticscholar"),
    "facts.misses": lambda store: store.facts.misses("citations"),
    "decisions.add": lambda store: store.decisions.add([decision()]),
    "decisions.number": lambda store: store.decisions.number(),
    "decisions.after": lambda store: store.decisions.after(0),
    "decisions.latest": lambda store: store.decisions.latest(LIST),
    "decisions.all": lambda store: store.decisions.all(),
    "digests.begin": lambda store: store.digests.begin(DIGEST),
    "digests.drop": lambda store: store.digests.drop(DIGEST),
    "digests.begun": lambda store: store.digests.begun(LIST),
    "digests.save": lambda store: store.digests.save(DIGEST),
    "digests.get": lambda store: store.digests.get(LIST, "2024-W46"),
    "digests.get_many": lambda store: store.digests.get_many(LIST, ["2024-W46"]),
    "digests.newest": lambda store: store.digests.newest(LIST, NOW),
    "digests.names": lambda store: store.digests.names(LIST, "2024-W46"),
    "digests.latest": lambda store: store.digests.latest(LIST, 3),
    "digests.all": lambda store: store.digests.all(),
    "intents.begin": lambda store: store.intents.begin(INTENT),
    "intents.close": lambda store: store.intents.close(1, "done"),
    "intents.undo": lambda store: store.intents.undo(1),
    "intents.open": lambda store: store.intents.open(),
    "intents.last_applied": lambda store: store.intents.last_applied(LIST),
    "intents.lead": lambda store: store.intents.lead(LIST, b"old", b"new"),
    "intents.newest": lambda store: store.intents.newest([LIST]),
    "named.add": lambda store: store.named.add("hf_daily", [found().sighting]),
    "named.all": lambda store: store.named.all(),
    "named.update": lambda store: store.named.update([Waiting("a", found().sighting)]),
    "named.settle": lambda store: store.named.settle([KEY]),
    "runs.keep": lambda store: store.runs.keep(Run("discover", NOW, "OK", {})),
    "runs.number": lambda store: store.runs.number(),
    "runs.recent": lambda store: store.runs.recent(),
    "runs.usual": lambda store: store.runs.usual("found"),
    "runs.source": lambda store: store.runs.source("arxiv_rss/cs.CL"),
    "runs.sources": lambda store: store.runs.sources(),
    "runs.set_source": lambda store: store.runs.set_source(STATE),
    "runs.forget_day": lambda store: store.runs.forget_day("arxiv", NOW.date()),
    "runs.days": lambda store: store.runs.days("arxiv"),
    "runs.set_day": lambda store: store.runs.set_day(
        StoredDay("arxiv", NOW.date(), "feed", 1, NOW)
    ),
    "properties.get": lambda store: store.properties.get("application"),
    "properties.set": lambda store: store.properties.set("commit of state", "abc"),
    "backup.export": lambda store: list(store.backup.export()),
    "backup.restore": lambda store: store.backup.restore([], dict),
}
WRITING = {
    "works.save", "works.restore", "verdicts.save",
    "facts.record", "decisions.add", "digests.save",
    "digests.begin", "digests.drop",
    "intents.begin", "intents.close", "intents.undo", "named.add", "named.update",
    "named.settle", "runs.keep", "runs.set_source", "runs.set_day", "runs.forget_day",
    "backup.restore", "properties.set",
    "trimmed.trim", "trimmed.judged", "works.take_back",
}  # fmt: skip
PARTS = (
    "works", "trimmed", "verdicts", "facts", "decisions", "digests", "intents", "named", "runs",
    "backup", "properties",
)  # fmt: skip
