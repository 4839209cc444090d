"""
How long `rules diff` takes, and how soon a changed word's effect on 4,000 papers is known.

    python -m benchmarks.rules_diff [--papers 4000] [--json]

Reads the shared pool of arXiv papers where it is there ($LISTKEEPER_SHARED or ../shared), else
made-up text. The command is timed as a process, start-up included; the rest in this process. The
median of five.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.rules_speed import ROOT, papers
from config.rules import load_list
from pipelines.rules.ruleset import compile_rules
from pipelines.tuning.comparison import Comparison
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.labelled import Labelled

RULES = ROOT / "config" / "lists" / "efficient-llm.yaml"
# A word of one paper in fifty, and one of hardly any.
COMMON, RARE = "inference near model", "KV cache quantiz*"
ROUNDS = 5


def with_word(text):
    """The rules with one more word among what Quantization says."""
    before = load_list(RULES)
    index = next(n for n, one in enumerate(before.sections) if one.name == "Quantization")
    section = before.sections[index]
    changed = replace(section, says=(*section.says, text))
    sections = (*before.sections[:index], changed, *before.sections[index + 1 :])
    return before, replace(before, sections=sections)


def other_order():
    """A change that may touch any paper: all are judged again, none is folded again."""
    rules = load_list(RULES)
    return replace(rules, sections=tuple(reversed(rules.sections)))


def median(do):
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        do()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times) * 1000)


def measure(most):
    source, texts = papers(most)
    labelled = [Labelled(str(n), *text) for n, text in enumerate(texts)]
    corpus = Corpus(labelled)
    old = compile_rules([load_list(RULES)])
    known = corpus.judge(old, load_list(RULES).list)
    figures = {
        "fold all, once": median(lambda: Corpus(labelled)),
        "judge all, once": median(lambda: Corpus(labelled).judge(old, "Efficient LLM")),
    }
    touched = {}
    for name, word in (("a rare word", RARE), ("a common word", COMMON)):
        before, after = with_word(word)
        touched[name] = len(corpus.having({word}))
        figures[f"effect of {name}, compiling included"] = median(
            lambda before=before, after=after: Comparison(before, after, old).effect(corpus, known)
        )
    before, after = load_list(RULES), other_order()
    figures["effect of another order of sections"] = median(
        lambda: Comparison(before, after, old).effect(corpus, known)
    )
    figures["listkeeper rules diff, as a process"] = median(lambda: whole_command(texts))
    return {"source": source, "papers": len(texts), "touched": touched, "milliseconds": figures}


def whole_command(texts):
    with tempfile.TemporaryDirectory() as folder:
        rows, old = Path(folder, "rows.jsonl"), Path(folder, "old.yaml")
        lines = [{"arxiv_id": str(n), "title": t, "abstract": a} for n, (t, a) in enumerate(texts)]
        rows.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        old.write_text(RULES.read_text().replace("W4A8, ", ""))
        started = time.perf_counter()
        command = [sys.executable, "-m", "cli", "rules", "diff", str(old), "--positives", str(rows)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--papers", type=int, default=4000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.papers)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['papers']} papers of {found['source']}")
    for name, count in found["touched"].items():
        print(f"{name} stands in {count}")
    for name, value in found["milliseconds"].items():
        print(f"{name:<46} {value:>6,} ms")


if __name__ == "__main__":
    main()
