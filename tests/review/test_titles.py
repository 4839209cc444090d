"""A thousand titles from hell on the page: each is text, and changes nothing else."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

from catalog.paper import Decision, Evidence, Verdict
from output.digest import SourceLine, candidate
from output.escape import plain
from output.mixed import mixed_words
from output.review.desk import SHELVES, About, Focus, Line, Progress, Similar
from output.review.printing import environment
from output.review.view import Filter, grouped
from tests.fakes import NOW, paper
from tests.review.titles import Seen, elements, structure, titles

AT = datetime(2024, 11, 15, tzinfo=UTC)


def rendered(template, title):
    """The page of one work, and everything on it said in the title's words."""
    work = replace(
        paper(), title=title, abstract=f"{title} and {title}", authors=(title, "B. Chen")
    )
    why = (Evidence("title", title, 0, len(title) // 2), Evidence("abstract", title, 1, 3))
    shown = candidate(1, work, Verdict("Pruning", 0.7, why, title, title))
    line = Line("a1", title, title, title, "week", "paper", (title,), 0.7, None, title)
    decision = Decision("l", "k", "reject", title, NOW, title, title)
    about = About(title, title, title, "https://huggingface.co/papers/1#community", 2)
    focus = Focus(
        line, shown, f"- {title}", (title, "Pruning"), (Similar(title, title, 3, 80),), (decision,),
        (("arXiv", "https://arxiv.org/abs/2411.04965"),), title, (1, 3), "s", about,
    )  # fmt: skip
    said = {
        "chosen": Filter(), "query": {"section": "a &b"}, "groups": grouped([line]), "hidden": 0,
        "choices": {"section": [title, "b"]}, "counts": dict.fromkeys(SHELVES, 1),
        "progress": Progress(0, 1, 1, 0), "sources": (SourceLine(title, "OK", title),),
        "who": "ada", "seen": "0",
        "path": "/item/a1", "told": line, "focus": focus, "clash": None, "problem": title,
        "before": None, "after": None, "at": 1, "of": 1,
    }  # fmt: skip
    return template.render(said)


def test_a_thousand_titles_are_text():
    template = environment().get_template("item.html")
    # A Cyrillic letter in a Latin word is told in a line of its own.
    usual, mixed = (structure(rendered(template, title)) for title in ("Plain", "Plаin"))

    for title in titles(1000):
        page = rendered(template, title)

        assert (mixed if mixed_words(title) else usual) == structure(page), title
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[1]
        heading = heading.replace("<mark>", "").replace("</mark>", "")
        assert plain(title) == plain(html.unescape(heading)), title


def test_a_browser_sees_the_same_elements_whatever_the_title():
    template = environment().get_template("item.html")
    usual, mixed = (elements(rendered(template, title)) for title in ("Plain", "Plаin"))

    for title in titles(40, seed=8):
        seen = Seen(rendered(template, title))
        expected = mixed if mixed_words(title) else usual

        assert expected == [one for one in seen.elements if one[0] != "mark"], title
        assert f"{plain(title)} · Listkeeper".strip() == plain(seen.texts["title"][0]), title
