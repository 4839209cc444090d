"""Semantic Scholar's answers become facts or reasoned misses; no answer is never an answer."""

import asyncio
import json
import logging
import os
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.facts import Fact, Miss
from config.secret import Secret
from crawler.hosts import Hosts
from crawler.policy import API_ATTEMPTS, API_ATTEMPTS_THROTTLED
from crawler.politeness import Pace
from pipelines.enrich.citations import settle
from pipelines.enrich.client import (
    Client,
    ClientResponse,
    RequestFailed,
)
from pipelines.enrich.semantic_scholar import SOURCE, Scholar, match, usable
from sandbox.process import running
from tests.fakes import NOW, paper

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("LISTKEEPER_SHARED", ROOT.parent / "shared"))
WIRE = SHARED / "wire" / "semanticscholar"
CANARY = "canary-3f9a-key"
MISSED = ("not-found", "wrong-paper", "nonsense", "not-understood")

KNOWN = {
    paper["id"]: paper
    for paper in map(
        json.loads, (ROOT / "sandbox" / "data" / "catalogue.jsonl").read_text().splitlines()
    )
    if paper.get("cited") and not paper.get("invented")
}
FIFTEEN = [paper(name, KNOWN[name]["title"], published=None) for name in sorted(KNOWN)[:15]]
COUNTS = [KNOWN[work.arxiv_id]["cited"] for work in FIFTEEN]


