"""The outside world answers as the services do."""

import json
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import NamedTuple
from urllib.parse import quote, urlencode

import feedparser
import pytest

from sandbox.process import running

MONDAY = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)
TUESDAY = datetime(2024, 11, 12, 6, 30, tzinfo=UTC)
SATURDAY = datetime(2024, 11, 9, 12, tzinfo=UTC)
LATER = datetime(2024, 12, 2, 12, tzinfo=UTC)
ARXIV = "{http://arxiv.org/schemas/atom}"
ATOM = "{http://www.w3.org/2005/Atom}"
BATCH = "/graph/v1/paper/batch?fields=title,externalIds,citationCount,url"
SEED = [
    *("2411.03350", "2410.20011", "2410.21228", "2411.04965", "2411.02355", "2406.11235"),
    *("2410.11325", "2411.02335", "2406.15786", "2406.11430", "2410.02367", "2410.20290"),
    *("2410.20399", "2410.13276", "2410.11842"),
]


class Reply(NamedTuple):
    status: int
    headers: dict
    body: bytes


def ask(url, body=None, **headers):
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return Reply(reply.status, dict(reply.headers), reply.read())
    except urllib.error.HTTPError as reply:
        return Reply(reply.code, dict(reply.headers), reply.read())


def batch(sandbox, ids, fault=""):
    body = json.dumps({"ids": [f"ARXIV:{one}" for one in ids]}).encode()
    reply = ask(sandbox.url + fault + BATCH, body)
    return reply.status, json.loads(reply.body)


def items(reply):
    return ET.fromstring(reply.body).findall("channel/item")


def kinds(reply):
    return {
        item.findtext("guid").removeprefix("oai:arXiv.org:"): item.findtext(f"{ARXIV}announce_type")
        for item in items(reply)
    }


@pytest.fixture(scope="module")
def world():
    with running(now=MONDAY) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(world):
    world.set_clock(MONDAY)
    world.set_fault("*", None)
    world.forget_seen()
    return world


def test_feed_is_read_by_a_feed_reader_and_an_xml_parser(sandbox):
    """A feed is well-formed, and a reader finds id, authors and abstract where arXiv puts them."""
    reply = ask(f"{sandbox.url}/rss/cs.CL")

    feed = feedparser.parse(BytesIO(reply.body))

    assert reply.body.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<rss ")
    assert "application/rss+xml" == reply.headers["content-type"]
    assert not feed.bozo
    assert "Mon, 11 Nov 2024 00:00:00 -0500" == feed.feed.published
    found = next(entry for entry in feed.entries if entry.id.endswith("2411.05787v1"))
    assert "Fangyuan Xu, Tanya Goyal, Eunsol Choi" == found.author
    assert found.summary.startswith("arXiv:2411.05787v1 Announce Type: new \nAbstract: Evicting")


def test_announce_type_depends_on_the_categories_asked_for(sandbox):
    """The same paper is a cross-list for one category and new for its primary one."""
    paper = "2411.05508v1"

    assert "cross" == kinds(ask(f"{sandbox.url}/rss/cs.CL"))[paper]
    assert "new" == kinds(ask(f"{sandbox.url}/rss/cs.CL+cs.IR"))[paper]
    assert "new" == kinds(ask(f"{sandbox.url}/rss/cs"))[paper]


def test_items_are_ordered_by_type_and_then_by_id(sandbox):
    sandbox.set_clock(TUESDAY)

    told = [(kind, guid) for guid, kind in kinds(ask(f"{sandbox.url}/rss/cs.CL+cs.LG")).items()]

    order = ["new", "cross", "replace", "replace-cross"]
    assert told == sorted(told, key=lambda one: (order.index(one[0]), one[1]))
    assert {"new", "cross", "replace"} == {kind for kind, _ in told}


def test_sixth_version_is_not_announced(sandbox):
    sandbox.set_clock(datetime(2024, 11, 6, 6, 30, tzinfo=UTC))

    told = kinds(ask(f"{sandbox.url}/rss/cs.LG+cs.CL"))

    assert "2411.99015v2" in told
    assert "2406.15786v6" not in told
    assert b"2406.15786v6" in ask(f"{sandbox.url}/api/query?id_list=2406.15786").body


