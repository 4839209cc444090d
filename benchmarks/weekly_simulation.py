"""
Where would the editor's picks have stood, week by week? Learned from before, judged on after.

    python -m benchmarks.weekly_simulation [--json]

Reads the shared papers ($LISTKEEPER_SHARED or ../shared). What was listed up to September 2024 is
learned from, beside what the same editor had put elsewhere by then and a background of arXiv
papers up to that month. Each week of October to December 2024 is then ranked whole: every paper
of the pool, picks and all others alike. A pick is a paper that the editor added later and that
the pool has. Many papers come without a date; as arXiv numbers papers in the order they come, the
day of the next dated number is taken.

No date, author or category is used, and no label of after September 2024. One thing leaks: the
words of the rules were chosen by people who had seen all labels.
"""

import argparse
import gzip
import json
from bisect import bisect_left
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.recorded import recorded
from config.rules import load_list
from pipelines.rank.features import Features
from pipelines.rank.samples import Sample, samples
from pipelines.rank.score import Strength
from pipelines.rank.training import learn
from pipelines.rules.ruleset import compile_rules

ROOT = Path(__file__).resolve().parents[1]
CUT, FIRST, LAST = "2024-09-30", "2410", "2412"
WITHIN = (25, 50, 100)


def shared(*parts):
    path = recorded(*parts)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        return {row["arxiv_id"]: row for row in map(json.loads, lines)}


class Story:
    """What was known at the cut, and what came after."""

    def __init__(self):
        self.labelled = shared("lists", "labelled-dev.jsonl")
        self.elsewhere = shared("lists", "negatives-dev.jsonl")
        self.pool = shared("wire", "arxiv-meta-dev.jsonl.gz")
        self.listed = self._until_cut(self.labelled)
        self.refused = self._until_cut(self.elsewhere)
        known = {*self.listed, *self.refused}
        self.before = [key for key in self.pool if key[:4] < FIRST and key not in known]
        self.after = [
            key for key in self.pool if FIRST <= key[:4] <= LAST and key not in self.listed
        ]
        self.picks = {key for key in self.labelled if key not in self.listed} & {*self.after}

    def _until_cut(self, rows):
        return [key for key, row in rows.items() if row["first_added"] <= CUT]

    def seen(self, key, *, abstract=True):
        row = self.labelled.get(key) or self.elsewhere.get(key) or self.pool[key]
        return Features(row["title"], self.pool.get(key, {}).get("abstract") if abstract else None)

    def sample(self, key):
        return Sample(key, self.seen(key))

    def weeks(self):
        dated = sorted((k, row["published"]) for k, row in self.pool.items() if row["published"])
        numbers = [key for key, _ in dated]
        found = defaultdict(list)
        for key in self.after:
            at = min(bisect_left(numbers, key), len(numbers) - 1)
            found[date.fromisoformat(dated[at][1][:10]).isocalendar()[:2]].append(key)
        return found.values()


def orders(story, ruleset, name, *, abstract):
    """The score of every later paper by each way of ordering."""
    seen = [story.seen(key, abstract=abstract) for key in story.after]
    rules = [ruleset.judge(name, one.title, one.abstract).score for one in seen]
    known = samples(
        *(map(story.sample, some) for some in (story.listed, story.refused, story.before))
    )
    model = learn(known, ruleset, name)
    learned = [model.learned(ruleset, one) for one in seen]
    return {
        "rules alone": rules,
        "TF-IDF and logistic regression": plain(story, seen),
        "model alone": learned,
        "rules and model": [
            Strength(one, other).score for one, other in zip(rules, learned, strict=True)
        ],
    }


def plain(story, seen):
    """What anybody would try first, on the same papers."""
    before = [story.seen(key) for key in (*story.listed, *story.refused, *story.before)]
    tfidf = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    table = tfidf.fit_transform(f"{one.title} {one.abstract or ''}" for one in before)
    listed = np.arange(len(before)) < len(story.listed)
    model = LogisticRegression(C=10, max_iter=1000).fit(table, listed)
    return model.decision_function(
        tfidf.transform(f"{one.title} {one.abstract or ''}" for one in seen)
    )


def places(story, scores):
    """The place of each pick among the papers of its week; of equals, the later number first."""
    score = dict(zip(story.after, scores, strict=True))
    found = {}
    for week in story.weeks():
        ranked = sorted(week, key=lambda key: (-score[key], key))
        found |= {key: place for place, key in enumerate(ranked, 1) if key in story.picks}
    return found


def measure():
    story = Story()
    rules = load_list(ROOT / "config" / "lists" / "efficient-llm.yaml")
    ruleset = compile_rules([rules])
    found = {
        "listed": len(story.listed),
        "elsewhere": len(story.refused),
        "background": len(story.before),
        "later": len(story.after),
        "picks": len(story.picks),
        "weeks": sum(1 for week in story.weeks() if story.picks & {*week}),
    }
    for kind, abstract in (("with abstracts", True), ("titles only", False)):
        found[kind] = {}
        for order, scores in orders(story, ruleset, rules.list, abstract=abstract).items():
            ranked = places(story, scores)
            found[kind][order] = {
                str(most): round(sum(place <= most for place in ranked.values()) / len(ranked), 3)
                for most in WITHIN
            } | {"worst": sorted(ranked.values())[-5:]}
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure()
    if given.json:
        print(json.dumps(found, indent=2))
        return
    print(
        f"learned from {found['listed']} listed, {found['elsewhere']} put elsewhere,"
        f" {found['background']} others; ranked {found['later']} later papers"
        f" with {found['picks']} picks"
    )
    for kind in ("with abstracts", "titles only"):
        print(f"\n{kind:<34}" + "".join(f"{f'first {most}':>10}" for most in WITHIN))
        for order, shares in found[kind].items():
            print(f"{order:<34}" + "".join(f"{shares[str(most)]:>10.2f}" for most in WITHIN))


if __name__ == "__main__":
    main()