@pytest.fixture(scope="module")
def world():
    """The outside world on a clock of today, so that it can name dates to come back at."""
    with running(now=datetime.now(UTC)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(world):
    world.set_fault("scholar", None)
    world.forget_seen()
    return world


@pytest.fixture
def scholar(sandbox, tmp_path):
    """Build the service as `enrich` does, with a fault in its way, hurried unless told."""

    def build(fault="", key="", scale=0.0):
        client = Client(
            Hosts.of([sandbox.url]), Pace(tmp_path / "pace", "semantic_scholar", 1.5, scale)
        )
        return Scholar(sandbox.url + (f"/~{fault}" if fault else ""), client, Secret(key))

    return build


def ask(service, papers=FIFTEEN):
    return asyncio.run(service.counts(papers, NOW))


def counts(answers):
    return [answer.count if isinstance(answer, Fact) else answer.reason for answer in answers]


def keys(sandbox):
    """The key in each request that the service saw."""
    return [visit["headers"].get("x-api-key") for visit in sandbox.seen()]


# Answers


def test_one_request_for_fifteen_papers(sandbox, scholar):
    """A batch goes out as one POST with ids without versions, and every paper gets its fact."""
    answers = ask(scholar(key=CANARY))

    assert COUNTS == counts(answers)
    assert [work.key for work in FIFTEEN] == [fact.work_key for fact in answers]
    assert {SOURCE} == {fact.source for fact in answers}
    assert {NOW} == {fact.seen_at for fact in answers}
    assert all(fact.url.startswith("https://www.semanticscholar.org/paper/") for fact in answers)
    (visit,) = sandbox.seen()
    assert ("POST", CANARY) == (visit["method"], visit["headers"]["x-api-key"])
    assert {"ids": [f"ARXIV:{work.arxiv_id}" for work in FIFTEEN]} == json.loads(visit["body"])


def test_another_order_is_no_other_answer(scholar):
    """Papers are matched by their id, never by their place."""
    assert COUNTS == counts(ask(scholar("reordered")))


def test_a_short_answer_is_none(scholar):
    """What is left out is not unknown: the service says that by null, in the paper's place."""
    with pytest.raises(RequestFailed, match=r"a list of 7 items, .*, where 15 were asked for"):
        ask(scholar("short"))


UNKNOWN_SHAPES = {
    "[[[]]]": "a list of 1 item, the first a list of 1 item, the first an empty list",
    "[{}]": "a list of 1 item, the first an empty object",
    '[{"citationCount": 7}]': "a list of 1 item, the first an object with citationCount",
    "[7]": "a list of 1 item, the first a number",
    '["paper"]': "a list of 1 item, the first a text",
    "[false]": "a list of 1 item, the first false",
    "[]": "an empty list, where 1 were asked for",
    "[null, null]": "a list of 2 items, the first null, where 1 were asked for",
    "null": "null",
    "7": "a number",
    '"papers"': "a text",
    '{"data": [null]}': "an object with data",
    '{"error": {"message": "out of order"}}': "out of order",
}


@pytest.mark.parametrize("body", UNKNOWN_SHAPES)
def test_another_shape_says_nothing_about_any_paper(body):
    """No paper becomes unknown by an answer that is not understood; its shape is told."""
    with pytest.raises(RequestFailed) as trouble:
        ask(answering(body.encode()), [paper()])

    assert f"HTTP 200, but not understood: {UNKNOWN_SHAPES[body]}" == trouble.value.reason


def test_one_strange_item_costs_the_others_nothing():
    """It is a miss that tells its shape; the rest of the list has its counts."""
    three = [paper(), paper("2411.03350"), paper("2411.05882")]
    body = json.dumps([item("2411.04965", 7), {}, None])

    answers = ask(answering(body.encode()), three)

    assert [7, "not-understood", "not-found"] == counts(answers)
    assert "an empty object" == answers[1].detail


def test_the_same_paper_in_every_place_is_not_understood():
    """One record fifteen times is no answer about fifteen papers, not even about its own."""
    body = json.dumps([item("2411.04965", 7)] * 15)

    with pytest.raises(RequestFailed, match="not understood: a list of 15 items"):
        ask(answering(body.encode()), [paper(), *FIFTEEN[1:]])


def test_papers_nobody_asked_for_are_not_understood():
    """A list with an item more is about another question."""
    items = [item("2411.04965", 7), item("2411.99999", 1)]

    with pytest.raises(RequestFailed, match=r"a list of 2 items.*, where 1 were asked for"):
        ask(answering(json.dumps(items).encode()), [paper()])


def test_an_id_in_two_places_is_believed_in_its_own_only():
    """Semantic Scholar may have merged two papers: the other one's count is not known then."""
    two = [paper(), paper("2411.03350"), paper("2411.05882", "Another Paper Entirely")]
    items = [item("2411.04965", 7), item("2411.04965", 7), None]

    answers = ask(answering(json.dumps(items).encode()), two)

    assert [7, "wrong-paper", "not-found"] == counts(answers)
    assert "answered with 2411.04965" == answers[1].detail


def test_what_it_does_not_know_is_a_miss(scholar):
    """A null in the place of a paper is `not-found`, with the paper's key."""
    answers = ask(scholar("null-ids=half"))

    expected = ["not-found" if place % 2 == 0 else count for place, count in enumerate(COUNTS)]
    assert expected == counts(answers)
    assert Miss(FIFTEEN[0].key, "citations", SOURCE, "not-found", NOW) == answers[0]


def test_when_it_knows_none_it_refuses_and_that_is_an_answer(sandbox, scholar):
    """HTTP 400 "No valid paper ids given" means: never heard of any of them."""
    strangers = [paper("2411.00001"), paper("2411.00002")]

    assert ["not-found"] * 2 == counts(ask(scholar(), strangers))
    assert [400] == [visit["status"] for visit in sandbox.seen()]


def test_another_paper_in_its_place_is_not_used(scholar):
    """With another id it is not the one that was asked for: its count goes to its own paper."""
    answers = counts(ask(scholar("wrong-paper")))

    pairs = list(zip(answers, COUNTS, strict=True))
    assert all(answer in ("wrong-paper", count) for answer, count in pairs)
    assert "wrong-paper" in answers


def test_strangers_in_most_places_are_not_understood():
    """Papers that nobody asked for say nothing about those that somebody did."""
    strangers = [item(f"2411.9999{place}", place) for place in range(3)]

    with pytest.raises(RequestFailed, match="HTTP 200, but not understood: a list of 3 items"):
        ask(answering(json.dumps(strangers).encode()), FIFTEEN[:3])


def test_another_paper_under_our_id_is_flagged(scholar):
    """Our id with a title unlike ours is a miss that tells both titles."""
    answers = ask(scholar("wrong-paper=title"))

    wrong = [answer for answer in answers if isinstance(answer, Miss)]
    assert 10 <= len(wrong)
    assert {"wrong-paper"} == {miss.reason for miss in wrong}
    assert all(f"ours: {paper_of(miss).title}; theirs: " in miss.detail for miss in wrong)


def paper_of(miss):
    return next(work for work in FIFTEEN if work.key == miss.work_key)


def test_nonsense_is_a_miss_with_what_was_said(scholar):
    """Text, negative, broken, boundless and absent counts change nothing."""
    answers = ask(scholar("nonsense-count"))

    assert ["nonsense"] * 15 == counts(answers)
    said = ["a count of '12'", "a count of -1", "a count of 1.5", "a count of 1000000000000"]
    assert [*said, "a count of None"] == [miss.detail for miss in answers[:5]]


@pytest.mark.parametrize(("fault", "share"), [("lower-count", 2), ("zero-count", 10**9)])
def test_a_fall_is_held_for_a_person(scholar, fault, share):
    """The count is taken as it was said, and held where it fell to less than half."""
    known = dict(zip([work.key for work in FIFTEEN], ask(scholar()), strict=True))

    settled = [settle(known[fact.work_key], fact) for fact in ask(scholar(fault))]

    assert [count // share for count in COUNTS] == counts(settled)
    assert [count // share < count / 2 for count in COUNTS] == [fact.held for fact in settled]


PAGE = "https://www.semanticscholar.org/paper/" + "a" * 40
TITLED = "https://www.semanticscholar.org/paper/BitNet-a4.8%3A-4-bit/" + "a" * 40


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({}, 7, id="as it should be"),
        pytest.param({"url": "javascript:alert(1)"}, (7, None), id="a page that is none"),
        pytest.param({"url": "https://evil.example/paper"}, (7, None), id="a page elsewhere"),
        pytest.param({"url": None}, (7, None), id="no page"),
        pytest.param({"year": 2026}, 7, id="published two years later"),
        pytest.param({"year": 2027}, "wrong-paper", id="three years later"),
        pytest.param({"year": None}, 7, id="no year"),
        pytest.param({"title": "Cooking Rice"}, "wrong-paper", id="another title"),
        pytest.param({"title": None}, "wrong-paper", id="no title"),
        pytest.param({"citationCount": None}, "nonsense", id="no count"),
        pytest.param({"url": [PAGE]}, (7, None), id="a page in a list"),
        pytest.param({"url": PAGE + " " + PAGE}, (7, None), id="two pages"),
        pytest.param({"url": PAGE + PAGE}, (7, None), id="two pages in one"),
        pytest.param({"url": PAGE + "a" * 100_000}, (7, None), id="a page without end"),
        pytest.param({"url": PAGE + ")](https://evil.example"}, (7, None), id="a page and more"),
        pytest.param({"url": PAGE + "\n"}, (7, None), id="a page and a line"),
        pytest.param({"url": "https://www.semanticscholar.org/"}, (7, None), id="the front page"),
        pytest.param({"url": TITLED}, (7, TITLED), id="a page with its title"),
        pytest.param({"externalIds": None}, 7, id="no ids: by its place"),
        pytest.param({"externalIds": {"arxiv": "2411.04965"}}, 7, id="other letters"),
        pytest.param({"externalIds": {"ArXiv": 2411.04965}}, 7, id="the id as a number"),
        pytest.param({"externalIds": {"ArXiv": "2411.04965v2"}}, 7, id="the id with a version"),
        pytest.param({"externalIds": {"ArXiv": "2411.00001"}}, "wrong-paper", id="another id"),
        pytest.param({"citationCount": [[[]]]}, "nonsense", id="a count in lists"),
    ],
)
def test_one_item(told, expected):
    """What is believed of one item about the paper that was asked for."""
    answer = usable({**item("2411.04965", 7), **told})

    ((found, _),) = match([paper()], [answer], NOW)

    if isinstance(expected, tuple):
        assert expected == (found.count, found.url)
    else:
        assert [expected] == counts([found])


def item(arxiv_id, count):
    return {
        "paperId": "a" * 40,
        "externalIds": {"ArXiv": arxiv_id},
        "title": paper().title,
        "citationCount": count,
        "url": PAGE,
        "year": 2024,
    }


# No answer


TROUBLES = {
    "500": ("HTTP 500, 4 times", API_ATTEMPTS),
    "503": ("HTTP 503, 4 times", API_ATTEMPTS),
    "429": ("HTTP 429, 6 times", API_ATTEMPTS_THROTTLED),
    "401": ("HTTP 401: refused without a key", 1),
    "403": ("HTTP 403: refused without a key", 1),
    "html-200": ("HTTP 200, but not understood: something that is no JSON", 1),
    "html-scholar": ("HTTP 200, but not understood: something that is no JSON", 1),
    "empty-200": ("HTTP 200, but not understood: something that is no JSON", 1),
    "json-200": ("HTTP 200, but not understood: an object with status, data", 1),
    "error-200": ("HTTP 200, but not understood: Internal error, please try again", 1),
    "truncate-json": ("HTTP 200, but not understood: something that is no JSON", 1),
    "truncate": ("RemoteProtocolError", API_ATTEMPTS),
    "drop": ("RemoteProtocolError|ReadError", API_ATTEMPTS),
    "huge": ("larger than", 1),
    "redirect-private": ("HTTP 302", 1),
    "redirect-metadata": ("HTTP 302", 1),
    "redirect-loop": ("HTTP 302", 1),
}


@pytest.mark.parametrize("fault", TROUBLES)
def test_no_answer_is_trouble(sandbox, scholar, fault):
    """Whatever comes instead of papers is said, and never read as "nobody knows them"."""
    reason, requests = TROUBLES[fault]

    with pytest.raises(RequestFailed, match=reason):
        ask(scholar(fault))

    assert requests == len(sandbox.seen())


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        pytest.param(502, b"<html>Bad Gateway</html>", "HTTP 502: something that is no", id="502"),
        pytest.param(
            504, b'{"message": "Endpoint request timed out"}', "HTTP 504: Endpoint", id="504"
        ),
        pytest.param(404, b'{"message": "Not Found"}', "HTTP 404: Not Found", id="404"),
        pytest.param(
            400,
            b'{"error": "Unrecognized or unsupported fields: [x]"}',
            r"HTTP 400: Unrecognized or unsupported fields: \[x\]",
            id="a field it does not know",
        ),
    ],
)
def test_statuses_the_package_is_silent_about(status, body, reason):
    """What the package turns into "nothing found" is trouble, in the service's own words."""
    with pytest.raises(RequestFailed, match=reason):
        ask(answering(body, status))


