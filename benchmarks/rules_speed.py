"""
How fast the rules read: papers a second, beside the obvious loop over the same words.

    python -m benchmarks.rules_speed [--papers 5000] [--json]

Reads the shared pool of arXiv papers where it is there ($LISTKEEPER_SHARED or ../shared), else
made-up text. Every figure is of this run and this machine, one process; the best of three.
"""

import argparse
import gzip
import json
import os
import random
import time
from pathlib import Path

from config.rules import load_list
from pipelines.fit import read
from pipelines.fold import fold
from pipelines.rules import compile_rules

ROOT = Path(__file__).resolve().parents[1]
POOL = Path("wire", "arxiv-meta-dev.jsonl.gz")
# The loop is so slow that a few papers say enough.
LOOPED = 300


def papers(most):
    pool = Path(os.environ.get("LISTKEEPER_SHARED", ROOT.parent / "shared")) / POOL
    if not pool.is_file():
        return "made-up text", [made_up(number) for number in range(most)]
    with gzip.open(pool) as lines:
        rows = [json.loads(line) for _, line in zip(range(most), lines, strict=False)]
    return pool.name, [(row["title"], row["abstract"] or "") for row in rows]


def made_up(seed):
    chance = random.Random(seed)
    words = ["we", "train", "language", "models", "with", "quantized", "attention", "inference"]
    words += [f"word{n}" for n in range(200)]
    return " ".join(chance.choices(words, k=10)), " ".join(chance.choices(words, k=180))


def rate(texts, do):
    best = 0.0
    for _ in range(3):
        started = time.perf_counter()
        for title, abstract in texts:
            do(title, abstract)
        best = max(best, len(texts) / (time.perf_counter() - started))
    return best


def measure(most):
    source, texts = papers(most)
    rules = load_list(ROOT / "config" / "lists" / "efficient-llm.yaml")
    ruleset = compile_rules([rules])
    finder = ruleset.finder

    def loop(title, abstract):
        """Every word over every text; folding included, like the figures above it."""
        for text in (fold(title).text, fold(abstract).text):
            for word in finder.words:
                for side in word.sides:
                    list(side.compiled.finditer(text))

    def spans(title, abstract):
        reading = read(finder, title, abstract)
        reading.evidence(reading.found)

    obvious = rate(texts[:LOOPED], loop)
    figures = {
        "fold": rate(texts, lambda title, abstract: (fold(title), fold(abstract))),
        "find which words": rate(texts, lambda title, abstract: read(finder, title, abstract)),
        "find words with spans": rate(texts, spans),
        "judge, end to end": rate(texts, lambda t, a: ruleset.judge(rules.list, t, a)),
        "re, one word after the other": obvious,
    }
    return {
        "source": source,
        "papers": len(texts),
        "words": len(finder.words),
        "papers_per_second": {name: round(value, 1) for name, value in figures.items()},
        "times_the_loop": {name: round(value / obvious, 1) for name, value in figures.items()},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--papers", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.papers)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['papers']} papers of {found['source']}, {found['words']} words")
    for name, value in found["papers_per_second"].items():
        print(f"{name:<30} {value:>10,.0f} papers/s  {found['times_the_loop'][name]:>6,.1f} x")


if __name__ == "__main__":
    main()
