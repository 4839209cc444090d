"""The digest as one page: whole in itself, quiet, and text where titles want to be more."""

import re
from dataclasses import replace

import orjson
import pytest

from catalog.facts import Evidence
from output.digest.candidates import candidate
from output.digest.html import html_page, policy
from output.digest.model import SourceLine, as_json, from_json
from output.escape import mixed_words, plain
from tests.fakes import digest, link, paper, verdict
from tests.review.titles import Seen, elements, structure, titles


def made(title="A Title"):
    why = (Evidence("title", "w", 0, len(title) // 2), Evidence("abstract", "w", 1, 3))
    told = verdict(evidence=why, runner_up=title, lacked=title)
    first = candidate(1, paper(title=title, abstract=title, authors=(title,)), told)
    second = candidate(2, link(title=title), told)
    more = {
        "sources": (SourceLine(title, "OK", title),),
        "kept_out": ((title, title),),
        "routed": ((title, title),),
    }
    return digest(first, second, near=(candidate(3, paper(title=title), told),), **more)


def test_the_page_needs_nothing_and_allows_nothing():
    page = html_page(made())

    seen = Seen(page).elements
    assert not {"script", "img", "iframe", "object", "form", "base"} & {tag for tag, *_ in seen}
    assert [] == re.findall(r"url\(|@import|style=", page)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    assert policy(style) in page.replace("&#39;", "'")
    assert page == html_page(made())


@pytest.mark.long
def test_a_thousand_titles_are_text():
    usual, mixed = (structure(html_page(made(title))) for title in ("A Title", "A Tіtle"))

    for title in titles(1000, seed=9):
        expected = mixed if mixed_words(title) else usual

        assert expected == structure(html_page(made(title))), title


def test_a_browser_sees_the_same_elements_whatever_the_title():
    usual, mixed = (elements(html_page(made(title))) for title in ("A Title", "A Tіtle"))

    for title in titles(40, seed=10):
        seen = Seen(html_page(made(title)))
        expected = mixed if mixed_words(title) else usual

        assert expected == [one for one in seen.elements if one[0] != "mark"], title
        assert plain(f"1. {title}") == plain(seen.texts["h3"][0]), title


def test_stars_and_upvotes_stand_where_the_markdown_has_them():
    one = made()
    liked = replace(one.candidates[0], stars=1234, stars_gained=(56, 1), upvotes=2)

    page = html_page(replace(one, candidates=(liked, *one.candidates[1:])))

    assert 1 == page.count(" · 1,234 stars, +56 in a day · 2 upvotes (Hugging Face)</p>")
    assert "upvote" not in html_page(one)


def test_a_kept_digest_gives_the_same_page():
    one = made("A Tіtle")

    kept = orjson.loads(orjson.dumps(as_json(one)))

    assert one == from_json(kept)
    assert html_page(one) == html_page(from_json(kept))
