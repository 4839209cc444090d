"""
Would the model have found the editor's papers? Learned before each quarter, judged on the quarter.

    python -m benchmarks.rolling_quarters [--since 2024-01-01] [--older-words | --without-rules]

Reads the shared papers ($LISTKEEPER_SHARED or ../shared): what one editor listed, what the same
editor put into other lists, and a pool of arXiv papers from June 2024 on. A label counts from the
day of its commit. Whatever was labelled after the first day of a quarter is unlabelled for the
model of that quarter, or does not exist yet.

in or out   the papers that the editor listed or put elsewhere in the quarter
order       all papers of the pool that arXiv announced in a week; later picks have to stand high
section     the papers that the editor listed in the quarter

"rules" are the words as they are now. People chose them with these labels in view, so whatever
contains them is flattered; "model" is not. With --older-words a word of a section counts only if
two papers that were listed before the quarter say it, which flatters less; --without-rules leaves
everything to the model. Many papers of the pool
come without a date. As arXiv numbers papers in the order they come, the day of the next dated
number is taken.
"""

import argparse
import json
from bisect import bisect_left
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.recorded import recorded
from benchmarks.rules_quarters import older_words
from catalog.paper_rows import read_file
from config.rules import load_list
from pipelines.rank.quarters import moments, week_parts
from pipelines.rank.rolling import RulesThen, as_dict, roll
from pipelines.rank.samples import SampleFiles, from_files
from pipelines.rules.ruleset import compile_rules
from pipelines.tuning.labelled import Labelled

RULES = Path(__file__).resolve().parents[1] / "config" / "lists" / "efficient-llm.yaml"


def dev_samples():
    """Every labelled paper and the whole pool."""
    files = SampleFiles(
        recorded("lists", "labelled-dev.jsonl"),
        recorded("lists", "negatives-dev.jsonl"),
        recorded("wire", "arxiv-meta-dev.jsonl.gz"),
    )
    return from_files(files, most=None)


def days():
    """The day of every dated paper of the pool, by id, in the order of ids."""
    import gzip

    with gzip.open(recorded("wire", "arxiv-meta-dev.jsonl.gz")) as lines:
        rows = map(json.loads, lines)
        return sorted((row["arxiv_id"], row["published"][:10]) for row in rows if row["published"])


def by_week(dated):
    """Cuts a quarter's papers into calendar weeks."""
    numbers = [number for number, _ in dated]

    def weeks(known, quarter, when):
        found = defaultdict(list)
        for part in week_parts(known, quarter, when):
            for sample in part:
                number = sample.key.removeprefix("arxiv:")
                # Labelled papers that the pool lacks stand in no week.
                if sample.key not in pool:
                    continue
                at = min(bisect_left(numbers, number), len(numbers) - 1)
                found[date.fromisoformat(dated[at][1]).isocalendar()[:2]].append(sample)
        return list(found.values())

    pool = {
        f"arxiv:{row.arxiv_id}" for row in read_file(recorded("wire", "arxiv-meta-dev.jsonl.gz"))
    }
    return weeks


def labelled(sample):
    """A listed paper as those who count words want it."""
    seen = sample.seen
    return Labelled(sample.key, seen.title, seen.abstract, belongs=True, section=sample.section)


def rules_at(rules, known, given):
    """The rules of today at every moment, without the words that older papers lack, or none."""
    if given.without_rules:
        return lambda _cut: None
    if not given.older_words:
        today = RulesThen(rules.list, compile_rules([rules]))
        return lambda _cut: today
    when = moments(known).of

    def then(cut):
        listed = (s for s in known.listed if s.key in when and when[s.key] < cut)
        before = [labelled(s) for s in listed]
        return RulesThen(rules.list, compile_rules([older_words(rules, before)]))

    return then


def measure(given):
    since = datetime.fromisoformat(given.since).replace(tzinfo=UTC)
    rules = load_list(RULES)
    known = dev_samples()
    figures = list(
        roll(
            known,
            rules_at(rules, known, given),
            since=since,
            weeks=by_week(days()),
            names=[section.name for section in rules.sections],
        )
    )
    return as_dict(figures, moments(known).source)


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--since", default="2024-01-01")
    parser.add_argument("--older-words", action="store_true", help="only words older papers say")
    parser.add_argument("--without-rules", action="store_true", help="the model alone")
    print(json.dumps(measure(parser.parse_args()), indent=1))


if __name__ == "__main__":
    main()
