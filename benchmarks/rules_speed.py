"""
How fast the rules read, in one run and one process, beside the obvious ways to do it.

    python -m benchmarks.rules_speed [--papers 25942] [--json]
    python -m benchmarks.rules_speed --former REVISION   # `rules apply` then and now, by turns

Reads the shared pool of arXiv papers where it is there ($LISTKEEPER_SHARED or ../shared), else
made-up text. Times are processor time, the best of a few rounds: what one core does. A paper is a
title and an abstract. "Places" are those in the text as it was written, before folding.
"""

import argparse
import gzip
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.former import former_tree
from catalog.paper_rows import read_rows
from config.rules import load_list
from pipelines.bulk.judging import applied
from pipelines.rules.fold import bare, fold
from pipelines.rules.matcher import Finder
from pipelines.rules.ruleset import compile_rules

ROOT = Path(__file__).resolve().parents[1]
POOL = Path("wire", "arxiv-meta-dev.jsonl.gz")
RULES = ROOT / "config" / "lists" / "efficient-llm.yaml"
ROUNDS = 3
# What is slow needs few papers to show it.
LOOPED, PASSED = 200, 2_000
# Papers that one version judges before the other's turn. With fifty, each finds the processor's
# caches full of the other's data, which no run of one command does.
TURN = 1_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--papers", type=int, default=25_942)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--former", metavar="REVISION", help="only compare with this version")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--apply", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.former:
        print(json.dumps(beside(given.former, given.papers, given.rounds), indent=2))
        return
    if given.apply:
        apply(given.apply)
        print(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
        return
    found = measure(given.papers)
    print(json.dumps(found, indent=2)) if given.json else show(found)


def measure(most):
    source, texts = papers(most)
    folded = [(fold(title), fold(abstract)) for title, abstract in texts]
    finder = compile_rules([load_list(RULES)]).finder
    with tempfile.TemporaryDirectory() as folder:
        once, ten = written(Path(folder), texts)
        rates = engines(finder, folded) | whole(finder, texts, once)
        memory = {name: peak(path) for name, path in (("once", once), ("ten times", ten))}
    return {
        "source": source,
        "papers": len(texts),
        "words": len(finder.words),
        "papers_per_second": rates,
        "more_time_for_twice_the_words": round(doubled(finder, folded), 3),
        "peak_megabytes": memory,
    }


def engines(finder, folded):
    """Matching alone: text folded and in memory, as every engine here wants it."""
    patterns = [side.compiled for side in sides(finder)]
    longest_first = sorted((one.pattern for one in patterns), key=len, reverse=True)
    any_of_them = re.compile("|".join(f"(?:{one})" for one in longest_first), re.ASCII)

    def ours(title, abstract):
        for text, where in ((title, "title"), (abstract, "abstract")):
            for spans in finder.find(text, where).values():
                text.originals(spans)

    def loop(title, abstract):
        for text in (title.text, abstract.text):
            for pattern in patterns:
                list(pattern.finditer(text))

    def alternation(title, abstract):
        list(any_of_them.finditer(title.text))
        list(any_of_them.finditer(abstract.text))

    return {
        "matching, words and places": rate(folded, ours),
        "... re, one word after another": rate(folded[:LOOPED], loop),
        "... re, one alternation": rate(folded[:PASSED], alternation),
        "... pandas str.contains, no places": pandas_rate(patterns, folded[:LOOPED]),
        "... RE2 set, no places": re2_rate(patterns, folded),
        "... the automaton alone": rate(folded, automaton(finder)),
    }


def automaton(finder):
    titles, abstracts = (one.scan for one in (finder._in_titles, finder._in_abstracts))
    return lambda title, abstract: (titles(bare(title.text)), abstracts(bare(abstract.text)))


def pandas_rate(patterns, folded):
    import pandas as pd

    column = pd.Series([f"{title.text}\n{abstract.text}" for title, abstract in folded])

    def contains():
        for pattern in patterns:
            column.str.contains(pattern)

    return round(len(folded) / seconds(contains), 1)


def re2_rate(patterns, folded):
    try:
        import re2
    except ImportError:
        return None
    options = re2.Options()
    options.max_mem = 256 << 20
    made = re2.Set.SearchSet(options)
    for pattern in patterns:
        made.Add(pattern.pattern)
    made.Compile()
    return rate(folded, lambda t, a: (made.Match(t.text), made.Match(a.text)))


def whole(finder, texts, path):
    """From text as it was written, and from JSON Lines to JSON Lines."""

    def found(title, abstract):
        for text, where in ((fold(title), "title"), (fold(abstract), "abstract")):
            for spans in finder.find(text, where).values():
                text.originals(spans)

    def rows():
        with path.open("rb") as lines:
            for _ in read_rows(lines, path.name):
                pass

    return {
        "folding": rate(texts, lambda title, abstract: (fold(title), fold(abstract))),
        "folding, words and places": rate(texts, found),
        "reading JSON Lines": round(len(texts) / seconds(rows), 1),
        "rules apply, JSON Lines to verdicts": round(len(texts) / seconds(lambda: apply(path)), 1),
    }


def apply(path):
    """What ``listkeeper rules apply`` does with a file."""
    rules = load_list(RULES)
    with path.open("rb") as lines, Path(os.devnull).open("wb") as out:
        for line in applied(compile_rules([rules]), rules.list, lines, path.name):
            out.write(line)


# Judges the next papers of a file when it is told to, and tells the processor time.
JUDGE = """
import io, sys, time
from pathlib import Path
try:
    from pipelines.bulk.judging import applied
except ImportError:
    from cli.rules import applied
from config.rules import load_list
from pipelines.rules.ruleset import compile_rules
rules = load_list(Path(sys.argv[2]))
compiled, lines = compile_rules([rules]), Path(sys.argv[1]).read_bytes().splitlines(True)
turn = int(sys.argv[3])
for order in sys.stdin:
    first, started = int(order), time.process_time()
    some = io.BytesIO(b"".join(lines[first : first + turn]))
    for line in applied(compiled, rules.list, some, "papers", *sys.argv[4:]):
        pass
    print(time.process_time() - started, flush=True)
"""


def beside(revision, most, rounds):
    """Microseconds a paper of `rules apply` at a revision and here: by turns, the best each."""
    texts = papers(most)[1]
    with tempfile.TemporaryDirectory() as folder:
        once, _ = written(Path(folder), texts)
        with former_tree(revision) as tree:
            kinds = {"former": (tree, ()), "all evidence": (ROOT, ("all",))}
            kinds |= {name: (ROOT, (name,)) for name in ("candidates", "none")}
            judges = {name: judge(where, once, more) for name, (where, more) in kinds.items()}
            best = {name: [1.0] * len(range(0, len(texts), TURN)) for name in kinds}
            for _ in range(rounds):
                for at in range(len(best["former"])):
                    for name, process in judges.items():
                        print(at * TURN, file=process.stdin, flush=True)
                        best[name][at] = min(best[name][at], float(process.stdout.readline()))
            for process in judges.values():
                process.communicate()
    micros = {name: 1e6 * sum(took) / len(texts) for name, took in best.items()}
    return {
        "papers": len(texts),
        "microseconds a paper": {name: round(value, 1) for name, value in micros.items()},
        "times as fast": {
            name: round(micros["former"] / value, 2) for name, value in micros.items()
        },
    }


def judge(tree, path, more):
    return subprocess.Popen(
        [sys.executable, "-c", JUDGE, str(path), str(RULES), str(TURN), *more],
        cwd=tree,
        env=dict(os.environ, PYTHONPATH=str(tree)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def doubled(finder, folded):
    """The time for our words and as many others, as a part more of the time for ours alone."""
    own = [word.text for word in finder.words]
    others = [re.sub(r"[a-z]{3,}", lambda match: match[0][1:] + match[0][0], text) for text in own]
    more = Finder([*own, *others, *(f"{text} again" for text in own)][: 2 * len(own)])
    assert len(more.words) >= 1.9 * len(own)
    best = {}
    for _ in range(2 * ROUNDS):
        for one in (finder, more):
            took = once(
                lambda one=one: [one.find(text) and None for pair in folded for text in pair]
            )
            best[one] = min(took, best.get(one, took))
    return best[more] / best[finder] - 1


def peak(path):
    """The most memory of a process of its own that judges a file, in megabytes (Linux)."""
    command = [sys.executable, "-m", "benchmarks.rules_speed", "--apply", str(path)]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return round(int(told) / 1024, 1)


def sides(finder):
    return list(dict.fromkeys(side for word in finder.words for side in word.sides))


def rate(pairs, do):
    def all_of_them():
        for title, abstract in pairs:
            do(title, abstract)

    return round(len(pairs) / seconds(all_of_them), 1)


def seconds(do):
    return min(once(do) for _ in range(ROUNDS))


def once(do):
    started = time.process_time()
    do()
    return time.process_time() - started


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


def written(folder, texts):
    """The papers as JSON Lines, once and ten times."""
    lines = "".join(json.dumps({"title": t, "abstract": a}) + "\n" for t, a in texts)
    once, ten = folder / "once.jsonl", folder / "ten.jsonl"
    once.write_text(lines)
    with ten.open("w") as out:
        for _ in range(10):
            out.write(lines)
    return once, ten


def show(found):
    print(f"{found['papers']:,} papers of {found['source']}, {found['words']} words")
    rates = found["papers_per_second"]
    ours = rates["matching, words and places"]
    for name, value in rates.items():
        times = f"{ours / value:>8,.1f} x" if value and name.startswith("...") else ""
        print(f"{name:<38} {value or float('nan'):>10,.0f} papers/s {times}")
    print(f"twice the words: {found['more_time_for_twice_the_words']:+.1%} time to match")
    memory = found["peak_megabytes"]
    print(f"memory: {memory['once']} MB, for ten times the papers {memory['ten times']} MB")


if __name__ == "__main__":
    main()
