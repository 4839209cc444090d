"""Every fault does what its name says."""

import http.client
import json
import urllib.error
import urllib.request
import zlib
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from sandbox.faults import NAMES
from sandbox.process import running

TUESDAY = datetime(2024, 11, 12, 6, 30, tzinfo=UTC)
FEED = "/rss/cs.CL"
BATCH = "/graph/v1/paper/batch?fields=title,externalIds,citationCount"
IDS = ["ARXIV:2406.11235", "ARXIV:2406.15786", "ARXIV:2406.11430", "ARXIV:2410.02367"]
COUNTS = [14, 12, 3, 9]


@pytest.fixture(scope="module")
def sandbox():
    with running(now=TUESDAY) as world:
        yield world


def get(sandbox, path, body=None, timeout=30):
    """Ask without following redirects; the connection is closed afterwards."""
    with closing(http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=timeout)) as line:
        line.request("POST" if body else "GET", path, body)
        reply = line.getresponse()
        return reply.status, dict(reply.getheaders()), reply.read()


def papers(sandbox, fault):
    status, _, body = get(sandbox, f"/~{fault}{BATCH}", json.dumps({"ids": IDS}))
    assert 200 == status
    return json.loads(body)


@pytest.mark.parametrize(
    ("fault", "status", "wait"),
    [
        ("429", 429, None),
        ("429-retry-after=2", 429, "2"),
        ("429-retry-after-date=60", 429, "Tue, 12 Nov 2024 06:31:0"),
        ("503", 503, None),
        ("503-retry-after", 503, "30"),
        ("403", 403, None),
        ("401", 401, None),
        ("500", 500, None),
    ],
)
def test_refusals(sandbox, fault, status, wait):
    got, headers, _ = get(sandbox, f"/~{fault}{FEED}")

    assert status == got
    assert (headers.get("retry-after") or "").startswith(wait or "")
    assert bool(wait) == ("retry-after" in headers)


def test_each_service_refuses_in_its_own_words(sandbox):
    assert b"Rate exceeded." == get(sandbox, f"/~429{FEED}")[2]
    assert "429" == json.loads(get(sandbox, f"/~429{BATCH}", "{}")[2])["code"]


def test_once_is_once(sandbox):
    told = [get(sandbox, f"/~500-once{FEED}")[0] for _ in range(3)]

    assert [500, 200, 200] == told


def test_dropped_connection(sandbox):
    with pytest.raises(http.client.RemoteDisconnected):
        get(sandbox, f"/~drop{FEED}")


@pytest.mark.parametrize("fault", ["truncate", "chunk-cut"])
def test_truncated_body(sandbox, fault):
    with pytest.raises(http.client.IncompleteRead):
        get(sandbox, f"/~{fault}{FEED}")


@pytest.mark.parametrize("fault", ["drip", "hang"])
def test_too_slow(sandbox, fault):
    with pytest.raises(TimeoutError):
        get(sandbox, f"/~{fault}{FEED}", timeout=0.2)


@pytest.mark.long
def test_bomb_is_small_and_grows(sandbox):
    _, headers, body = get(sandbox, f"/~bomb{FEED}")

    assert "gzip" == headers["content-encoding"]
    assert len(body) < 250_000
    assert 200 * 2**20 == unpacked_size(body)


def unpacked_size(body):
    packer, size = zlib.decompressobj(31), 0
    while not packer.eof:
        size += len(packer.decompress(body, 2**20))
        body = packer.unconsumed_tail
    return size


def test_huge_body_does_not_end(sandbox):
    with closing(http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=30)) as line:
        line.request("GET", f"/~huge{FEED}")
        assert 3_000_000 == len(line.getresponse().read(3_000_000))


@pytest.mark.parametrize(
    ("fault", "start"),
    [
        ("html-200", b"<!DOCTYPE html>"),
        ("html-scholar", b"<!DOCTYPE html>"),
        ("empty-200", b""),
        ("json-200", b'{"status"'),
        ("error-200", b'{"error"'),
        ("billion-laughs", b"<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY l0"),
        ("entity-external", b"<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY x SYSTEM"),
        ("quadratic", b"<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a"),
        ("dtd-external", b"<?xml version='1.0'?><!DOCTYPE rss SYSTEM"),
        ("xinclude", b"<?xml version='1.0'?><rss"),
        ("utf-16", b"\xff\xfe"),
        ("byte-order-mark", b"\xef\xbb\xbf<?xml"),
        ("forbidden-signs", b"<?xml"),
    ],
)
def test_other_things_than_a_feed(sandbox, fault, start):
    status, _, body = get(sandbox, f"/~{fault}{FEED}")

    assert 200 == status
    assert body.startswith(start)
    assert start or not body


