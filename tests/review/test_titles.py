"""A thousand titles from hell on the page: each is text, and changes nothing else."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from catalog.facts import Decision, Evidence, Verdict
from output.digest.candidates import candidate
from output.digest.model import SourceLine
from output.escape import mixed_words, plain
from output.review.charts import Bars
from output.review.charts_page import charts_page
from output.review.model import (
    SHELVES,
    Clash,
    DecisionForm,
    Focus,
    LastWrite,
    Plan,
    Similar,
    WeekProgress,
    WorkDetails,
    WorklistLine,
)
from output.review.printing import page_environment
from output.review.rules_page import WordForm, moved_words
from output.review.rules_trial import RuleBook, TrialResult, TriedWord
from output.review.statistics import (
    SERIES,
    DigestShare,
    Grown,
    ListStatistics,
    SectionSize,
    SourceDays,
    Statistics,
)
from output.review.view import WorklistFilter, grouped
from pipelines.tuning.comparison import ChangedVerdict, Effect
from pipelines.tuning.labelled import Labelled
from tests.fakes import NOW, paper
from tests.review.titles import Seen, elements, structure, titles

pytestmark = pytest.mark.long

AT = datetime(2024, 11, 15, tzinfo=UTC)


def rendered(template, title):
    """The page of one work, and everything on it said in the title's words."""
    work = replace(
        paper(), title=title, abstract=f"{title} and {title}", authors=(title, "B. Chen")
    )
    why = (Evidence("title", title, 0, len(title) // 2), Evidence("abstract", title, 1, 3))
    shown = candidate(1, work, Verdict("Pruning", 0.7, why, title, title))
    line = WorklistLine("a1", title, title, title, "week", "paper", (title,), 0.7, None, title)
    decision = Decision("l", "k", "reject", title, NOW, title, title)
    about = WorkDetails(title, title, title, "https://huggingface.co/papers/1#community", 2)
    focus = Focus(
        line, shown, f"- {title}", (title, "Pruning"), (Similar(title, title, 3, 80),), (decision,),
        (("arXiv", "https://arxiv.org/abs/2411.04965"),), title, (1, 3), "s", about,
    )  # fmt: skip
    said = shell(title, line) | {
        "path": "/item/a1", "focus": focus, "clash": Clash(decision, wish(title), "s"),
        "problem": title, "before": None, "after": None, "at": 1, "of": 1,
    }  # fmt: skip
    return without_preview(template.render(said))


def without_preview(page):
    """The preview shows the entry's Markdown, so it alone has other elements: these and no more."""
    before, start, rest = page.partition('<div id="preview">')
    preview, end, after = rest.partition("</div>")
    shown = {(tag, tuple(names)) for tag, *names in Seen(preview).elements}
    assert start
    assert end
    assert shown <= {
        *((tag, ()) for tag in ("br", "code", "em", "strong")),
        ("span", ("class",)),
        ("a", ("href", "rel", "target")),
    }
    return before + start + end + after


def wish(title):
    return DecisionForm("a1", "reject", title, title, title, False, "s")


def shell(title, line):
    """What stands around every page."""
    return {
        "chosen": WorklistFilter(), "query": {"section": "a &b"},
        "groups": grouped([line]), "hidden": 0,
        "choices": {"section": [title, "b"]}, "counts": dict.fromkeys(SHELVES, 1),
        "progress": WeekProgress(0, 1, 1, 0), "sources": (SourceLine(title, "OK", title),),
        "user": "ada", "seen": "0",
        "path": "/", "decided": line, "open_here": 1, "questions": (title,), "rest": ((title, 2),),
    }  # fmt: skip


def other_views(title):
    """Every other page by its template, with the title wherever words from outside may stand."""
    line = WorklistLine("a1", title, title, title, "week", "blog", (title,), 0.7, "pick", "ada")
    around = shell(title, line)
    work = Labelled("2411.04965", title, title, belongs=True, section=title)
    moved = ChangedVerdict(work, Verdict(title, 0.5), Verdict(None, 0.1, lacked=title), ())
    effect = Effect((work,), (moved.before,), (moved.after,), (moved,), 1)
    trial = TrialResult(effect, effect, effect, (), "", (title,), "t")
    asked = TriedWord(title, title, "says", title, add=True)
    chart = Bars(SERIES, ((title, (1, 2, 3)),))
    numbers = ListStatistics(
        title, chart, ((title, chart),), (SectionSize(title, 3, 1),),
        (DigestShare(title, 3, 1, 2),), (Grown(title, 1, 2, (1, 2)),),
    )  # fmt: skip
    drawn = Statistics(("2024-11-15",), (SourceDays(title, (("OK",),)),), (numbers, numbers))
    diff = f"--- a/x\n+++ b/x\n@@ -1 +1 @@\n+{plain(title)}\n"
    plan = Plan(title, title, diff, 1, (title,), (title,), "t")
    batch = LastWrite("t", title, 1, AT)
    chip = {"address": "/rules?word=x", "word": title, "key": title}
    return {
        "done.html": {
            **around, "tally": [("pick", 2)], "record": title, "commit": title, "monday": title,
        },
        "write.html": {**around, "plans": [plan], "notes": [title], "last_write": batch},
        "trouble.html": {**around, "title": title, "message": title},
        "charts.html": {**around, **charts_page(drawn)},
        "rules.html": {
            **around, "asked": replaced(asked), "books": {title: RuleBook(title, {title: {}})},
            "key_words": {"says": title}, "words": {"says": (title,)}, "focus_item": None,
            "chips": [chip], "trial": trial, "diff": diff, "problem": title, "max_moves": 20,
            "rules_link": lambda *_, **__: chip, "moved_words": moved_words,
        },
    }  # fmt: skip


def replaced(tried):
    return WordForm(tried.list_name, tried.section, tried.key, tried.word, tried.add, tried.word)


@pytest.mark.parametrize("name", other_views(""))
def test_a_thousand_titles_are_text_on_every_other_page(name):
    template = page_environment().get_template(name)

    def of(title):
        return structure(template.render(other_views(title)[name]))

    usual = of("Plain")
    for title in titles(1000, seed=9):
        # What is left of a title of nothing but invisible signs may be nothing.
        assert usual == of(f"A {title} b"), title


def test_a_thousand_titles_are_text():
    template = page_environment().get_template("item.html")
    # A Cyrillic letter in a Latin word is told in a line of its own.
    usual, mixed = (structure(rendered(template, title)) for title in ("Plain", "Plаin"))

    for title in titles(1000):
        page = rendered(template, title)

        assert (mixed if mixed_words(title) else usual) == structure(page), title
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[1]
        heading = heading.replace("<mark>", "").replace("</mark>", "")
        assert plain(title) == plain(html.unescape(heading)), title


def test_a_browser_sees_the_same_elements_whatever_the_title():
    template = page_environment().get_template("item.html")
    usual, mixed = (elements(rendered(template, title)) for title in ("Plain", "Plаin"))

    for title in titles(40, seed=8):
        seen = Seen(rendered(template, title))
        expected = mixed if mixed_words(title) else usual

        assert expected == [one for one in seen.elements if one[0] != "mark"], title
        assert f"{plain(title)} · Listkeeper".strip() == plain(seen.texts["title"][0]), title
