"""
Sources: what they ask, and what their answers mean. No wire: bytes in, works out.

Feeds and GitHub have modules of their own.
"""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.items import Failure, WebAnswer, trouble_of, works_of
from crawler.parsers.arxiv import NoFeed
from crawler.sources import feeds, github, hf_daily, hf_hub, inbox, lists
from crawler.sources.base import NoAnswer
from crawler.sources.registry import SOURCES
from tests.crawler.answers import NOW, answer, facts, keys, named, read, setting, state

# All of them


@pytest.mark.parametrize("name", SOURCES)
def test_source_is_called_what_the_registry_calls_it(name):
    assert name == SOURCES[name].NAME


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_is_asked_where_nothing_is_configured(name, tmp_path):
    """But what needs no settings, which is asked for by its name."""
    asked = list(SOURCES[name].ask(setting(tmp_path)))

    assert (1 if name in ("hf_daily", "hf_blog") else 0) == len(asked)


NONSENSE = [b"", b"null", b"[null, 1, {}]", b'{"items": [1, {"full_name": 3}]}', b"<html></html>"]


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
@pytest.mark.parametrize("name", [*SOURCES])
def test_nonsense_is_no_answer_or_odd_and_never_a_work(name, body):
    """Whatever comes back: no mistake of ours, no work of nobody's."""
    try:
        told = list(SOURCES[name].read(answer(body, part="x/models", kind="blog")))
    except (NoAnswer, NoFeed):
        return

    assert all(isinstance(batch, WebAnswer | Failure) for batch in told)
    assert all(not works_of(batch) and not getattr(batch, "named", ()) for batch in told)


def test_question_remembers_the_last_answer():
    """Tag and date go back as they came; what was shown is known."""
    old = state("feeds/a", ["link:https://x.org/1"], etag='W/"7"', modified="Mon, 1 Jan 2024")
    told = [{"name": "a", "url": "https://x.org/feed/"}]

    (question,) = feeds.ask(setting(states={"feeds/a": old}, feeds=told))

    assert ('W/"7"', "Mon, 1 Jan 2024") == (question.etag, question.modified)
    assert {"link:https://x.org/1"} == question.previous
    assert ("https://x.org/feed/", "page-x.org") == (question.url, question.group)
    assert not question.interface


# Hugging Face


def daily(arxiv_id="2411.04965", day="2024-11-11T01:12:00.000Z", **told):
    return {"paper": {"id": arxiv_id, "title": "T", "submittedOnDailyAt": day, **told}}


def test_daily_papers_are_mentions_with_upvotes_and_code():
    told = daily(upvotes=42, githubRepo="https://github.com/microsoft/BitNet/tree/main?x=1")

    batch, further = read(hf_daily, [told, daily("not-an-id"), daily("2411.02265", upvotes=0)])

    assert {"arxiv:2411.04965", "arxiv:2411.02265"} == named(batch)
    assert {
        ("arxiv:2411.04965", "upvotes", "42"),
        ("arxiv:2411.04965", "code", "microsoft/BitNet"),
        ("arxiv:2411.02265", "upvotes", "0"),
    } == facts(batch)
    assert (1, []) == (len(batch.odd), further)


def test_daily_papers_are_paged_only_over_a_gap():
    """A full page of which nothing was known: what came between is on the next one."""
    full = [daily(f"2411.{number:05}") for number in range(1, 101)]
    url = "https://huggingface.co/api/daily_papers?limit=100"

    for known, expected in [(set(), []), ({"arxiv:2411.00050"}, []), ({"arxiv:2410.00001"}, [1])]:
        _, further = read(hf_daily, full, url=url, previous=frozenset(known))
        assert expected == [question.page for question in further]
    assert f"{url}&p=1" == further[0].url


def test_hub_shows_models_with_their_papers():
    model = {
        "id": "org/Model-GGUF",
        "tags": ["gguf", "region:us", "arxiv:2411.04965"],
        "createdAt": "2024-11-10T00:00:00.000Z",
    }

    batch, _ = read(hf_hub, [model, {**model, "private": True}], part="org/models", kind="model")

    (found,) = batch.works
    assert ("link:https://huggingface.co/org/Model-GGUF", "model") == (
        found.work.key,
        found.work.kind,
    )
    assert "gguf" in found.work.description
    assert {(found.work.key, "paper", "2411.04965")} == facts(batch)
    assert 1 == len(batch.odd)