def test_a_full_feed_loses_the_new_papers_with_the_lowest_ids(sandbox):
    sandbox.set_clock(TUESDAY)
    whole = kinds(ask(f"{sandbox.url}/rss/cs.CL"))
    others = {guid: kind for guid, kind in whole.items() if kind != "new"}

    with running(now=TUESDAY, feed_limit=len(others) + 1) as small:
        told = kinds(ask(f"{small.url}/rss/cs.CL"))

    assert {"2411.99001v1": "new", **others} == told


@pytest.mark.parametrize("day", [SATURDAY, datetime(2024, 11, 28, 12, tzinfo=UTC)], ids=str)
def test_no_items_on_weekends_and_holidays(sandbox, day):
    sandbox.set_clock(day)

    reply = ask(f"{sandbox.url}/rss/cs.CL")

    assert 200 == reply.status
    assert [] == items(reply)


def test_same_content_has_the_same_tag_and_is_not_sent_again(sandbox):
    first = ask(f"{sandbox.url}/rss/cs.CL")
    tag = first.headers["etag"]

    again = ask(f"{sandbox.url}/rss/cs.CL", **{"If-None-Match": tag})

    assert 64 == len(tag)
    assert 304 == again.status
    sandbox.set_clock(TUESDAY)
    assert 200 == ask(f"{sandbox.url}/rss/cs.CL", **{"If-None-Match": tag}).status


def test_unknown_category_is_an_error_feed(sandbox):
    reply = ask(f"{sandbox.url}/rss/cs.LLM")

    assert 400 == reply.status
    assert b"<title>Feed error for query: https://rss.arxiv.org/rss/cs.LLM</title>" in reply.body
    assert [] == items(reply)


def test_every_feed_of_three_weeks_can_be_parsed(sandbox):
    """Hostile titles, no abstract, no authors, 300 authors: XML all the same."""
    seen = Counter()
    for day in range(4, 23):
        sandbox.set_clock(datetime(2024, 11, day, 6, 30, tzinfo=UTC))
        for kind in ("rss", "atom"):
            feed = feedparser.parse(BytesIO(ask(f"{sandbox.url}/{kind}/cs+stat+eess+q-bio").body))
            assert not feed.bozo
            seen[kind] += len(feed.entries)

    assert seen["rss"] == seen["atom"] > 150


def test_api_finds_by_category_and_date_in_pages(sandbox):
    search = quote("(cat:cs.CL OR cat:cs.LG) AND submittedDate:[202411070000 TO 202411082359]")
    page = f"{sandbox.url}/api/query?search_query={search}&sortBy=submittedDate&max_results=4"

    feeds = [ET.fromstring(ask(f"{page}&start={start}").body) for start in (0, 4)]

    ids = [one.findtext(f"{ATOM}id") for feed in feeds for one in feed.findall(f"{ATOM}entry")]
    dates = [one.findtext(f"{ATOM}published") for one in feeds[0].findall(f"{ATOM}entry")]
    total = feeds[0].findtext("{http://a9.com/-/spec/opensearch/1.1/}totalResults")
    assert 8 == len(set(ids)) < int(total)
    assert ids[0].startswith("http://arxiv.org/abs/24")
    assert dates == sorted(dates, reverse=True)


def test_api_knows_a_paper_only_when_it_is_announced(sandbox):
    address = f"{sandbox.url}/api/query?id_list=2411.99001"

    assert b"<entry>" not in ask(address).body

    sandbox.set_clock(datetime(2024, 11, 12, 1, 0, 1, tzinfo=UTC))
    assert b"<id>http://arxiv.org/abs/2411.99001v1</id>" in ask(address).body


def test_api_finds_words_in_title_or_abstract(sandbox):
    query = '(ti:bitnet OR all:"no such phrase anywhere") AND cat:cs.CL'
    reply = ask(f"{sandbox.url}/api/query?{urlencode({'search_query': query})}")

    titles = [one.text for one in ET.fromstring(reply.body).iterfind(f"{ATOM}entry/{ATOM}title")]
    assert titles
    assert all("bitnet" in title.lower() for title in titles)


@pytest.mark.parametrize(
    ("query", "matter"),
    [
        ("id_list=2411.04965,abc", "incorrect id format for abc"),
        ("search_query=au:nobody", "Invalid query string: au:nobody"),
        ("id_list=2411.04965&start=-1", "start must be non-negative"),
    ],
)
def test_api_refuses_with_an_entry_that_is_titled_error(sandbox, query, matter):
    reply = ask(f"{sandbox.url}/api/query?{query}")

    assert 400 == reply.status
    entry = ET.fromstring(reply.body).find(f"{ATOM}entry")
    assert ("Error", matter) == (entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}summary"))


