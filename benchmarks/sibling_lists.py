"""
The same on four other lists, from their own entries alone; on eight more with ``--all``.

    python -m benchmarks.sibling_lists [--all] [--json]

Reads the shared lists and papers ($LISTKEEPER_SHARED or ../shared). The older two thirds of a list,
by arXiv id, are learned from; a quarter of the pool, by a hash of the ids, is background.
Where would the younger third have stood among all other papers of their weeks?
Papers of the list that fell into the background are unlabelled there, and are not judged. Most of
the listed have no abstract here, so all are ranked by their titles; a listed paper that the pool
lacks stands in a week chosen by a hash.

init    the words that ``listkeeper init`` counts out of the older titles
plain   what anybody would try first: TF-IDF and logistic regression on titles and abstracts
model   ours; no rules, since nobody edited the words

Candidates are counted beside the order: how many of the later papers come in, and how many of all
papers, by the words of ``init`` alone and by the model's line. It is from the last quarters where
they have enough papers, and else from all entries.
"""

import argparse
import hashlib
import json
from bisect import bisect_left
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.recorded import recorded
from benchmarks.rolling_quarters import days
from catalog.markdown.listfile import parse
from catalog.paper_rows import read_file
from config.rules import load_list
from output.init import first_rules
from pipelines.rank.features import Features
from pipelines.rank.metrics import DRAWS, SEED, average_precision, places
from pipelines.rank.samples import Sample, samples
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


def by_init(name, older, seen):
    """Scores by the words that ``init`` would write, and whether they let in."""
    titles = defaultdict(list)
    for entry in older:
        titles[entry.section or name].append(entry.title)
    text = first_rules(learn_words(dict(titles)), name, f"{name}.md")
    rules = load_list(Path(f"{name}.yaml"), text.encode())
    verdicts = list(
        compile_rules([rules]).judge_all(name, ((one.title, one.abstract) for one in seen))
    )
    return [verdict.score for verdict in verdicts], [v.section is not None for v in verdicts]


def plainly(listed, background, seen):
    """Scores by what anybody would try first."""
    texts = [f"{one.title} {one.abstract or ''}" for one in (*listed, *background)]
    tfidf = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    table = tfidf.fit_transform(texts)
    listed = np.arange(len(texts)) < len(listed)
    model = LogisticRegression(C=10, solver="liblinear", dual=True, random_state=0)
    model.fit(table, listed)
    return model.decision_function(tfidf.transform(f"{s.title} {s.abstract or ''}" for s in seen))


def came_in(candidates, wanted):
    """The shares of the wanted and of all papers that are candidates."""
    pairs = list(zip(candidates, wanted, strict=True))
    return {
        "of_later": round(sum(c and w for c, w in pairs) / sum(wanted), 2),
        "of_all": round(sum(candidates) / len(pairs), 4),
    }


def lead(scores, others, wanted):
    """
    By how much the average precision of these scores is above the others', and between what.

    95 %, over later papers drawn again: where both ends have one sign, luck hardly made it.
    """
    wanted = np.array(wanted)
    above = [unwanted_above(np.array(one, float), wanted) for one in (scores, others)]
    chance = np.random.default_rng(SEED)
    drawn = [chance.integers(wanted.sum(), size=wanted.sum()) for _ in range(DRAWS)]
    leads = sorted(precision(above[0][draw]) - precision(above[1][draw]) for draw in drawn)
    middle = precision(above[0]) - precision(above[1])
    ends = leads[int(0.025 * DRAWS)], leads[int(0.975 * DRAWS)]
    return {"is": round(float(middle), 3), "between": [round(float(end), 3) for end in ends]}


def unwanted_above(scores, wanted):
    """For each wanted paper the number of unwanted ones that stand above it."""
    rest = np.sort(scores[~wanted])
    return len(rest) - np.searchsorted(rest, scores[wanted])


def precision(above):
    """Average precision from the numbers of unwanted papers above each wanted one."""
    number = np.arange(1, len(above) + 1)
    return (number / (number + np.sort(above))).mean()


def measure(name, pool, dated):
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
    flat = [key for week in weeks for key in week]
    features = {key: Features(row.title, row.abstract) for key, row in pool.items()}
    seen = [picks.get(key) or features[key].without_abstract for key in flat]
    listed = [features.get(e.arxiv_id, Features(e.title)) for e in older]
    rest = [key for key in pool if is_background(key) and key not in older_ids]
    known = samples(
        [Sample(f"arxiv:{e.arxiv_id}", f) for e, f in zip(older, listed, strict=True)],
        (),
        [Sample(f"arxiv:{key}", features[key]) for key in rest],
    )
    model = learn(known, name).model
    init, let_in = by_init(name, older, seen)
    judged = [model.judge(one) for one in seen]
    line = model.line or model.own_line
    alike = [one.belongs.chance >= line.chance for one in judged]
    orders = {
        "init": init,
        "plain": plainly(listed, [s.seen for s in known.background], seen),
        "model": [one.order.points for one in judged],
    }
    wanted = [key in picks for key in flat]
    found = {
        "older": len(older),
        "picks": len(picks),
        "papers": len(flat),
        "candidates": {"init": came_in(let_in, wanted), "model": came_in(alike, wanted)},
        "line_from": "the last quarters" if model.line else "all entries",
    }
    for order, scores in orders.items():
        score = dict(zip(flat, map(float, scores), strict=True))
        at = [
            place
            for week in weeks
            for place in places([score[key] for key in week], [key in picks for key in week])
        ]
        found[order] = {
            **{str(most): round(sum(p <= most for p in at) / len(at), 2) for most in WITHIN},
            "average_precision": round(average_precision([score[k] for k in flat], wanted), 3),
        }
    found["lead"] = lead(orders["model"], orders["plain"], wanted)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[1])
    parser.add_argument("--all", action="store_true", help="eight lists more")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    dated = days()
    pool = {row.arxiv_id: row for row in read_file(recorded("wire", "arxiv-meta-dev.jsonl.gz"))}
    for name in (*LISTS, *OTHERS) if given.all else LISTS:
        found = measure(name, pool, dated)
        if given.json:
            print(json.dumps({"list": name} | found), flush=True)
            continue
        print(
            f"{name}: learned from {found['older']} papers; {found['picks']} later ones among"
            f" {found['papers']:,}"
        )
        for by, came in found["candidates"].items():
            print(
                f"  candidates by {by}: {came['of_later']:.2f} of later,"
                f" {came['of_all']:.1%} of all"
            )
        print(f"  the line is from {found['line_from']}")
        print(f"  the model leads plain by {found['lead']}")
        for order in ("init", "plain", "model"):
            figures = "".join(f"{value:>8}" for value in found[order].values())
            print(f"  {order:<6}{figures}", flush=True)


if __name__ == "__main__":
    main()