def test_what_passes_is_asked_again(sandbox, scholar):
    """One stumble of the service costs a second request, not the answer."""
    assert COUNTS == counts(ask(scholar("500-once")))
    assert [500, 200] == [visit["status"] for visit in sandbox.seen()]


def test_a_redirect_is_not_followed_and_the_key_goes_nowhere(sandbox, scholar):
    """The only request is the first one; no other address hears of the key."""
    with pytest.raises(RequestFailed, match="HTTP 302"):
        ask(scholar("redirect-private", key=CANARY))

    (visit,) = sandbox.seen()
    assert visit["path"].endswith("/paper/batch")
    assert [CANARY] == keys(sandbox)


# Patience


def test_it_waits_as_long_as_it_was_asked_to(sandbox, scholar):
    """Retry-After is kept: no request comes sooner, on the service's own watch."""
    sandbox.set_fault("scholar", "429-retry-after=30", times=2)

    assert COUNTS == counts(ask(scholar(scale=0.005)))

    seen = sandbox.seen()
    assert [429, 429, 200] == [visit["status"] for visit in seen]
    assert all(gap >= 0.15 for gap in gaps(seen))


def test_it_comes_back_at_the_date_that_was_named(sandbox, scholar):
    sandbox.set_fault("scholar", "429-retry-after-date=40", times=1)

    assert COUNTS == counts(ask(scholar(scale=0.005)))

    (gap,) = gaps(sandbox.seen())
    assert 0.1 <= gap


