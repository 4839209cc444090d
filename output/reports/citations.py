"""Citation counts as text and as data: the stored ones, and those that grew the most."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import UsageTrouble
from catalog.facts import Fact
from catalog.markdown.entry import Entry
from catalog.markdown.listfile import parse
from catalog.paper import Paper, bare_key, paper_key
from output.escape import terminal
from output.sparkline import sparkline, spoken
from pipelines.enrich.citations import source_name
from pipelines.enrich.trends import Mover, Trend
from pipelines.workspace import read

if TYPE_CHECKING:
    from catalog.store.facts import Facts
    from catalog.store.works import Works


def facts_of(store: "Facts", keys: list[str], *, held: bool) -> list[Fact]:
    """Read the full history of these papers, or without keys the newest count of each paper."""
    if held:
        return [fact for fact in store.held("citations") if not keys or fact.work_key in keys]
    if keys:
        return [fact for key in keys for fact, _ in store.history("citations", key)]
    all_keys = {fact.work_key for fact, _ in store.history("citations")}
    waiting = {fact.work_key: fact for fact in store.held("citations")}
    newest = store.latest("citations", all_keys) | waiting
    return [newest[key] for key in sorted(newest)]


def count_lines(
    paths: Iterable[Path], works: "Works", facts: Sequence[Fact], by_key: Mapping[str, Trend]
) -> Iterator[str]:
    """A line for each count; with its trend, and all with titles, where trends are given."""
    keys = [fact.work_key for fact in facts]
    titles = titles_of(listed_papers(paths), works, keys) if by_key else {}
    for fact in facts:
        yield _count_line(fact, by_key.get(fact.work_key), titles.get(fact.work_key, ""))


def _count_line(fact: Fact, trend: Trend | None, title: str) -> str:
    line = f"{sparkline(trend.levels()):<12}  " if trend else ""
    mark = "  held" if fact.held else ""
    name = bare_key(fact.work_key)
    origin = f"{source_name(fact.source)}, {fact.seen_at:%Y-%m-%d}{mark}"
    return f"{name:<12} {fact.count:>6}  {line}{origin:<29}  {terminal(title)}".rstrip()


def count_row(fact: Fact, trend: Trend | None) -> dict[str, object]:
    """A count as data, for --json."""
    levels = trend.levels() if trend else ()
    return {
        "arxiv_id": bare_key(fact.work_key),
        "count": fact.count,
        "source": fact.source,
        "url": fact.url,
        "seen_at": fact.seen_at.isoformat(),
        "held": fact.held,
        "trend": sparkline(levels),
        "trend_in_words": spoken(levels),
    }


def listed_papers(paths: Iterable[Path]) -> list[Entry]:
    """The papers of list files."""
    return [entry for path in paths for entry in parse(read(path)).entries if entry.arxiv_id]


def keys_of_section(entries: Sequence[Entry], name: str) -> set[str]:
    """The keys of the papers of a section; UsageTrouble if there are none."""
    keys = {paper_key(entry.arxiv_id or "") for entry in entries if entry.section == name}
    if not keys:
        sections = ", ".join(dict.fromkeys(entry.section or "" for entry in entries))
        raise UsageTrouble("--section", f"no papers in section {name!r}", f"known: {sections}")
    return keys


def titles_of(listed: Iterable[Entry], store: "Works", keys: Iterable[str]) -> dict[str, str]:
    """Find titles by key: in the store, otherwise in the lists."""
    titles = {paper_key(entry.arxiv_id or ""): entry.title for entry in listed}
    stored = store.get_many(set(keys))
    return titles | {key: work.title for key, work in stored.items() if isinstance(work, Paper)}


def mover_line(mover: Mover, titles: Mapping[str, str]) -> str:
    """A paper whose count grew, in one line."""
    return (
        f"{bare_key(mover.trend.key):<12} {mover.before:>6} -> {mover.after:>6}  (+{mover.gain})  "
        f"{sparkline(mover.trend.levels()):<12}  {terminal(titles.get(mover.trend.key, '?'))}"
    )


def mover_row(mover: Mover, titles: Mapping[str, str]) -> dict[str, object]:
    """A paper whose count grew as data, for --json."""
    levels = mover.trend.levels()
    return {
        "arxiv_id": bare_key(mover.trend.key),
        "title": titles.get(mover.trend.key),
        "source": mover.trend.source,
        "from": mover.before,
        "to": mover.after,
        "gain": mover.gain,
        "trend": sparkline(levels),
        "trend_in_words": spoken(levels),
    }
