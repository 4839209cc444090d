"""What GitHub and Hugging Face say becomes facts or reasoned misses, whatever it is they say."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.facts import Fact, Miss
from config.secret import Secret
from pipelines.enrich import github, hugging_face, semantic_scholar
from pipelines.enrich.base import Age, ServiceAccess
from pipelines.enrich.client import ClientResponse, RequestFailed
from pipelines.enrich.registry import ASKED, READERS
from pipelines.enrich.repositories import living
from pipelines.enrich.scholar_venue import venue_of, venues

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
REPO = "link:https://github.com/octo/hello"
PAPER = "arxiv:2410.18693"
NAMES = ["id", "paper", "upvotes", "comments", "numComments", "githubRepo", "full_name", "archived"]
NAMES += ["message", "url", "stargazers_count"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


class Client:
    """Gives answers in turn, and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    async def ask(self, method, url, params, headers, json):
        self.asked.append((url, headers))
        return self.answers.pop(0)


def answer(status, told, **headers):
    plain = {name.replace("_", "-"): value for name, value in headers.items()}
    return ClientResponse(status, json.dumps(told).encode(), None, plain)


def ask(enricher, key, *answers, token="", told=()):
    client = Client(*answers)
    known = {key: {fact.kind: fact for fact in told}}
    service = ServiceAccess("https://api.github.com", client, Secret(token), known)
    return asyncio.run(enricher.ask(service, key, NOW)), client


def state(told):
    return next(fact.value for fact in told if fact.kind == "repository")


def test_a_repository_that_is_there_tells_its_stars_too():
    """Letters in another case are the same name."""
    told, client = ask(
        github, REPO, answer(200, {"full_name": "Octo/Hello", "stargazers_count": 7}), token="t0ken"
    )

    assert "ok" == state(told)
    assert ["7"] == [fact.value for fact in told if fact.kind == "stars"]
    assert [("https://api.github.com/repos/octo/hello", "Bearer t0ken")] == [
        (url, headers["Authorization"]) for url, headers in client.asked
    ]


def test_a_renamed_repository_is_followed_by_its_number():
    """The address that the answer names is not asked: only the number in it counts."""
    to = {"message": "Moved Permanently", "url": "https://evil.example/repositories/42"}
    told, client = ask(github, REPO, answer(301, to), answer(200, {"full_name": "newer/home"}))

    assert "moved newer/home" == state(told)
    assert "https://api.github.com/repositories/42" == client.asked[1][0]


def test_a_repository_that_has_not_changed_is_known_by_its_mark():
    """A 304 has no body: what was known is known again, as of today; stars too."""
    before = NOW - timedelta(days=28)
    hello = {"full_name": "octo/hello", "stargazers_count": 7}
    told, _ = ask(github, REPO, answer(200, hello, etag='W/"7a"'))
    old = [replace(fact, seen_at=before) for fact in told]

    again, client = ask(github, REPO, ClientResponse(304, b"", None, {}), told=old)
    _, later = ask(github, REPO, answer(200, hello), told=[replace(old[0], seen_at=NOW), old[2]])
    odd, _ = ask(github, REPO, ClientResponse(304, b"", None, {}))

    assert 'W/"7a"' == client.asked[0][1]["If-None-Match"]
    assert told == again
    assert "If-None-Match" not in later.asked[0][1], "the mark is of another answer"
    assert ["failed"] == [miss.reason for miss in odd]


def test_archived_gone_and_blocked_repositories():
    """Only GitHub's own word for it makes a repository gone."""
    archived, _ = ask(github, REPO, answer(200, {"full_name": "octo/hello", "archived": True}))
    gone, _ = ask(github, REPO, answer(404, {"message": "Not Found"}))
    blocked, _ = ask(github, REPO, answer(451, {"message": "blocked"}))
    odd, _ = ask(github, REPO, answer(500, "oh"))

    assert ["archived", "gone HTTP 404", "gone HTTP 451"] == [
        state(told) for told in (archived, gone, blocked)
    ]
    assert [Miss(REPO, "repository", "github", "failed", NOW, "HTTP 500")] == odd


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"x_ratelimit_remaining": "0"}, "x"),
        ({"retry_after": "60"}, "x"),
        ({}, "You have triggered an abuse detection mechanism."),
        ({}, "API rate limit exceeded"),
    ],
    ids=["none left", "retry-after", "abuse", "limit"],
)
def test_a_limit_is_told_from_a_closed_door(headers, message):
    """The first stops the run; the second is a miss of this repository alone."""
    with pytest.raises(RequestFailed) as caught:
        ask(github, REPO, answer(403, {"message": message}, **headers))
    closed, _ = ask(github, REPO, answer(403, {"message": "Forbidden"}))

    assert caught.value.later
    assert ["refused"] == [miss.reason for miss in closed]