def test_it_waits_longer_each_time_when_nobody_says_how_long(sandbox, scholar):
    """2, 4, 8, 16 and 32 seconds, a quarter more or less; 1/200 of it in this story."""
    with pytest.raises(RequestFailed, match="HTTP 429, 6 times") as trouble:
        ask(scholar("429", scale=0.005))

    assert trouble.value.later
    least = [wait * 0.75 * 0.005 for wait in (2, 4, 8, 16, 32)]
    assert all(gap >= wait for gap, wait in zip(gaps(sandbox.seen()), least, strict=True))


def test_who_asks_for_an_hour_is_left_alone_by_the_next_run_too(sandbox, scholar):
    """More patience than a run has: it stops at once, and the next one does not even ask."""
    with pytest.raises(RequestFailed, match="HTTP 429") as trouble:
        ask(scholar("429-retry-after=3600", scale=1.0))
    assert trouble.value.later

    with pytest.raises(RequestFailed, match="asked to be left alone") as trouble:
        ask(scholar(scale=1.0))
    assert trouble.value.later
    assert 1 == len(sandbox.seen())


def gaps(seen):
    return [later["monotonic"] - earlier["monotonic"] for earlier, later in pairwise(seen)]


# The key


@pytest.mark.parametrize("fault", ["401", "403"])
def test_a_refused_key_is_left_at_home(sandbox, scholar, fault):
    """The anonymous pool is slower, not closed: the same papers are asked for without a key."""
    sandbox.set_fault("scholar", fault, times=1)

    assert COUNTS == counts(ask(scholar(key=CANARY)))
    assert [CANARY, None] == keys(sandbox)


