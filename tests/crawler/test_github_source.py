"""GitHub as a source: searches, READMEs and releases. No wire."""

import pytest

from crawler.sources import github
from tests.crawler.answers import facts, keys, read, setting

REPOSITORY = {
    "full_name": "a/quantizer",
    "description": "Quantization of LLMs (arXiv:2411.04965)",
    "stargazers_count": 120,
    "created_at": "2024-11-01T00:00:00Z",
}
SEARCH = "https://api.github.com/search/repositories?q=x"


def test_search_shows_repositories_with_stars_and_their_paper():
    """Forks and archives are not new; the README of each new one is asked for."""
    told = {"items": [REPOSITORY, {**REPOSITORY, "full_name": "b/fork", "fork": True}]}

    batch, further = read(github, told, part="quant", kind="search", url=SEARCH)

    key = "link:https://github.com/a/quantizer"
    assert {key} == keys(batch)
    assert {(key, "stars", "120"), (key, "paper", "2411.04965")} == facts(batch)
    assert ["https://api.github.com/repos/a/quantizer/readme"] == [q.url for q in further]
    assert 1 == len(batch.odd)


def test_readme_of_a_known_repository_is_not_asked_again():
    known = frozenset({"link:https://github.com/a/quantizer"})

    _, further = read(github, {"items": [REPOSITORY]}, kind="search", url=SEARCH, previous=known)

    assert [] == further


def test_readmes_that_a_run_has_no_room_for_are_left_for_the_next():
    """Those of new repositories come first."""
    many = [{**REPOSITORY, "full_name": f"a/q{number}"} for number in range(20)]
    first, asked = read(github, {"items": many}, kind="search", url=SEARCH)
    assert (15, 5) == (len(asked), len(first.open))

    new = [{**REPOSITORY, "full_name": "a/new"}, *many]
    known = {"previous": frozenset(first.ids), "open": first.open}
    second, asked = read(github, {"items": new}, kind="search", url=SEARCH, **known)

    key = "link:https://github.com/a/new"
    assert ([key, *first.open], ()) == ([question.about for question in asked], second.open)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"total_count": 1}, None),
        ({"total_count": 850}, "1 of 850, the most starred; narrow the query or raise stars"),
        ({"incomplete_results": True}, "the search ran out of time: its result is a part"),
        ({"total_count": "many"}, None),
    ],
)
def test_search_that_shows_a_part_says_so(told, reason):
    batch, _ = read(github, {"items": [REPOSITORY], **told}, kind="search", url=SEARCH)

    assert reason == batch.part_only


def test_readme_adds_its_first_lines_below_the_tagline():
    text = b"# quantizer\n\n![badge](https://x.org/b.svg)\n[Low-bit](https://x.org) weights of LLMs"
    url = "https://api.github.com/repos/a/quantizer/readme"

    batch, _ = read(github, text, kind="readme", url=url, note="Quantization of LLMs")

    (found,) = batch.works
    assert "Quantization of LLMs\n\nquantizer Low-bit weights of LLMs" == found.work.description


def test_releases_of_watched_repositories_are_links():
    release = {
        "name": "v0.6.0",
        "tag_name": "v0.6.0",
        "html_url": "https://github.com/pytorch/ao/releases/tag/v0.6.0",
        "published_at": "2024-11-01T00:00:00Z",
        "body": "Quantization",
    }

    batch, _ = read(
        github, [release, {**release, "draft": True}], part="releases/pytorch/ao", kind="releases"
    )

    assert ["ao v0.6.0"] == [found.work.title for found in batch.works]
    assert {"link:https://github.com/pytorch/ao/releases/tag/v0.6.0"} == keys(batch)


def test_search_says_what_is_wanted_and_signs_it():
    told = {"searches": [{"name": "q", "query": "llm quantization", "stars": 50}]}

    (question,) = github.ask(setting(github=told))

    assert "q=llm+quantization+created%3A%3E2024-09-13+stars%3A%3E%3D50" in question.url
    assert question.signed
    assert question.interface