def test_code_stands_in_the_list_as_it_lives():
    """Not where it is gone, by its new name where it moved, as said where nobody knows."""
    code = Fact(PAPER, "code", "octo/hello", "arxiv", "https://github.com/octo/hello", NOW)

    def after(value):
        return living(code, value and Fact(REPO, "repository", value, "github", None, NOW))

    assert code == after(None) == after("ok") == after("archived")
    assert after("gone HTTP 404") is None
    assert ("newer/home", "https://github.com/newer/home") == (
        after("moved newer/home").value,
        after("moved newer/home").url,
    )


def test_hugging_face_tells_upvotes_discussion_and_code():
    """Of the paper that was asked about, and of no other."""
    told, _ = ask(
        hugging_face,
        PAPER,
        answer(200, {"id": "2410.18693", "upvotes": 35, "comments": [{}], "githubRepo": "a"}),
    )
    other, _ = ask(hugging_face, PAPER, answer(200, {"id": "2410.1", "upvotes": 35}))
    unknown, _ = ask(hugging_face, PAPER, answer(404, {"error": "Paper not found"}))

    assert [("upvotes", "35"), ("discussion", "1")] == [(one.kind, one.value) for one in told]
    assert ["wrong-paper"] == [miss.reason for miss in other]
    assert ["not-found"] == [miss.reason for miss in unknown]


@pytest.mark.parametrize("enricher", [github, hugging_face], ids=lambda one: one.SOURCE)
@pytest.mark.parametrize(
    ("body", "shape"),
    [
        ([[[]]], "a list of 1 item, the first a list of 1 item, the first an empty list"),
        ([{}], "a list of 1 item, the first an empty object"),
        ({}, "an empty object"),
        (None, "null"),
        ("yes", "a text"),
        ({"id": 5, "full_name": ["octo", "hello"]}, "an object with id, full_name"),
    ],
    ids=str,
)
def test_another_shape_is_not_understood(enricher, body, shape):
    """It is a failure with its shape, asked again tomorrow: not a word about this key."""
    key = REPO if enricher is github else PAPER

    with pytest.raises(RequestFailed) as trouble:
        ask(enricher, key, answer(200, body))

    assert f"HTTP 200, but not understood: {shape}" == trouble.value.reason
    assert not trouble.value.later


@pytest.mark.parametrize("name", ["octo/hello/tree/main", "octo/hello?x", "octo/hello.", "a/b c"])
def test_a_name_of_a_repository_is_exactly_that(name):
    with pytest.raises(RequestFailed, match="not understood: an object with full_name"):
        ask(github, REPO, answer(200, {"full_name": name}))


def test_another_repository_without_a_redirect_is_not_understood():
    """Nothing moves because GitHub's answer is about something else."""
    with pytest.raises(RequestFailed, match="it is about evil/twin, without a redirect to it"):
        ask(github, REPO, answer(200, {"full_name": "evil/twin"}))


def test_the_reason_of_a_refusal_is_kept():
    """A 422 says what it does not like, in its message and its list of errors."""
    body = {
        "message": "Validation Failed",
        "errors": [{"resource": "Search", "field": "q", "code": "missing"}],
    }

    refused, _ = ask(github, REPO, answer(422, body))

    assert ["HTTP 422: Validation Failed: Search q missing"] == [miss.detail for miss in refused]


@pytest.mark.long
@given(JSON)
def test_any_json_is_a_fact_or_a_miss(told):
    """Never an exception but Trouble, and a number is a number."""
    facts = [*hugging_face.read(PAPER, told, NOW)]
    for status in (200, 403, 404, 500):
        try:
            facts += github.read(REPO, status, told, {}, NOW)
        except RequestFailed:
            assert 403 == status

    numbers = [one for one in facts if one.kind in ("upvotes", "discussion", "stars")]
    assert all(one.count >= 0 for one in numbers if isinstance(one, Fact))
    assert facts