def test_without_a_key_no_key_is_sent(sandbox, scholar):
    ask(scholar())

    assert [None] == keys(sandbox)


@pytest.mark.parametrize(
    "fault", ["401", "403", "429", "500", "html-200", "error-200", "redirect-private", "drop"]
)
def test_the_key_is_in_no_word_we_say(sandbox, scholar, caplog, capfd, fault):
    """Not in the trouble, its causes, the log at its loudest, the screen, or any repr."""
    caplog.set_level(logging.DEBUG)
    service = scholar(fault, key=CANARY)

    with pytest.raises(RequestFailed) as trouble:
        ask(service)

    said = [str(service), repr(service), repr(service.client), caplog.text, *capfd.readouterr()]
    cause = trouble.value
    while cause is not None:
        said += [str(cause), repr(cause), repr(vars(cause))]
        cause = cause.__cause__ or cause.__context__
    assert [] == [text for text in said if CANARY in text]
    assert CANARY in keys(sandbox)


# Anything


SOMETHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
VENUE_FIELDS = st.sampled_from(["name", "alternate_names", "type"])
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "paperId": SOMETHING,
        "title": st.just(paper().title) | SOMETHING,
        "citationCount": st.integers(-3, 10) | SOMETHING,
        "url": st.just(PAGE) | SOMETHING,
        "year": st.integers(2019, 2030) | SOMETHING,
        "venue": SOMETHING,
        "publicationVenue": SOMETHING | st.dictionaries(VENUE_FIELDS, SOMETHING),
        "authors": SOMETHING,
        "externalIds": st.fixed_dictionaries(
            {}, optional={"ArXiv": st.just("2411.04965") | SOMETHING, "CorpusId": SOMETHING}
        )
        | SOMETHING,
    },
)


def answering(body, status=200):
    """The service over a client that was given this answer."""

    class Given:
        async def ask(self, *asked):
            return ClientResponse(status, body, None)

    return Scholar("https://api.semanticscholar.org", Given(), Secret(""))


@settings(deadline=None)
@given(ITEM | SOMETHING)
def test_any_item_gives_a_fact_or_a_miss(told):
    """Of whatever comes as JSON, each paper asked about gets one answer with a reason."""
    ((found, _),) = match([paper()], [usable(told)], NOW)

    assert isinstance(found, Fact | Miss)
    assert isinstance(found, Miss) or 0 <= found.count
    assert isinstance(found, Fact) or found.reason in MISSED
    assert (told is None) == (isinstance(found, Miss) and found.reason == "not-found")
    assert isinstance(found, Miss) or found.url in (None, PAGE)


@pytest.mark.long
@settings(deadline=None)
@given(
    st.lists(ITEM | SOMETHING, max_size=3) | SOMETHING,
    st.sampled_from([200, 200, 200, 400, 404, 302]),
)
def test_any_body_gives_answers_or_trouble(value, status):
    """Through the package and back: answers for all papers, or trouble; nothing else."""
    body = json.dumps(value).encode()

    service = answering(body, status)

    answers = told(service, [paper(), paper("2411.03350")])

    expected = [paper().key, "arxiv:2411.03350"]
    assert answers is None or expected == [one.work_key for one in answers]
    unknown = [one.work_key for one in answers or () if is_unknown(one)]
    said_so = status == 200 and isinstance(value, list) and len(value) == 2
    assert [] == unknown or said_so
    assert (
        not said_so
        or unknown == [key for key, one in zip(expected, value, strict=True) if one is None]
        or answers is None
    )
    believed = [one.work_key for one in answers or () if isinstance(one, Fact)]
    assert believed == [one.work_key for one in service.venues]


