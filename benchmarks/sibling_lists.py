"""
The same on four other lists, from their own entries alone; on eight more with ``--all``.

    python -m benchmarks.sibling_lists [--all] [--former REVISION] [--json]

Reads the shared lists and papers ($LISTKEEPER_SHARED or ../shared). The older two thirds of a list,
by arXiv id, are learned from; a quarter of the pool, by a hash of the ids, is background.
Where would the younger third have stood among all other papers of their weeks?
Papers of the list that fell into the background are unlabelled there, and are not judged. Most of
the listed have no abstract here, so all are ranked by their titles; a listed paper that the pool
lacks stands in a week chosen by a hash.

init    the words that ``listkeeper init`` counts out of the older titles
former  what ``rank`` was at a revision, with these words: it is run from that commit
plain   what anybody would try first: TF-IDF and logistic regression on titles and abstracts
ours    the model; no rules, since nobody edited the words

Three of the lists are shorter than the former ``rank`` asks for, and one than ours does (20
papers): both learn here all the same. Behind each other order's figure stands by how much ours is
ahead, between the ends of a 95 % interval, over later papers drawn again: where both ends have one
sign, luck hardly made it. *Level* is an interval with 0 in it.

Candidates are counted beside the order: how many of the later papers come in, and how many of all
papers, by the words of ``init`` alone and by the model's line. It is from the last quarters where
they have enough papers, and else from all entries.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from bisect import bisect_left
from collections import defaultdict
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.former import former_tree
from benchmarks.recorded import recorded
from benchmarks.rolling_quarters import days
from catalog.markdown.listfile import parse
from catalog.paper_rows import read_file
from config.rules import load_list
from output.init import first_rules
from pipelines.rank.features import Features
from pipelines.rank.metrics import DRAWS, SEED, average_precision, places
from pipelines.rank.samples import Sample, Samples, samples
from pipelines.rank.training import learn
from pipelines.rules.ruleset import compile_rules
from pipelines.tuning.bootstrap import learn as learn_words

LISTS = ("awesome_code_llm@2024-03-01", "awesome_multimod_llm@2024-08-20",
         "llm_reasoning@2024-12-31", "llm_training@2024-11-24")  # fmt: skip
# Lists of other forms and editors.
OTHERS = ("Awesome-LLM-Compression", "Awesome-LLM-Inference", "Awesome-LLM-Long-Context-Modeling",
          "Awesome-LLM-Reasoning", "Awesome-Model-Quantization", "Awesome-Video-Diffusion",
          "PromptPapers", "Roadmap-to-QML-2024")  # fmt: skip
WITHIN = (25, 50, 100)


def entries_of(name):
    """The papers of a list, oldest first: id, title and section."""
    folder = "others" if name in OTHERS else "roundtrip"
    body = recorded("lists", folder, f"{name}.md").read_bytes()
    found = {e.arxiv_id: e for e in parse(body).entries if e.arxiv_id and "/" not in e.arxiv_id}
    return [found[key] for key in sorted(found)]


def is_background(arxiv_id):
    return hashlib.sha256(arxiv_id.encode()).digest()[0] < 64


def weeks_of(pool, dated):
    numbers, weeks = [number for number, _ in dated], defaultdict(list)
    for arxiv_id in pool:
        at = min(bisect_left(numbers, arxiv_id), len(numbers) - 1)
        weeks[date.fromisoformat(dated[at][1]).isocalendar()[:2]].append(arxiv_id)
    return list(weeks.values())


# Learns as ``rank`` did at an older commit, and gives the score of every paper.
FORMER = """
import json, sys
from pathlib import Path
from config.rules import load_list
from pipelines.rank.features import Seen
from pipelines.rank.learning import learn
from pipelines.rank.order import Strength
from pipelines.rank.samples import Sample, Samples, samples
from pipelines.rules import compile_rules
task = json.load(sys.stdin)
rules = load_list(Path("list.yaml"), task["rules"].encode())
words = compile_rules([rules])
kinds = [[Sample(key, Seen(*text)) for key, *text in task[kind]] for kind in ("listed", "rest")]
model = learn(samples(kinds[0], (), kinds[1]), words, rules.list)
for text in task["seen"]:
    strength = words.judge(rules.list, *text).score
    print(Strength(strength, model.learned(words, Seen(*text))).exact)
