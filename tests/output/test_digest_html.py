"""The digest as one page: whole in itself, quiet, and text where titles want to be more."""

import re

from catalog.paper import Evidence
from output.digest import SourceLine, candidate
from output.digest_html import html_page, policy
from output.escape import plain
from tests.fakes import digest, link, paper, verdict
from tests.review.titles import Seen, titles


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


def test_titles_from_hell_are_text():
    expected = [one for one in Seen(html_page(made())).elements if one[0] != "mark"]

    for title in titles(150, seed=9):
        seen = Seen(html_page(made(title)))

        assert expected == [one for one in seen.elements if one[0] != "mark"], title
        assert plain(f"1. {title}") == plain(seen.texts["h3"][0]), title
