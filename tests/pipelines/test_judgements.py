"""The quick way to a verdict gives what adding up word by word gives."""

import json
import math
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.facts import Evidence
from config.rules import KEYS, LIST_KEYS, ListRules
from config.strict import validate
from pipelines.bulk.records import SnapshotRecord
from pipelines.rules.fold import fold
from pipelines.rules.points import DOUBT, HELP, NEIGHBOUR, WEIGHT
from pipelines.rules.readings import MAX_BRIEF_CHARS
from pipelines.rules.ruleset import compile_rules
from pipelines.rules.words import word

WORDS = ["prune", "LLM", "low-bit", "quantiz*", "cache", "KV cache", "prune near LLM", "2:4", "al*"]
TEXT = ["prunes", "LLMs", "llm", "low", "bit", "quantized", "KV", "cache", "kv", "2:4", "all", "."]
REASONS = ("says", "in_title", "hints")


def judge_slowly(rules, title, abstract):
    """Section, score, evidence and runner-up, as docs/rules.md tells it, word by word."""
    texts = {"title": fold(title), "abstract": fold(abstract)}
    brief = len(texts["abstract"].text) <= MAX_BRIEF_CHARS

    def places(text, where):
        return word(text).spans(texts[where].text)

    def said(words, *fields):
        return {(text, where) for text in words for where in fields if places(text, where)}

    both = ("title", "abstract")
    titles = said(rules.unless, "title") | said(rules.not_in_title, "title")
    doubts = said(rules.unless, "abstract")
    kept_out = bool(titles or (brief and doubts)) or not (
        said(rules.about, *both) or not rules.about
    )
    doubts = set() if brief else doubts
    lean = DOUBT * len(doubts) + sum(
        HELP[where] * len(said(rules.helps, where))
        + NEIGHBOUR[where] * len(said(rules.neighbours, where))
        for where in both
    )
    strange = bool(said(rules.neighbours, "title") or doubts)
    meant = brief or not rules.helps or bool(said(rules.helps, "title"))
    fits = []
    for order, section in enumerate(rules.sections):
        by_key = {key: said(getattr(section, key), *both) for key in KEYS}
        at = {(key, where): {t for t, w in by_key[key] if w == where}
              for key in by_key for where in both}  # fmt: skip
        shown = set().union(*(at[key, "title"] for key in REASONS))
        grey = at["hints", "title"] | at["hints", "abstract"] | at["in_title", "abstract"]
        says, mentioned = at["says", "title"], at["says", "abstract"]
        backed = not section.beside or by_key["beside"]
        weak = at["in_title", "title"] or (by_key["hints"] and len(grey) >= 2)
        enough = says or (mentioned and (meant or shown)) or (backed and weak)
        if strange and not says and len(shown) < 2:
            enough = False
        vetoed = bool(by_key["unless"] or at["not_in_title", "title"])
        points = sum(weight * len(at[place]) for place, weight in WEIGHT.items())
        fit = bool(enough) and not vetoed
        if fit:
            points += sum(len(places(text, "abstract")) > 1 for text in mentioned)
        if points:
            reasons = [
                Evidence(where, text, *texts[where].original(*span))
                for where in both
                for text in set().union(*(at[key, where] for key in REASONS))
                for span in places(text, where)
            ]
            fits.append((fit, section, points, order, vetoed, reasons))
    beaten = {name for fit, section, *_ in fits if fit for name in section.over}
    fits.sort(key=lambda f: (not f[0], f[0] and f[1].name in beaten, -f[2], f[3]))
    if not fits:
        return None, 0.0, [], None
    fit, section, points, _, vetoed, reasons = fits[0]
    chance = 1 / (1 + math.exp(-max(points + lean, -60) / 6))
    if fit and not kept_out:
        second = fits[1][1].name if len(fits) > 1 else None
        return section.name, round(0.5 + chance / 2, 4), reasons, second
    return None, round(chance / (4 if kept_out or vetoed else 2), 4), reasons, section.name


few = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True)
any_section = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, few)).filter(bool)
any_text = st.lists(st.sampled_from(TEXT), max_size=9).map(" ".join)


@pytest.mark.long
@settings(max_examples=100, deadline=None)
@given(
    st.lists(any_section, min_size=1, max_size=3),
    st.fixed_dictionaries({}, optional=dict.fromkeys(LIST_KEYS, few)),
    any_text,
    any_text,
    st.sampled_from(["", " plain" * 70]),
)
def test_a_verdict_is_what_its_words_add_up_to(sections, of_list, title, abstract, more):
    named = [{"name": f"S{n}", **keys} for n, keys in enumerate(sections)]
    if len(named) > 1:
        named[0]["over"] = [named[1]["name"]]
    rules = validate(ListRules, {"list": "L", "file": "l.md", "sections": named, **of_list})

    verdict = compile_rules([rules]).judge("L", title, abstract + more)

    section, score, evidence, runner_up = judge_slowly(rules, title, abstract + more)
    assert (section, score, runner_up) == (verdict.section, verdict.score, verdict.runner_up)
    assert sorted(map(repr, evidence)) == sorted(map(repr, verdict.evidence))
    # What is proposed is known sooner, mostly from the title.
    record = Record(title, abstract + more)
    proposed = compile_rules([rules]).proposed([record])
    assert [{} if section is None else {"L": verdict}] == proposed


class Record(NamedTuple):
    title: str
    abstract: str
    title_bytes: bytes | None = None
    abstract_bytes: bytes | None = None