def test_hub_is_asked_every_so_many_days():
    """Four shelves of an organisation; not before its day, but at once where it failed."""
    told = {"hf_hub": {"organisations": ["org"], "every_days": 7}}
    seen = {f"hf_hub/org/{shelf}": state(f"hf_hub/org/{shelf}") for shelf in hf_hub.KINDS}

    assert 4 == len(list(hf_hub.ask(setting(**told))))
    assert [] == list(hf_hub.ask(setting(states=seen, **told)))
    seen["hf_hub/org/models"] = replace(seen["hf_hub/org/models"], streak=1)
    assert ["org/models"] == [q.part for q in hf_hub.ask(setting(states=seen, **told))]
    some = {"hf_hub": {"organisations": ["a", "b"], "kinds": ["models", "spaces"]}}
    assert ["a/models", "a/spaces", "b/models", "b/spaces"] == [
        q.part for q in hf_hub.ask(setting(**some))
    ]


@pytest.mark.parametrize("parts", [1, 4, 12])
def test_looks_at_the_hub_are_spread_over_the_days(parts):
    """Each shelf is looked at within a week of its last look, and about as many every day."""
    states = {str(number): state(str(number)) for number in range(parts)}
    looks = []
    for day in range(1, 29):
        now = NOW + timedelta(days=day)
        some = list(hf_hub.due(states, now, timedelta(days=7)))
        states |= {part: state(part, at=now) for part in some}
        looks.append(len(some))

    assert {parts * 4} == {sum(looks)}
    assert max(looks) <= -(-parts // 7)


def test_shelves_that_nobody_looked_at_for_long_are_all_due():
    states = {str(number): state(str(number)) for number in range(4)}

    assert [*states] == list(hf_hub.due(states, NOW + timedelta(days=8), timedelta(days=7)))


SEARCH = "https://api.github.com/search/repositories?q=x"
EMPTY = {
    "search": (github, {"items": [], "total_count": 0}, {"kind": "search"}, True),
    "search cut off": (
        github,
        {"items": [], "total_count": 0, "incomplete_results": True},
        {"kind": "search"},
        False,
    ),
    "issues": (inbox, [], {"part": "issues"}, True),
    "daily papers": (hf_daily, [], {}, False),
}


@pytest.mark.parametrize("name", EMPTY)
def test_some_sources_may_have_nothing_after_something(name):
    """Repositories grow old, and suggestions are closed when they are decided on."""
    source, told, of, expected = EMPTY[name]

    assert expected == read(source, told, url=SEARCH, **of)[0].may_be_empty


def release(number):
    url = f"https://github.com/pytorch/ao/releases/tag/v{number}"
    return {"name": f"v{number}", "html_url": url, "published_at": "2024-11-01T00:00:00Z"}


def issue(number):
    return {"title": "Please", "number": number, "body": f"https://example.org/{number}"}


def model(number):
    return {"id": f"org/m{number}", "createdAt": "2024-11-10T00:00:00Z"}


FULL_PAGES = {
    "releases": (github, release, 10, {"part": "releases/a/b", "kind": "releases"}),
    "models": (hf_hub, model, 20, {"part": "org/models"}),
}


@pytest.mark.parametrize("name", FULL_PAGES)
def test_full_page_without_anything_known_says_that_older_ones_were_not_read(name):
    source, one, size, told = FULL_PAGES[name]
    page = [one(number) for number in range(size)]

    def part_only(entries, previous):
        return read(source, entries, previous=frozenset(previous), **told)[0].part_only

    first, _ = read(source, page, **told)
    assert "older ones were not read" in part_only(page, {"link:https://example.org/before"})
    assert part_only(page, {first.ids[-1]}) is None
    assert part_only(page[1:], {"link:https://example.org/before"}) is None
    assert part_only(page, ()) is None


def test_issues_are_read_page_by_page():
    url = "https://api.github.com/repos/a/b/issues?per_page=100"
    page = [issue(number) for number in range(100)]

    _, (second,) = read(inbox, page, part="issues", url=url)
    _, (third,) = read(inbox, page, part="issues", url=second.url, page=1)
    last, none = read(inbox, page, part="issues", url=url, page=9)

    assert (f"{url}&page=2", f"{url}&page=3", []) == (second.url, third.url, none)
    assert "1,000 issues were read, and more are there" == last.part_only


def test_issue_with_too_many_addresses_says_so():
    body = " ".join(f"https://example.org/{number}" for number in range(11))

    batch, _ = read(inbox, [{**issue(7), "body": body}], part="issues")

    assert (10, "10 of the addresses in issue 7") == (len(batch.named), batch.part_only)


# The inbox, and other lists


def test_inbox_takes_addresses_from_a_file_and_a_folder(tmp_path):
    """With a title in brackets it needs no asking; an address alone does."""
    (tmp_path / "inbox.md").write_text(
        "- [A Post](https://example.org/post), good\n- see https://example.org/other).\n"
    )
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "one.txt").write_text("arXiv:2411.04965 and https://github.com/a/b.git")

    (batch,) = inbox.ask(setting(tmp_path, inbox={"file": "inbox.md", "folder": "inbox"}))

    assert isinstance(batch, WebAnswer)
    assert {"link:https://example.org/post"} == keys(batch)
    assert {
        "link:https://example.org/other",
        "arxiv:2411.04965",
        "link:https://github.com/a/b",
    } == named(batch)


