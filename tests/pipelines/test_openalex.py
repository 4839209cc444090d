"""OpenAlex's answers: facts of a source of their own, or reasoned misses; never an exception."""

import asyncio
import json
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.facts import Fact
from config.secret import Secret
from crawler.hosts import Hosts
from crawler.politeness import Pace
from pipelines.enrich import client as client_module
from pipelines.enrich.client import Client, ClientResponse, RequestFailed
from pipelines.enrich.openalex import OpenAlex
from pipelines.enrich.semantic_scholar import Scholar
from sandbox.process import running
from tests.fakes import NOW, paper

CANARY = "canary-77-open"
MISSED = ("not-found", "wrong-paper", "nonsense", "not-understood")
PAGE = "https://openalex.org/W4405"


def work(**more):
    told = {
        "id": PAGE,
        "doi": "https://doi.org/10.48550/arxiv.2411.04965",
        "title": paper().title,
        "publication_year": 2024,
        "cited_by_count": 4,
    }
    return {**told, **more}


@pytest.fixture(scope="module")
def world():
    with running(now=datetime.now(UTC)) as sandbox:
        sandbox.set_openalex({"2411.04965": 4})
        yield sandbox


@pytest.fixture
def service(world, tmp_path):
    def build(fault="", key=""):
        world.forget_seen()
        client = Client(Hosts.of([world.url]), Pace(tmp_path, "openalex", 1, 0.0), Secret(key))
        return OpenAlex(world.url + (f"/~{fault}" if fault else ""), client, Secret(key))

    return build


def ask(one, papers=None):
    return asyncio.run(one.counts(papers or [paper(), paper("2411.99999")], NOW))


def test_a_count_with_the_page_it_came_from(world, service):
    """By the DOI that arXiv gives; what is not there is a miss. Without a key none is sent."""
    known, unknown = ask(service())

    assert Fact(paper().key, "citations", "4", "openalex", known.url, NOW) == known
    assert known.url.startswith("https://openalex.org/W")
    assert "not-found" == unknown.reason
    (visit,) = world.seen()
    assert "doi:10.48550/arxiv.2411.04965|10.48550/arxiv.2411.99999" == visit["query"]["filter"]
    assert "api_key" not in visit["query"]


def test_a_refused_key_is_left_at_home(world, service):
    world.set_fault("openalex", "403", times=1)
    one = service(key=CANARY)

    assert "4" == ask(one)[0].value
    assert "HTTP 403" == one.refused
    assert [CANARY, None] == [visit["query"].get("api_key") for visit in world.seen()]


@pytest.mark.parametrize("fault", ["429", "500", "html-200", "truncate-json", "error-200", "drop"])
def test_no_answer_is_trouble_and_tells_no_key(service, fault):
    with pytest.raises(RequestFailed) as trouble:
        ask(service(fault, key=CANARY))

    assert CANARY not in str(trouble.value)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({}, ("4", PAGE), id="as it should be"),
        pytest.param({"doi": "https://doi.org/10.48550/ARXIV.2411.04965"}, ("4", PAGE), id="case"),
        pytest.param({"doi": "https://doi.org/10.1/other"}, "not understood", id="another DOI"),
        pytest.param({"doi": None}, "not understood", id="no DOI"),
        pytest.param({"doi": [[]]}, "not understood", id="a list for a DOI"),
        pytest.param({"id": PAGE + "\n"}, ("4", None), id="a page and a line"),
        pytest.param({"id": [PAGE]}, ("4", None), id="a page in a list"),
        pytest.param({"title": "Cooking Rice"}, "wrong-paper", id="another title"),
        pytest.param({"publication_year": 2019}, "wrong-paper", id="another time"),
        pytest.param({"cited_by_count": "4"}, "nonsense", id="text"),
        pytest.param({"cited_by_count": -1}, "nonsense", id="negative"),
        pytest.param({"id": "javascript:alert(1)"}, ("4", None), id="a page that is none"),
        pytest.param({"id": PAGE + "/../../x"}, ("4", None), id="a page beside it"),
    ],
)
def test_one_work(told, expected):
    body = json.dumps({"results": [work(**told)]}).encode()
    if expected == "not understood":
        with pytest.raises(RequestFailed, match=expected):
            ask(given_answer(body), [paper()])
        return

    (found,) = ask(given_answer(body), [paper()])

    assert expected == ((found.value, found.url) if isinstance(found, Fact) else found.reason)


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        ([[[]]], "a list of 1 item, the first a list of 1 item, the first an empty list"),
        ({}, "an empty object"),
        ({"results": None}, "an object with results"),
        ({"results": [{}]}, "a list of 1 item, the first an empty object, about works that were"),
        ({"results": [None]}, "a list of 1 item, the first null, about works that were not"),
        ({"results": [], "meta": {"count": 2}}, "0 works, of which it counts 2"),
        ({"results": [work()], "meta": {"count": "1"}}, "1 works, of which it counts 1"),
        (None, "null"),
        ("works", "a text"),
    ],
    ids=str,
)
def test_another_shape_makes_no_paper_unknown(body, shape):
    with pytest.raises(RequestFailed, match=f"HTTP 200, but not understood: {shape}"):
        ask(given_answer(json.dumps(body).encode()))


