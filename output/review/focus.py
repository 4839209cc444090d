"""Everything that the page shows about one work, gathered from the worklist and the store."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from catalog.facts import Decision, Fact, FactKind
from catalog.paper import Paper, Work
from catalog.store import Store
from output.digest.model import Candidate
from output.digest.reasons import arithmetic, proposed
from output.review.model import Focus, WorkDetails
from output.review.worklist import Worklist, WorklistItem
from pipelines.enrich.trends import trends

# What the page tells beside the values that a candidate has.
DETAILS: tuple[FactKind, ...] = ("venue-words", "licence", "discussion")


def focus_on(store: Store, worklist: Worklist, item: WorklistItem) -> Focus:
    """Everything the page shows about one work of the worklist."""
    shown = worklist.candidate(item)
    decisions = worklist.decisions_on(item)
    facts = store.facts.latest_of((*DETAILS, "note"), [item.work.key])
    about = {kind: of[item.work.key] for kind, of in facts.items() if of}
    current = decisions[item.open_since :]
    return Focus(
        line=worklist.line(item.id),
        candidate=replace(shown, changed=item.changed),
        entry=next((d.entry for d in reversed(current) if d.entry), shown.entry),
        sections=tuple(section.name for section in item.rules.sections),
        similar=tuple(worklist.similar(item)),
        decisions=tuple(decisions),
        links=tuple(_links(shown, item.work)),
        arithmetic=arithmetic(shown),
        proposed=proposed(shown),
        trend=_trend(store, item),
        seen=state_token(decisions),
        about=_details(item, shown, about),
        note=about["note"].value if "note" in about else "",
        weeks=worklist.weeks_of(item),
        has_stars=worklist.has_stars(item.rules),
    )


def note_on(store: Store, key: str) -> str:
    """What somebody wrote about a work; empty without a note."""
    fact = store.facts.latest("note", [key]).get(key)
    return fact.value if fact else ""


def state_token(decisions: Sequence[Decision]) -> str:
    """Names the state that a page shows: the number of decisions and the newest one."""
    last = repr(decisions[-1]) if decisions else ""
    return hashlib.sha256(f"{len(decisions)}{last}".encode()).hexdigest()[:16]


def _trend(store: Store, item: WorklistItem) -> tuple[int, ...]:
    by_key = trends(store.facts.history("citations", item.work.key))
    return tuple(
        level for trend in by_key.values() for level in trend.levels() if level is not None
    )


def _details(item: WorklistItem, shown: Candidate, about: Mapping[str, Fact]) -> WorkDetails:
    if not isinstance(item.work, Paper):
        return WorkDetails(venue=shown.venue or "")
    words, licence, comments = (about.get(kind) for kind in DETAILS)
    # Built from the parsed id: an address that a service sent is never shown as a link.
    address = f"https://huggingface.co/papers/{item.work.arxiv_id}#community"
    return WorkDetails(
        venue=shown.venue or "",
        venue_words=words.value if words else "",
        licence=licence.value if licence else "",
        discussion=address if comments and comments.count else "",
        comments=comments.count if comments else 0,
    )


def _links(shown: Candidate, work: Work) -> Iterator[tuple[str, str]]:
    """Links for further reading, built from parsed ids and canonical addresses."""
    if isinstance(work, Paper):
        yield f"arXiv:{work.arxiv_id}", f"https://arxiv.org/abs/{work.arxiv_id}"
        yield "PDF", f"https://arxiv.org/pdf/{work.arxiv_id}"
    else:
        yield work.url.removeprefix("https://").partition("/")[0], work.url
    if shown.code:
        archived = ", archived" if shown.archived else ""
        yield f"Code: {shown.code}{archived}", f"https://github.com/{shown.code}"