def test_an_item_without_an_id_has_its_venue_too():
    """It is believed by its place; a stranger beside it changes nothing."""
    known = {"title": paper().title, "citationCount": 3, "venue": "AAAI"}

    service = answering(json.dumps([{}, known]).encode())
    answers = told(service, [paper("2411.03350"), paper()])

    assert [False, True] == [isinstance(one, Fact) for one in answers]
    assert [(paper().key, "AAAI")] == [(one.work_key, one.value) for one in service.venues]


def is_unknown(answer):
    return isinstance(answer, Miss) and answer.reason == "not-found"


def told(service, papers):
    """The answers, or None where there was trouble."""
    try:
        return ask(service, papers)
    except RequestFailed:
        return None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 10_000, id="ten thousand deep"),
        pytest.param(b"[" * 10_000 + b"]" * 10_000, id="deep and whole"),
        pytest.param(b'[{"citationCount": NaN}]', id="not a number"),
        pytest.param(b'["\xff\xfe"]', id="not UTF-8"),
        pytest.param(b'["\\ud800"]', id="half a sign"),
        pytest.param(b"null", id="null"),
        pytest.param(b"\x00", id="zero byte"),
    ],
)
def test_json_that_is_none(body):
    with pytest.raises(RequestFailed, match="HTTP 200, but"):
        ask(answering(body))


# Recorded answers


RECORDED = [file for file in sorted(WIRE.glob("*.json")) if ".meta." not in file.name]


@pytest.mark.skipif(not RECORDED, reason="the recorded answers are not here")
def test_recorded_answers():
    """Each body that was recorded gives reasoned answers or trouble; facts where it has papers."""
    known = 0
    for file in RECORDED:
        records = _records(orjson.loads(file.read_bytes()))
        records = records[:500]
        asked = [_asked(record) or paper(f"2201.{n:05}") for n, record in enumerate(records, 1)]
        asked = asked or [paper()]
        body = orjson.dumps(records) if records else file.read_bytes()

        answers = told(answering(body, int(file.name.split(".")[-2])), asked) or []

        assert {one.work_key for one in answers} in (set(), {work.key for work in asked})
        assert all(isinstance(one, Fact) or one.reason in MISSED for one in answers)
        known += sum(isinstance(one, Fact) for one in answers)
    assert 0 < known


def _records(data):
    """The papers of an answer: a batch is a list of them, a search has them in ``data``."""
    if isinstance(data, dict):
        data = data.get("data")
    return data if isinstance(data, list) else []


def _asked(record):
    """The paper that one would have asked about to get this record."""
    ids = (record or {}).get("externalIds") or {}
    if "ArXiv" not in ids:
        return None
    return paper(ids["ArXiv"], record.get("title", ""), published=None)


@pytest.mark.skipif(not RECORDED, reason="the recorded answers are not here")
def test_recorded_papers_have_a_count_and_a_venue_or_the_reason_why_not():
    """Every record, as if it had been asked for by an id of arXiv, through the package and back."""
    bodies = [orjson.loads(file.read_bytes()) for file in RECORDED]
    records = [
        one for body in bodies for one in _records(body) or [body] if "paperId" in (one or {})
    ]
    asked = [
        paper(f"2201.{number:05}", one.get("title") or "", published=_year(one.get("year")))
        for number, one in enumerate(records)
    ]
    named = [
        one | {"externalIds": {"ArXiv": asked[number].arxiv_id}}
        for number, one in enumerate(records)
    ]
    counted, appeared = [], []
    for start in range(0, len(asked), 500):
        service = answering(orjson.dumps(named[start : start + 500]))
        counted += ask(service, asked[start : start + 500])
        appeared += service.venues

    assert len(records) == len(counted) > 1000
    # Some were recorded without their titles or counts.
    told = [one.get("citationCount") if one.get("title") else None for one in records]
    assert told == [one.count if isinstance(one, Fact) else None for one in counted]
    assert {"wrong-paper", "nonsense"} >= {o.reason for o in counted if isinstance(o, Miss)}
    believed = [
        record.get("venue")
        for record, count in zip(records, counted, strict=True)
        if isinstance(count, Fact)
    ]
    published = [bool(venue) and "arXiv" not in venue for venue in believed]
    assert published == [isinstance(one, Fact) for one in appeared]
    assert 30 < sum(published) < len(published)


def _year(year):
    return datetime(year, 1, 1, tzinfo=UTC) if year else None