def test_two_works_with_one_doi_are_not_believed():
    """Nobody can tell which of two counts is the paper's."""
    body = json.dumps({"results": [work(), work(cited_by_count=9)]}).encode()

    (found,) = ask(given_answer(body), [paper()])

    assert ("not-understood", "2 works have its DOI") == (found.reason, found.detail)


SOMETHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
WORK = st.fixed_dictionaries(
    {}, optional={name: st.just(v) | SOMETHING for name, v in work().items()}
)


def given_answer(body, status=200):
    class Given:
        key = Secret("")

        async def ask(self, *asked):
            return ClientResponse(status, body, None)

    return OpenAlex("https://api.openalex.org", Given(), Secret(""))


@pytest.mark.long
@settings(deadline=None)
@given(
    st.fixed_dictionaries({"results": st.lists(WORK | SOMETHING)}) | SOMETHING,
    st.sampled_from([200, 200, 403, 404]),
)
def test_any_body_gives_answers_or_trouble(value, status):
    try:
        answers = ask(given_answer(json.dumps(value).encode(), status))
    except RequestFailed:
        return
    assert [paper().key, "arxiv:2411.99999"] == [one.work_key for one in answers]
    assert all(isinstance(one, Fact) or one.reason in MISSED for one in answers)


def test_recorded_works(shared):
    """Each recorded work is a fact for whoever asks with its DOI, or a miss with a reason."""
    for file in sorted((shared / "wire" / "openalex").glob("*.json")):
        body = file.read_bytes()
        works = json.loads(body)["results"]

        with pytest.raises(RequestFailed, match=r"25 works|not asked for"):
            ask(given_answer(body))
        for number, one in enumerate(works, 1):
            doi = f"https://doi.org/10.48550/arxiv.2201.{number:05}"
            asked = paper(f"2201.{number:05}", one["title"] or "", published=None)
            answer = json.dumps({"results": [one | {"doi": doi}]}).encode()
            (found,) = ask(given_answer(answer), [asked])
            assert isinstance(found, Fact), (one["title"], found)
            assert one["cited_by_count"] == found.count
            assert one["id"] == found.url


# The key


WORDS_OF_THE_WIRE = (
    lambda key: httpx.LocalProtocolError(f"Illegal header value b'{key}'"),
    lambda key: httpx.ConnectError(f"no way to https://api/works?api_key={key}"),
    lambda key: httpx.InvalidURL(f"Invalid query of works?api_key={key}"),
    lambda key: OSError(5, f"x-api-key: {key}"),
    lambda key: TimeoutError(key),
    lambda key: ClientResponse(500, key.encode(), None),
    lambda key: ClientResponse(403, json.dumps({"error": f"{key} is revoked"}).encode(), None),
    lambda key: ClientResponse(200, json.dumps({"message": f"hello {key}"}).encode(), None),
    lambda key: ClientResponse(400, json.dumps({"error": f"api_key {key} unknown"}).encode(), None),
    lambda key: ClientResponse(200, f"<html>{key}</html>".encode(), None),
)


@pytest.mark.long
def test_a_canary_in_two_hundred_failing_runs(tmp_path, monkeypatch, caplog, capfd):
    """Even where the wire or the service says the key back, nothing of ours repeats it."""
    caplog.set_level("DEBUG")
    said = []
    for run in range(200):
        failure = WORDS_OF_THE_WIRE[run % len(WORDS_OF_THE_WIRE)](CANARY)

        async def exchange(self, *asked, failure=failure):
            if isinstance(failure, Exception):
                raise failure
            return failure

        monkeypatch.setattr(client_module.Client, "_exchange", exchange)
        client = Client(
            Hosts(frozenset({"api.test.org"})), Pace(tmp_path, "x", 1, 0.0), Secret(CANARY)
        )
        kind = (Scholar, OpenAlex)[run // len(WORDS_OF_THE_WIRE) % 2]
        one = kind("https://api.test.org", client, Secret(CANARY))
        with pytest.raises(RequestFailed) as trouble:
            ask(one)
        said += [str(one), repr(one), str(trouble.value), repr(trouble.value.__context__)]

    said += [caplog.text, *capfd.readouterr()]
    said += [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert [] == [text for text in said if CANARY in text]
