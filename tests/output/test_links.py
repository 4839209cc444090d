"""A link goes the way of a paper: shown, ticked, put into the list, and never asked again."""

from dataclasses import replace

import pytest

from catalog.facts import Fact
from catalog.markdown.edits import insert
from catalog.markdown.entry import Extra
from catalog.markdown.listfile import parse
from catalog.paper import Link
from output.apply.plan import applying
from output.digest.candidates import KnownFacts, candidate
from output.digest.markdown import page
from output.digest.model import as_json
from output.digest.ticks import read_ticks
from tests.fakes import NOW, digest, paper, tick, verdict

CURRENT = b"# A List\n\n## Quantization\n\n- [An Old Post](https://example.org/old) \n"
REPOSITORY = Link(
    "https://github.com/mit-han-lab/smoothquant",
    "repository",
    "smoothquant",
    "Quantization of models\n\nFirst lines of a README.",
)
POST = Link("https://blog.example.org/a--b", "blog", "Quantization in Practice", "How it went")


def ticked(link, url="", box="accept"):
    made = digest(candidate(1, link, verdict(), url=url))
    text = tick(page(made), 1, box)
    candidates = as_json(made)["candidates"]
    return read_ticks(text, "digest.md"), {item["key"]: item["entry"] for item in candidates}


def applied(link, current=CURRENT, **told):
    ticks, candidates = ticked(link, **told)
    return applying(ticks, candidates, current, {}, user="me", at=NOW, name="list.md")


ENTRIES = {
    "repository": (
        REPOSITORY,
        (
            "- [**smoothquant**](https://github.com/mit-han-lab/smoothquant) - mit-han-lab "
            "![Star](https://img.shields.io/github/stars/mit-han-lab/smoothquant.svg"
            "?style=social&label=Star) \n\n\t *Quantization of models*"
        ),
    ),
    "post with two dashes": (
        POST,
        "- [Quantization in Practice](https://blog.example.org/a--b) ",
    ),
    "model": (
        Link("https://huggingface.co/neuralmagic/some-model-w4a16", "model", "some-model"),
        "- [some-model](https://huggingface.co/neuralmagic/some-model-w4a16)  🤗 ",
    ),
    "video": (
        Link("https://youtube.com/watch?v=dQw4w9WgXcQ", "video", "A Talk"),
        "- :clapper: [A Talk](https://youtube.com/watch?v=dQw4w9WgXcQ) ",
    ),
}


@pytest.mark.parametrize(("link", "entry"), ENTRIES.values(), ids=ENTRIES)
def test_accepted_link_stands_in_the_list(link, entry):
    """Byte for byte as the grammar says, at the top of its section; the decision has its key."""
    plan = applied(link)

    assert insert(CURRENT, "Quantization", entry) == plan.new
    assert [(link.key, "accept")] == [(d.work_key, d.act) for d in plan.decisions]


def test_link_is_shown_as_its_site_wrote_it():
    """With www. and the last slash; the key stays the canonical one."""
    plan = applied(POST, url="https://www.blog.example.org/a--b/")

    assert b"(https://www.blog.example.org/a--b/) " in plan.new
    assert POST.key == plan.decisions[0].work_key


def test_star_keeps_the_sign_of_a_video():
    link = ENTRIES["video"][0]

    plan = applied(link, box="accept with 🌟")

    assert "- 🌟 :clapper: [A Talk]" in plan.new.decode()


def test_listed_link_is_left_as_it_stands():
    """In any spelling of its address."""
    old = Link("https://example.org/old", "page", "Quantization, Old")

    plan = applied(old)

    assert CURRENT == plan.new
    assert "already in the list" in plan.notes[0]


def test_entry_of_another_page_is_a_question():
    """The reviewer may rewrite the entry, but not put another work in its place."""
    made = digest(candidate(1, POST, verdict()))
    text = tick(page(made), 1, "accept")
    text = text.replace("](https://blog.example.org/a--b) ", "](https://example.org/other) ")

    ticks = read_ticks(text, "digest.md")
    plan = applying(
        ticks, {POST.key: made.candidates[0].entry}, CURRENT, {}, user="me", at=NOW, name="list.md"
    )

    assert CURRENT == plan.new
    assert "another page (https://example.org/other)" in plan.unclear[0]


def test_page_of_a_hostile_link_has_no_other_link():
    """Title and address come from outside: one candidate, one address, nothing to tick."""
    hostile = replace(POST, title="[x](javascript:1) --> <b>\n- [x] accept", description="](x) -->")

    text = page(digest(candidate(1, hostile, verdict())))

    assert () == read_ticks(text, "digest.md").ticks
    assert 1 == text.count("<!-- candidate")
    assert "](<https://blog.example.org/a--b>)" in text


def test_model_of_a_paper_is_an_extra_of_its_entry():
    """Beside the code; the same address stands once."""
    code = Fact(paper().key, "code", "a/b", "arxiv", "https://github.com/a/b", NOW)
    extras = [
        Extra("repo", "b", "https://github.com/a/b", "a"),
        Extra("link", "huggingface", "https://huggingface.co/a/model"),
    ]

    entry = candidate(1, paper(), verdict(), KnownFacts(code=code), extras=extras).entry

    assert 1 == entry.count("[b](https://github.com/a/b)")
    assert " · ([huggingface](https://huggingface.co/a/model))" in entry
    assert 2 == len(parse(entry.encode()).entries[0].extras)


def test_counts_of_likes_are_no_news():
    """Stars and upvotes are shown, but a page is not written again for them."""

    def with_stars(number, **more):
        stars = Fact(REPOSITORY.key, "stars", str(number), "github", None, NOW)
        return digest(candidate(1, REPOSITORY, verdict(), KnownFacts(stars=stars, **more)))

    assert " · 1,200 stars  \n" in page(with_stars(1200))
    assert " · 1,200 stars, +120 in 7 days  \n" in page(with_stars(1200, stars_gained=(120, 7)))
    assert " · 9 stars, +2 in a day  \n" in page(with_stars(9, stars_gained=(2, 1)))
    assert with_stars(9).fingerprint == with_stars(9, stars_gained=(2, 1)).fingerprint
    assert with_stars(1200).fingerprint == with_stars(1300).fingerprint