def test_inbox_takes_ids_that_stand_alone_in_their_line_and_tells_what_is_none(tmp_path):
    """Of running text they are no ids: it has other numbers of this kind."""
    (tmp_path / "inbox.md").write_text(
        "# Read these\n- 2411.07078\n2. 2411.02265v2\n- [ ] cs/9901001\n* arXiv:2411.04965\n"
        "- 2411.99\n- 2413.00001\nmeasured 2411.07079 times\n"
    )

    (batch,) = inbox.ask(setting(tmp_path, inbox={"file": "inbox.md"}))

    assert {
        "arxiv:2411.07078",
        "arxiv:2411.02265",
        "arxiv:cs/9901001",
        "arxiv:2411.04965",
    } == named(batch)
    assert ("'2413.00001' is no arXiv id",) == batch.odd


def test_issues_with_a_label_are_suggestions_and_pull_requests_are_not():
    issue = {
        "title": "Please",
        "body": "https://example.org/a",
        "created_at": "2024-11-10T00:00:00Z",
    }
    other = {**issue, "body": "https://example.org/b", "pull_request": {}}

    batch, _ = read(inbox, [issue, other], part="issues")

    assert ({"link:https://example.org/a"}, 1) == (named(batch), batch.total)


THEIRS = b"""# Their List
## Quantization
- [A Post](https://example.org/post) - good
- **A Paper**, [paper](https://arxiv.org/abs/2411.04965)
| [Another](https://arxiv.org/pdf/2411.02265v2) | table |
"""


def test_other_list_names_its_papers_and_shows_its_links(tmp_path):
    """From a checkout or by address, it is read alike."""
    (tmp_path / "theirs.md").write_bytes(THEIRS)
    (local,) = lists.ask(setting(tmp_path, lists={"files": ["theirs.md"]}))
    remote, _ = read(lists, THEIRS, part="theirs")

    for batch in (local, remote):
        assert {"arxiv:2411.04965", "arxiv:2411.02265"} == named(batch)
        assert {"link:https://example.org/post"} == keys(batch)


def test_list_that_is_not_there_is_broken(tmp_path):
    (batch,) = lists.ask(setting(tmp_path, lists={"files": ["gone.md"]}))

    assert "cannot be read" in trouble_of(batch)


def test_settings_of_sources_are_checked():
    """Private addresses, paths that lead out, repositories that are none."""
    for wrong in (
        {"feeds": [{"name": "a", "url": "http://localhost/feed"}]},
        {"inbox": {"file": "../elsewhere"}},
        {"github": {"watched": ["not a repository"]}},
    ):
        with pytest.raises(ValueError, match="must be"):
            setting(**wrong)


def test_answers_of_every_source_are_json_or_feeds():
    """JSON with a byte of damage is no answer."""
    with pytest.raises(NoAnswer, match="no JSON"):
        list(hf_daily.read(answer(json.dumps([daily()]).encode()[:-3])))