"""


class Week(NamedTuple):
    """
    What is learned from, and what is judged.

    ``weeks`` are the ids of each week's papers, ``seen`` the features of all of them in turn.
    """

    known: Samples
    weeks: list[list[str]]
    picks: frozenset[str]
    seen: list[Features]
    words: str

    @property
    def flat(self):
        return [key for week in self.weeks for key in week]

    @property
    def wanted(self):
        return [key in self.picks for key in self.flat]


def words_of_init(name, older):
    """The file of rules that ``init`` would write."""
    titles = defaultdict(list)
    for entry in older:
        titles[entry.section or name].append(entry.title)
    return first_rules(learn_words(dict(titles)), name, f"{name}.md")


def by_init(name, task):
    """Scores by the words that ``init`` would write, and whether they let in."""
    rules = load_list(Path(f"{name}.yaml"), task.words.encode())
    texts = ((one.title, one.abstract) for one in task.seen)
    verdicts = list(compile_rules([rules]).judge_all(name, texts))
    return [verdict.score for verdict in verdicts], [v.section is not None for v in verdicts]


def formerly(task, tree):
    """Scores by what ``rank`` was at an older commit."""
    kinds = {"listed": task.known.listed, "rest": task.known.background}
    problem = {
        kind: [(s.key, s.seen.title, s.seen.abstract) for s in group]
        for kind, group in kinds.items()
    }
    problem |= {"rules": task.words, "seen": [(one.title, one.abstract) for one in task.seen]}
    ended = subprocess.run(
        [sys.executable, "-c", FORMER],
        cwd=tree,
        env=dict(os.environ, PYTHONPATH=str(tree)),
        input=json.dumps(problem),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [float(line) for line in ended.stdout.splitlines()]


def plainly(task):
    """Scores by what anybody would try first."""
    kinds = task.known.listed, task.known.background
    texts = [text_of(sample.seen) for group in kinds for sample in group]
    tfidf = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    table = tfidf.fit_transform(texts)
    model = LogisticRegression(C=10, solver="liblinear", dual=True, random_state=0)
    model.fit(table, np.arange(len(texts)) < len(kinds[0]))
    return model.decision_function(tfidf.transform(map(text_of, task.seen)))


def text_of(seen):
    return f"{seen.title} {seen.abstract or ''}"


def came_in(candidates, wanted):
    """The shares of the wanted and of all papers that are candidates."""
    pairs = list(zip(candidates, wanted, strict=True))
    return {
        "of_later": round(sum(c and w for c, w in pairs) / sum(wanted), 2),
        "of_all": round(sum(candidates) / len(pairs), 4),
    }


def leads(ours, others, wanted, places_of):
    """By how much our figures are above those of another order, and between what."""
    wanted = np.array(wanted)
    above = [unwanted_above(np.array(one, float), wanted) for one in (ours, others)]
    chance = np.random.default_rng(SEED)
    drawn = [chance.integers(wanted.sum(), size=wanted.sum()) for _ in range(DRAWS)]
    within = {
        str(most): [np.array(places_of(one)) <= most for one in (ours, others)] for most in WITHIN
    }
    found = {
        most: _difference([(ours[draw].mean(), theirs[draw].mean()) for draw in drawn])
        for most, (ours, theirs) in within.items()
    }
    pairs = [(precision(above[0][draw]), precision(above[1][draw])) for draw in drawn]
    return found | {"average_precision": _difference(pairs)}


def _difference(pairs):
    ahead = sorted(float(one - other) for one, other in pairs)
    return [round(ahead[int(part * DRAWS)], 3) for part in (0.025, 0.975)]


def verdict(difference):
    """Whether an interval says that ours is ahead, level or behind."""
    low, high = difference
    return "ahead" if low > 0 else "behind" if high < 0 else "level"


def unwanted_above(scores, wanted):
    """For each wanted paper the number of unwanted ones that stand above it."""
    rest = np.sort(scores[~wanted])
    return len(rest) - np.searchsorted(rest, scores[wanted])


def precision(above):
    """Average precision from the numbers of unwanted papers above each wanted one."""
    number = np.arange(1, len(above) + 1)
    return (number / (number + np.sort(above))).mean()


def task_of(name, pool, dated):
    """The older two thirds of a list, and the weeks of the others."""
    entries = entries_of(name)
    older, younger = entries[: len(entries) * 2 // 3], entries[len(entries) * 2 // 3 :]
    older_ids = {entry.arxiv_id for entry in older}
    hidden = {key for key in pool if is_background(key)} | older_ids
    picks = {entry.arxiv_id: Features(entry.title) for entry in younger}
    picks = {key: seen for key, seen in picks.items() if key not in hidden}
    weeks = weeks_of([key for key in pool if key not in hidden], dated)
    for key in sorted(picks.keys() - pool.keys()):
        weeks[int(hashlib.sha256(key.encode()).hexdigest(), 16) % len(weeks)].append(key)
    weeks = [week for week in weeks if picks.keys() & {*week}]
    features = {key: Features(row.title, row.abstract) for key, row in pool.items()}
    listed = [features.get(e.arxiv_id, Features(e.title)) for e in older]
    rest = [key for key in pool if is_background(key) and key not in older_ids]
    known = samples(
        [Sample(f"arxiv:{e.arxiv_id}", f) for e, f in zip(older, listed, strict=True)],
        (),
        [Sample(f"arxiv:{key}", features[key]) for key in rest],
    )
    seen = [picks.get(key) or features[key].without_abstract for week in weeks for key in week]
    return Week(known, weeks, frozenset(picks), seen, words_of_init(name, older))


def measure(name, pool, dated, tree):
    task = task_of(name, pool, dated)
    model = learn(task.known, name).model
    judged = [model.judge(seen) for seen in task.seen]
    line = model.line or model.own_line
    orders = {"ours": [prediction.order.points for prediction in judged]}
    orders["init"], let_in = by_init(name, task)
    if tree:
        orders["former"] = formerly(task, tree)
    orders["plain"] = plainly(task)
    alike = [prediction.belongs.chance >= line.chance for prediction in judged]
    wanted = task.wanted

    def places_of(scores):
        score = dict(zip(task.flat, map(float, scores), strict=True))
        return [
            place
            for week in task.weeks
            for place in places([score[key] for key in week], [key in task.picks for key in week])
        ]

    figures = {
        "older": len(task.known.listed),
        "picks": sum(wanted),
        "papers": len(task.seen),
        "candidates": {"init": came_in(let_in, wanted), "ours": came_in(alike, wanted)},
        "line_from": "the last quarters" if model.line else "all entries",
        "orders": {},
        "leads": {},
    }
    for order, scores in orders.items():
        at = places_of(scores)
        figures["orders"][order] = {
            **{str(most): round(sum(p <= most for p in at) / len(at), 2) for most in WITHIN},
            "average_precision": round(average_precision(list(map(float, scores)), wanted), 3),
        }
        if order != "ours":
            figures["leads"][order] = leads(orders["ours"], scores, wanted, places_of)
    return figures


def lines_of(name, figures):
    """A list's figures as lines of a table."""
    yield (
        f"{name}: learned from {figures['older']} papers; {figures['picks']} later ones among"
        f" {figures['papers']:,}"
    )
    for by, came in figures["candidates"].items():
        yield (
            f"  candidates by {by}: {came['of_later']:.2f} of later, {came['of_all']:.1%} of all"
        )
    yield f"  the line is from {figures['line_from']}"
    yield f"  {'':<7}" + "".join(f"{head:<31}" for head in (*map(str, WITHIN), "average precision"))
    for order, values in figures["orders"].items():
        cells = [
            f"{value:.3f}"
            + (f" {verdict(ends)} ({ends[0]:+.2f} to {ends[1]:+.2f})" if ends else "")
            for key, value in values.items()
            for ends in (figures["leads"].get(order, {}).get(key),)
        ]
        yield f"  {order:<7}" + "".join(f"{cell:<31}" for cell in cells)
    behind = [
        f"{key} of {order}"
        for order, each in figures["leads"].items()
        for key, ends in each.items()
        if verdict(ends) == "behind"
    ]
    yield f"  ours is first or level: {f'no, behind in {behind}' if behind else 'yes'}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--all", action="store_true", help="eight lists more")
    parser.add_argument("--former", metavar="REVISION", help="beside what `rank` was at a revision")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    dated = days()
    pool = {row.arxiv_id: row for row in read_file(recorded("wire", "arxiv-meta-dev.jsonl.gz"))}
    with former_tree(given.former) if given.former else nullcontext() as tree:
        for name in (*LISTS, *OTHERS) if given.all else LISTS:
            figures = measure(name, pool, dated, tree)
            lines = (
                [json.dumps({"list": name} | figures)] if given.json else lines_of(name, figures)
            )
            print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