def test_the_recorded_answers_of_github_give_a_fact_or_a_miss(shared):
    """Also those to other questions: an answer that is none is a miss."""
    bodies = [p for p in (shared / "wire" / "github").glob("*.json") if ".meta" not in p.name]
    outcomes = {}
    for path in bodies:
        meta = json.loads(path.with_suffix(".meta.json").read_text())
        headers = {name.lower(): value for name, value in meta["response_headers"].items()}
        try:
            body = json.loads(path.read_bytes())
            told = list(github.read(REPO, meta["status"], body, headers, NOW))
            outcomes[path.stem] = told[0].value if isinstance(told[0], Fact) else told[0].reason
        except RequestFailed as trouble:
            outcomes[path.stem] = "later" if trouble.later else "refused"

    assert len(bodies) == len(outcomes) > 10
    assert "moved octokit-fixture-org/hello-world" == outcomes["octokit-get-repository-0.200"]
    assert "gone HTTP 404" == outcomes["Exceptions.testUnknownObject-0.404"]
    assert "refused" == outcomes["Exceptions.testBadAuthentication-0.401"]
    assert "later" == outcomes["SpecificExceptions.testAuthenticatedRateLimitExceeded-1.403"]
    assert "nonsense" == outcomes["Search.testSearchRepos-0.200"]


def test_the_recorded_daily_papers_tell_upvotes(shared):
    """Each entry has the inner object that one paper's answer has."""
    path = shared / "wire" / "hf" / "daily_papers_2024-10-25_part.json"
    entries = json.loads(path.read_bytes())

    told = [list(hugging_face.read(f"arxiv:{e['paper']['id']}", e, NOW)) for e in entries]

    assert all(isinstance(one[0], Fact) and one[0].count >= 0 for one in told)


def test_an_answer_comes_of_age():
    """Facts and misses last, a failure does not; half an hour more or less is nothing."""
    age = Age(fact=timedelta(days=28), miss=timedelta(days=7), failed=timedelta(days=1))

    def due(days, reason=None):
        at = NOW - timedelta(days=days)
        fact = None if reason else Fact(REPO, "repository", "ok", "github", None, at)
        miss = Miss(REPO, "repository", "github", reason, at) if reason else None
        return age.due(fact, miss, NOW)

    assert age.due(None, None, NOW)
    assert [False, True] == [due(27), due(28)]
    assert [False, True] == [due(6, "refused"), due(7, "refused")]
    assert [False, True] == [due(0.9, "failed"), due(0.99, "failed")]


def test_every_enricher_is_in_the_registry():
    """Each file of the folder but those of citations, and what they share."""
    from importlib.resources import files

    others = {"__init__", "base", "client", "registry", "semantic_scholar", "openalex"}
    others |= {
        "scholar_venue",
        "scholar_details",
        "citations",
        "trends",
        "repositories",
        "stage",
        "counts",
        "ask",
        "bisection",
    }
    names = {p.name.removesuffix(".py") for p in files("pipelines.enrich").iterdir()}
    names = {name for name in names if not name.startswith("__pycache")} - others

    assert names == {*READERS, *ASKED}
    assert semantic_scholar.SOURCE not in ASKED


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"venue": "arXiv.org", "year": 2025}, None),
        ({"venue": ""}, None),
        ({"venue": None, "publicationVenue": 7}, None),
        ({"venue": "Neural Information Processing Systems", "year": 2024}, "NeurIPS 2024"),
        ({"venue": "A Symposium", "publicationVenue": {"alternate_names": ["ISCA"]}}, "ISCA"),
        ({"venue": "Journal of Things", "year": "2024"}, "Journal of Things"),
    ],
    ids=["preprint", "empty", "nonsense", "by its long name", "by another name", "unknown"],
)
def test_a_venue_of_semantic_scholar(told, name):
    """A preprint server is none."""
    assert name == venue_of(told)


@pytest.mark.long
@given(JSON, JSON, JSON)
def test_any_venue_is_a_name_or_none(venue, published, year):
    """Whatever stands in those fields; and only for a paper whose count was believed."""
    answer = {"venue": venue, "publicationVenue": published, "year": year}
    count = Fact(PAPER, "citations", "3", "semanticscholar", None, NOW)
    miss = Miss(PAPER, "citations", "semanticscholar", "wrong-paper", NOW)

    name = venue_of(answer)

    assert name is None or 0 < len(name) <= 80
    (told,) = venues([(count, answer)], NOW)
    assert name == (told.value if isinstance(told, Fact) else None)
    assert isinstance(told, Fact) or "preprint" == told.reason
    assert [] == list(venues([(miss, answer)], NOW))