RECORDED = [
    *TEXT,
    "low-",
    "\n",
    "  ",
    " \n  ",
    "\t",
    "\\emph{al}",
    "$x$",
    "\u00a0",
    "\u00e9",
    "&amp;",
]
RECORDED += ["\x1f", '"', "\\", "\\n", "plain words " * 20, " ", ", ", "_", "$^2$"]

recorded = st.tuples(
    st.lists(st.sampled_from(RECORDED), min_size=1, max_size=9).map("".join),
    st.lists(st.sampled_from(RECORDED), max_size=30).map("".join),
)


@pytest.mark.long
@settings(max_examples=80, deadline=None)
@given(
    st.lists(any_section, min_size=1, max_size=3),
    st.fixed_dictionaries({}, optional=dict.fromkeys(LIST_KEYS, few)),
    st.lists(recorded, min_size=1, max_size=9),
    st.sampled_from([(",", ":"), (", ", ": ")]),
    st.booleans(),
)
def test_records_are_judged_as_their_texts_without_line_ends(
    sections, of_list, texts, separators, as_ascii
):
    """However the texts are written, and whatever is before them: many are sieved together."""
    named = [{"name": f"S{n}", **keys} for n, keys in enumerate(sections)]
    rules = validate(ListRules, {"list": "L", "file": "l.md", "sections": named, **of_list})
    ruleset = compile_rules([rules])
    rows = [{"id": "2401.00001", "title": title, "abstract": text} for title, text in texts]
    lines = [json.dumps(row, separators=separators, ensure_ascii=as_ascii).encode() for row in rows]

    verdicts = [ruleset.judge("L", *(" ".join(text.split()) for text in pair)) for pair in texts]
    proposed = ruleset.proposed([SnapshotRecord(line, n) for n, line in enumerate(lines, 1)])

    assert [{"L": verdict} if verdict.section else {} for verdict in verdicts] == proposed


SIGNS = ["a", '"', "\\", "\n", "\t", " ", "/", "\u00a0", "\x1f", "\x7f", "\u00e9"]


@given(st.text(st.sampled_from(SIGNS), max_size=12), st.booleans())
def test_the_text_of_a_record_is_that_of_its_json_in_one_line(text, as_ascii):
    row = {"id": "2401.00001", "title": text, "abstract": text}
    line = json.dumps(row, separators=(",", ":"), ensure_ascii=as_ascii).encode()
    record = SnapshotRecord(line, 1)

    assert (record.title, record.abstract or "") == (" ".join(text.split()),) * 2


SIEVED = {
    "list": "L",
    "file": "l.md",
    "unless": ["KV near cache"],
    "neighbours": ["graph"],
    "helps": ["LLM"],
    "sections": [
        {
            "name": "A",
            "says": ["cache"],
            "in_title": ["prune"],
            "hints": ["al*", "low-bit near kv"],
            "unless": ["2:4"],
        }
    ],
}
LONG = " plain words" * 40


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("A Cache", LONG),
        ("An LLM", f"It has a cache.{LONG}"),
        ("Nothing", "A cache: few words mention nothing in passing."),
        ("Nothing", f"Few words and many blanks.{LONG[:9] + ' ~_' * 300} A cache."),
        ("Prune al of a Graph", LONG),
        ("KV is far away from the words of a Cache", LONG),
        ("A Cache 2 4", LONG),
        ("Nothing", f"All is low-bit{LONG[:9]} kv, all.{LONG}"),
        ("Nothing", f'He said "all is low\\emph{{-}}bit\n kv".{LONG}'),
        ("A \\emph{Ca}che", LONG),
    ],
)
def test_the_sieve_lets_pass_what_may_get_a_section(title, abstract):
    """Each needs another reason to pass, and none has a reason to spare."""
    rules = validate(ListRules, SIEVED)
    line = json.dumps({"title": title, "abstract": abstract}, separators=(",", ":")).encode()
    ruleset = compile_rules([rules])
    verdict = ruleset.judge("L", title, " ".join(abstract.split()))

    proposed = ruleset.proposed([SnapshotRecord(line, 1)])

    assert "A" == verdict.section, verdict
    assert [{"L": verdict}] == proposed


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(any_section, min_size=1, max_size=3), min_size=2, max_size=4),
    st.fixed_dictionaries({}, optional=dict.fromkeys(LIST_KEYS, few)),
    any_text,
    st.builds(str.__add__, any_text, st.sampled_from(["", " plain" * 70])),
)
def test_several_lists_say_together_what_each_says_alone(lists, of_list, title, abstract):
    every = [
        validate(
            ListRules,
            {
                "list": f"L{n}",
                "file": f"l{n}.md",
                "sections": [{"name": f"S{m}", **keys} for m, keys in enumerate(sections)],
                **(of_list if n else {}),
            },
        )
        for n, sections in enumerate(lists)
    ]
    names = [rules.list for rules in every]

    ruleset = compile_rules(every)
    together = ruleset.judge_for_lists(names, title, abstract)
    row = {"id": "2401.00001", "title": title, "abstract": abstract}
    line = json.dumps(row, separators=(",", ":")).encode()
    proposed = {name: verdict for name, verdict in together.items() if verdict.section}
    assert [proposed] == ruleset.proposed([SnapshotRecord(line, 1)])

    assert {name: ruleset.judge(name, title, abstract) for name in names} == together
    for rules in every:
        alone = compile_rules([rules]).judge(rules.list, title, abstract)
        among = together[rules.list]
        assert (alone.section, alone.score) == (among.section, among.score)
        assert (alone.runner_up, set(alone.evidence)) == (among.runner_up, set(among.evidence))
