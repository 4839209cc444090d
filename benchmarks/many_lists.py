"""
Many lists on one crawl: how much longer a paper takes when more lists judge it.

    python -m benchmarks.many_lists [--papers 1000] [--words 1000] [--rounds 5]

Each list has so many words in ten sections: phrases of one to three words that the pool's own
abstracts have, drawn anew for every list, so that lists share common words as real ones do. Papers
are judged for 1, 5 and 22 lists at once: the text is read once, by one automaton of all words, and
what grows is what is found: the words of a text, counted for each list that has them. Beside it
stands what the same would take list by list.
"""

import argparse
import json
import random
import time

from benchmarks.rules_speed import papers
from config.rules import ListRules
from config.strict import validate
from pipelines.rules.readings import read
from pipelines.rules.ruleset import compile_rules

LISTS, SECTIONS = (1, 5, 22), 10
# Papers that are timed together, each batch with every number of lists by turns; the best counts.
TOGETHER = 20
# Of ten words of a list so many are names and terms of few papers, as in ours.
RARE = 0.9


def vocabulary(texts):
    """Words of the pool, the most frequent first, without those of a few letters."""
    counts = {}
    for _, abstract in texts:
        for word in set(abstract.lower().split()):
            if word.isalpha() and len(word) > 4:
                counts[word] = counts.get(word, 0) + 1
    return sorted(counts, key=lambda word: (-counts[word], word))


def made_list(number, words, vocabulary):
    """Rules with so many different words, of its own and of all lists."""
    chance = random.Random(number)
    common, rare = vocabulary[50:500], vocabulary[500:]
    chosen = set()
    while len(chosen) < words:
        if chance.random() < RARE:
            chosen.add(" ".join(chance.choices(rare, k=chance.choice((1, 1, 2, 3)))))
        else:
            chosen.add(f"{chance.choice(common)} {chance.choice(common)}")
    every = sorted(chosen)
    sections = [
        {"name": f"Section {n}", "says": every[n :: 2 * SECTIONS],
         "hints": every[n + SECTIONS :: 2 * SECTIONS]}
        for n in range(SECTIONS)
    ]  # fmt: skip
    return validate(
        ListRules, {"list": f"List {number}", "file": f"list{number}.md", "sections": sections}
    )


def measure(texts, lists, rounds):
    """Microseconds of processor time a paper, and words found a paper, by the number of lists."""
    rulesets = {number: compile_rules(lists[:number]) for number in LISTS}
    alone = [compile_rules([rules]) for rules in lists]
    names = [rules.list for rules in lists]
    acts = {
        f"{number} lists": lambda t, a, n=number, rules=rules: rules.judge_for_lists(
            names[:n], t, a
        )
        for number, rules in rulesets.items()
    }
    acts["22 lists, one by one"] = lambda t, a: [
        one.judge(name, t, a) for name, one in zip(names, alone, strict=True)
    ]
    best = {}
    for _ in range(rounds):
        for at in range(0, len(texts), TOGETHER):
            for name, act in acts.items():
                began = time.process_time()
                for title, abstract in texts[at : at + TOGETHER]:
                    act(title, abstract)
                took = time.process_time() - began
                best[name, at] = min(took, best.get((name, at), took))
    found = {
        f"{number} lists": sum(
            words_in(rules, *text) for rules in alone[:number] for text in texts
        ) / len(texts)
        for number in LISTS
    }  # fmt: skip
    return {
        name: {
            "microseconds a paper": round(1e6 * sum(best[name, at] for n, at in best if n == name)
                                          / len(texts), 1),
            **({"words found a paper": round(found[name], 1)} if name in found else {}),
        }
        for name in acts
    }  # fmt: skip


def words_in(ruleset, title, abstract):
    reading = read(ruleset.finder, title, abstract)
    return sum(len(matches) for matches in reading.matches.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--papers", type=int, default=1_000)
    parser.add_argument("--words", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    source, texts = papers(given.papers)
    words = vocabulary(texts)
    lists = [made_list(number, given.words, words) for number in range(max(LISTS))]
    print(json.dumps({"papers": f"{len(texts)} of {source}", **measure(texts, lists, given.rounds)},
                     indent=1))  # fmt: skip


if __name__ == "__main__":
    main()