def test_scholar_answers_in_order_with_null_for_the_unknown(sandbox):
    status, told = batch(sandbox, SEED)

    assert 200 == status
    found = {one["externalIds"]["ArXiv"]: one["citationCount"] for one in told if one}
    assert [one for one in SEED if one in found] == list(found)
    assert "2410.20399" not in found
    assert [14, 12, 3] == [found[one] for one in ("2406.11235", "2406.15786", "2406.11430")]


def test_scholar_takes_500_ids_and_not_501(sandbox):
    many = ["2406.11235"] * 500

    assert 200 == batch(sandbox, many)[0]
    assert 400 == batch(sandbox, [*many, "2406.11430"])[0]


def test_scholar_knows_no_versions_and_no_foreign_fields(sandbox):
    assert (400, {"error": "No valid paper ids given"}) == batch(sandbox, ["2406.11235v3"])

    one = f"{sandbox.url}/graph/v1/paper/ARXIV:2406.11235"
    assert {"paperId", "year"} == set(json.loads(ask(f"{one}?fields=year").body))
    assert b"unsupported fields: [karma]" in ask(f"{one}?fields=year,karma").body
    assert 404 == ask(f"{one}9").status


def test_scholar_hears_of_a_paper_some_days_later(sandbox):
    assert [None] == batch(sandbox, ["2411.05787", "2406.11235"])[1][:1]

    sandbox.set_clock(LATER)

    assert batch(sandbox, ["2411.05787", "2406.11235"])[1][0]["title"].startswith("RefreshKV")


def test_counts_can_be_set(sandbox):
    sandbox.set_counts({"2410.11842": 70})

    assert 70 == batch(sandbox, ["2410.11842"])[1][0]["citationCount"]
    assert 35 == batch(sandbox, ["2410.11842"], "/~lower-count")[1][0]["citationCount"]


def test_seen_tells_what_the_server_received(sandbox):
    ask(f"{sandbox.url}/~503/rss/cs.CL%2Bcs.LG?x=1", **{"User-Agent": "tester"})
    batch(sandbox, ["2406.11235"])

    feed, scholar = sandbox.seen()

    assert ("arxiv", "rss", 503) == (feed["service"], feed["part"], feed["status"])
    assert ("/~503/rss/cs.CL%2Bcs.LG", {"x": "1"}) == (feed["path"], feed["query"])
    assert "tester" == feed["headers"]["user-agent"]
    assert feed["at"].startswith("2024-11-11T06:30:0")
    assert ("POST", 0, 200) == (scholar["method"], scholar["in_flight"], scholar["status"])
    assert scholar["length"] == len(scholar["body"])


def test_who_comes_too_soon_is_refused():
    """Feed and API share arXiv's three seconds; the clock runs fast, so that nobody sleeps."""
    with running(now=MONDAY, strict=True) as sandbox:
        assert 200 == ask(f"{sandbox.url}/rss/cs.CL").status
        early = ask(f"{sandbox.url}/api/query?id_list=2411.04965")
        assert (429, b"Rate exceeded.") == (early.status, early.body)
        assert 200 == ask(f"{sandbox.url}/graph/v1/paper/ARXIV:2406.11235").status

        sandbox.set_clock(sandbox.now(), speed=100_000)

        assert 200 == ask(f"{sandbox.url}/rss/cs.CL").status


def test_environment_points_every_service_here(sandbox):
    told = sandbox.environment("/~503")

    assert {f"{sandbox.url}/~503"} == set(told.values())
    assert "LISTKEEPER_ARXIV_RSS_URL" in told


def test_token_of_a_list_of_records_dies_at_midnight():
    """A page is followed by its token the same day; the next day it is a bad one."""
    with running(now=MONDAY, profile={"oai_page": 5}) as small:
        question = f"{small.url}/oai?verb=ListRecords"
        first = ask(f"{question}&metadataPrefix=arXivRaw&set=cs:cs:CL&from=2024-11-08")
        token = ET.fromstring(first.body).findtext(".//{*}resumptionToken")
        follow = f"{question}&{urlencode({'resumptionToken': token})}"
        second = ask(follow)
        small.set_clock(MONDAY + timedelta(days=1))
        late = ask(follow)

    assert 5 == first.body.count(b"<record>")
    assert second.body.count(b"<record>") > 0
    assert b"badResumptionToken" in late.body
