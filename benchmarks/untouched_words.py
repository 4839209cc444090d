"""
How much of arXiv does a new list let in, with the words of ``init`` and a model of its entries?

    python -m benchmarks.untouched_words [LIST.md ...] [--papers N]

Reads the shared papers ($LISTKEEPER_SHARED or ../shared), and the shared lists unless others are
named. For each list ``init`` writes its rules, from all entries and the abstracts that arXiv gives
for the newest hundred; nobody changes a word. Then a model is learned from the same entries, and
from papers of the pool that the list doesn't have, as a run would do after its first crawl.

words   the share of the pool (without the list's papers) that the words alone let in
model   the share that is a candidate once there is a model, and by what
touched the same once a person has changed one word of the first section
line    where the line is from: entries of the last two quarters, or all entries

There are no later labels here: what comes in is counted, not whether it is right. For that see
``benchmarks.sibling_lists``.
"""

import argparse
import random
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.recorded import recorded
from benchmarks.sibling_lists import LISTS, OTHERS
from catalog.forms.listed import listed_in
from catalog.markdown.listfile import parse
from catalog.markdown.outline import outline
from catalog.paper import Paper
from catalog.paper_rows import read_file
from config.rules import load_list
from output.forms.setup import abstracts_of, newest_ids
from output.init import first_rules
from pipelines.rank.apply import apply
from pipelines.rank.features import Features
from pipelines.rank.samples import Sample, samples
from pipelines.rank.stage import Ranking
from pipelines.rules.ruleset import compile_rules
from pipelines.rules.untouched import with_note
from pipelines.tuning.bootstrap import learn
from pipelines.tuning.freshness import WordsAge

NOW = datetime(2024, 11, 18, tzinfo=UTC)


def shared_lists():
    for name in (*LISTS, *OTHERS):
        yield recorded("lists", "others" if name in OTHERS else "roundtrip", f"{name}.md")


def write_rules(path, parsed, pool, folder):
    """The file of rules as ``init`` writes it."""
    parts = outline(parsed).parts
    known = [
        Paper(base, 1, pool[base].title, pool[base].abstract)
        for base in newest_ids(list(listed_in(parsed)))
        if base in pool
    ]
    first = learn({part.name: part.titles for part in parts}, abstracts_of(parts, known))
    target = folder / f"{path.stem}.yaml"
    target.write_text(with_note(first_rules(first, path.stem, path.name), target))
    return load_list(target)


def samples_of(parsed, pool):
    """What a first run has: the entries, with abstracts where the store has them, and the pool."""
    entries = {e.arxiv_id: e for e in parsed.entries if e.arxiv_id}
    listed = [
        Sample(
            f"arxiv:{base}",
            Features(pool[base].title, pool[base].abstract) if base in pool else
            Features(entry.title, None, () if entry.elided else entry.authors),
            None,
            entry.section,
        )
        for base, entry in entries.items()
    ]  # fmt: skip
    rest = (
        Sample(f"arxiv:{base}", Features(row.title, row.abstract))
        for base, row in pool.items()
        if base not in entries
    )
    return samples(listed, (), rest)


def touched(rules, folder):
    """The same rules after a person has written one more word."""
    text = rules.path.read_text().replace("in_title:\n", "in_title:\n      - my own word\n", 1)
    target = folder / f"touched-{rules.path.name}"
    target.write_text(text)
    return load_list(target)


def ranking_of(rules, folder):
    ruleset = compile_rules([rules])
    name = rules.path.stem
    return Ranking(rules, lambda: ruleset, folder / f"{name}.json", folder / f"{name}.l.json", NOW)


def measure(path, pool, most):
    parsed = parse(path.read_bytes())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ranking = ranking_of(write_rules(path, parsed, pool, folder), folder)
        known = samples_of(parsed, pool)
        own = {sample.key for sample in known.listed}
        drawn = [row for base, row in pool.items() if f"arxiv:{base}" not in own]
        rows = random.Random(0).sample(drawn, min(most or len(drawn), len(drawn)))

        def share(ranking, model):
            by = Counter(row["by"] for row in apply(ranking, model, rows) if row["candidate"])
            parts = ", ".join(f"{who} {n / len(rows):.1%}" for who, n in sorted(by.items()))
            return f"{sum(by.values()) / len(rows):.1%}" + (f" ({parts})" if model else "")

        yield f"{path.stem}: {len(own)} papers, words {share(ranking, None)}"
        if lacking := ranking.lacking(known):
            yield f"  no model: {lacking}"
            return
        model = ranking.train(known, "list", WordsAge(NOW, "init"))
        line = "entries of two quarters" if model.line else "all entries"
        yield f"  model {share(ranking, model)}, line {ranking.line(model):.2f} from {line}"
        edited = ranking_of(touched(ranking.rules, folder), folder)
        yield f"  touched {share(edited, model)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("lists", nargs="*", type=Path)
    parser.add_argument("--papers", type=int, help="only so many papers of the pool, drawn by lot")
    given = parser.parse_args()
    pool = {row.arxiv_id: row for row in read_file(recorded("wire", "arxiv-meta-dev.jsonl.gz"))}
    for path in given.lists or shared_lists():
        for line in measure(path, pool, given.papers):
            print(line, flush=True)


if __name__ == "__main__":
    main()