def test_cut_in_the_middle_with_the_right_length(sandbox):
    _, headers, body = get(sandbox, f"/~truncate-xml{FEED}")

    assert int(headers["content-length"]) == len(body)
    assert b"</rss>" not in body
    with pytest.raises(json.JSONDecodeError):
        json.loads(get(sandbox, f"/~truncate-json{BATCH}", json.dumps({"ids": IDS}))[2])


def test_wrong_charset(sandbox):
    body = get(sandbox, f"/~wrong-charset{FEED}")[2]

    assert b"encoding='UTF-8'" in body
    assert "Résumé –" in body.decode("cp1252")
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


@pytest.mark.parametrize(
    ("fault", "target"),
    [
        ("redirect-private", "http://127.0.0.2:"),
        ("redirect-metadata", "http://169.254.169.254/"),
        ("redirect-loop", "http://127.0.0.1:"),
    ],
)
def test_redirects(sandbox, fault, target):
    status, headers, _ = get(sandbox, f"/~{fault}{FEED}")

    assert 302 == status
    assert headers["location"].startswith(target)


def test_hops_lead_to_the_true_answer(sandbox):
    """Three redirects, and then the feed; from each other address as well."""
    status, headers, _ = get(sandbox, f"/~hops=1{FEED}")
    assert (302, f"{sandbox.url}/~hops=0{FEED}") == (status, headers["location"])
    assert 200 == get(sandbox, f"/~hops=0{FEED}")[0]


def test_a_new_tag_for_the_same_feed(sandbox):
    tags = {get(sandbox, f"/~new-tag{FEED}")[1]["etag"] for _ in range(2)}

    assert 2 == len(tags)


def test_rules_of_robots(sandbox):
    told = {
        name: get(sandbox, f"/~{name}/robots.txt")[2]
        for name in ("robots-disallow", "robots-delay=7", "robots-large")
    }

    assert told["robots-disallow"].endswith(b"Disallow: /\n")
    assert b"Crawl-delay: 7\nDisallow: /page/closed.example/\n" in told["robots-delay=7"]
    assert len(told["robots-large"]) > 2_000_000


def test_the_private_network_tells_who_came(sandbox):
    with urllib.request.urlopen(f"{sandbox.url}/~redirect-private{FEED}", timeout=30) as reply:
        reply.read()

    assert "private" == sandbox.seen()[-1]["service"]


def test_stale_batches(sandbox):
    """Yesterday's batch comes with today's date, or with its own."""
    true, stale, dated = (get(sandbox, path + FEED)[2] for path in ("", "/~stale", "/~stale-dated"))

    assert b"2411.05787v1" not in true
    assert b"2411.05787v1" in stale
    assert b"2411.05787v1" in dated
    assert b"<pubDate>Mon, 11 Nov" not in stale
    assert b"<pubDate>Mon, 11 Nov" in dated
    assert b"<lastBuildDate>Tue, 12 Nov" in dated


def test_lies_about_papers(sandbox):
    assert [None] * 4 == papers(sandbox, "null-ids")
    assert 2 == papers(sandbox, "null-ids=half").count(None)
    assert 2 == len(papers(sandbox, "short"))
    backwards = [one["externalIds"]["ArXiv"] for one in papers(sandbox, "reordered")]
    assert "2410.02367" == backwards[0]
    wrong = papers(sandbox, "wrong-paper")
    assert "2406.11235" != wrong[0]["externalIds"]["ArXiv"]


def test_lies_about_counts(sandbox):
    def counts(fault):
        return [one["citationCount"] for one in papers(sandbox, fault)]

    assert [count // 2 for count in COUNTS] == counts("lower-count")
    assert [0] * 4 == counts("zero-count")
    assert ["12", -1, 1.5, 10**12] == counts("nonsense-count")


def test_unknown_fault_is_answered_with_the_known_ones(sandbox):
    status, _, body = get(sandbox, f"/~flood{FEED}")

    assert 501 == status
    assert list(NAMES) == json.loads(body)["names"]
    with pytest.raises(urllib.error.HTTPError):
        sandbox.set_fault("rss", "flood")


def test_a_fault_can_be_switched_on_for_some_requests(sandbox):
    sandbox.set_fault("arxiv", "503", times=2)

    told = [get(sandbox, FEED)[0] for _ in range(3)]

    assert [503, 503, 200] == told
    assert 200 == get(sandbox, "/robots.txt")[0]


def test_a_profile_names_faults_per_service():
    with running(now=TUESDAY, profile={"faults": {"scholar": "401"}, "known_after": 0}) as sandbox:
        assert 401 == get(sandbox, "/graph/v1/paper/ARXIV:2406.11235")[0]
        assert 200 == get(sandbox, FEED)[0]
