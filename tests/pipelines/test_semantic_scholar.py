"""Semantic Scholar's answers become facts or reasoned misses; no answer is never an answer."""

import json
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.facts import Fact, Miss
from pipelines.enrich.citations import settle
from pipelines.enrich.client import (
    RequestFailed,
)
from pipelines.enrich.semantic_scholar import SOURCE, match, usable
from tests.fakes import NOW, paper
from tests.pipelines.scholar import (
    CANARY,
    COUNTS,
    FIFTEEN,
    WIRE,
    answering,
    ask,
    counts,
    sandbox,
    scholar,
    world,
)

# Fixtures.
__all__ = ["sandbox", "scholar", "world"]

MISSED = ("not-found", "wrong-paper", "nonsense", "not-understood")


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


@pytest.mark.long
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
