"""A source that lies, breaks or refuses: one broken answer with the reason, and nothing stored."""

from datetime import UTC, datetime

import pytest

from catalog.sightings import SourceStatus
from config.secret import Secret
from crawler.hosts import Hosts
from crawler.items import Failure, Unchanged, trouble_of
from crawler.plans import WebPlan
from crawler.politeness import CrawlPolicy
from crawler.process import crawl
from crawler.sources import feeds, github, hf_daily
from crawler.sources.base import JSON, SourceRequest
from crawler.web_health import judge_web
from sandbox.process import running

NOW = datetime(2024, 11, 13, 6, 47, tzinfo=UTC)
FAULTS = {
    "html-200": "answered with a web page, not JSON",
    "empty-200": "answered with nothing, not JSON",
    "json-200": "answered with JSON that is no list of papers",
    "truncate-json": "no JSON",
    "truncate": "broke off, 3 times",
    "500": "HTTP 500",
    "403": "HTTP 403",
    "429-retry-after=4000": "asked to be left alone for 4000 s",
    "redirect-private": "will not ask",
    "bomb": "larger than",
}


@pytest.fixture(scope="module")
def world():
    with running(now=NOW) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(world):
    yield world
    for service in ("hub", "github"):
        world.set_fault(service, None)


@pytest.fixture
def ask(sandbox, tmp_path):
    manners = CrawlPolicy("tester", Hosts.of([sandbox.url]), tmp_path / "pace", {}, 0.0)

    def asked(source, *questions, read=None, token=""):
        plan = WebPlan(source.NAME, questions, read or source.read, NOW, Secret(token))
        sandbox.forget_seen()
        return list(crawl([plan], manners))

    return asked


def daily(sandbox, **told):
    url = f"{sandbox.url}/api/daily_papers?limit=100"
    return SourceRequest("", url, "huggingface", accept=JSON, interface=True, **told)


@pytest.mark.parametrize("fault", FAULTS)
def test_bad_answer_is_broken_with_its_reason(sandbox, ask, fault):
    sandbox.set_fault("hub", fault)

    (batch,) = ask(hf_daily, daily(sandbox))

    assert FAULTS[fault] in trouble_of(batch)
    assert isinstance(batch, Failure)
    assert "private" not in {visit["service"] for visit in sandbox.seen()}


@pytest.mark.parametrize(("token", "is_later"), [("a-token", False), ("", True)])
def test_only_a_person_can_renew_a_refused_key(sandbox, ask, token, is_later):
    """Three days of waiting would mend nothing; who has no key has none to renew."""
    sandbox.set_fault("hub", "401")

    told = ask(hf_daily, daily(sandbox, signed=True), token=token)
    report = judge_web("hf_daily", told, None, NOW)

    assert (SourceStatus.BROKEN, is_later) == (report.word, report.later)
    assert is_later != ("renew LISTKEEPER_GITHUB_TOKEN" in report.reason)


def readme_of(sandbox, name):
    return SourceRequest(
        "q",
        f"{sandbox.url}/repos/{name}/readme",
        "github",
        interface=True,
        signed=True,
        kind="readme",
        detail="README",
        about=f"link:https://github.com/{name}",
    )


@pytest.mark.parametrize("fault", [None, "moved-in-words"])
def test_the_readme_of_a_renamed_repository_is_read_at_its_number(sandbox, ask, fault):
    """GitHub sends both a header and, in its body, the address."""
    sandbox.set_fault("github", fault)

    (batch,) = ask(github, readme_of(sandbox, "ggerganov/llama.cpp"), token="ghp_secret")

    (found,) = batch.works
    assert "plain C and C++" in found.work.description
    visits = sandbox.seen()
    assert [301, 200] == [visit["status"] for visit in visits]
    assert {"Bearer ghp_secret"} == {visit["headers"]["authorization"] for visit in visits}


def test_a_readme_that_does_not_exist_costs_the_repository_nothing(sandbox, ask):
    """It is of no use to ask for it again; the source is not BROKEN."""
    (failure,) = ask(github, readme_of(sandbox, "nobody/nothing"))

    assert ("README", True) == (failure.detail, failure.lasting)
    assert "answered with HTTP 404" in failure.reason
    assert SourceStatus.BROKEN is not judge_web("github/q", [failure], None, NOW).word


def test_a_redirection_that_leads_nowhere_is_said_in_words(sandbox, ask):
    sandbox.set_fault("github", "moved-in-words=nowhere")

    (failure,) = ask(github, readme_of(sandbox, "ggerganov/llama.cpp"))

    assert "answered with HTTP 301, which leads nowhere" == failure.reason


def test_unchanged_answer_is_not_sent_again(sandbox, ask):
    (first,) = ask(hf_daily, daily(sandbox))
    (second,) = ask(hf_daily, daily(sandbox, etag=first.etag))

    assert first.named
    assert Unchanged("hf_daily", "") == second
    assert [304] == [visit["status"] for visit in sandbox.seen()]


def test_only_a_signed_question_carries_the_token(sandbox, ask):
    """And who we are, and what we would like, goes with every one."""
    url = f"{sandbox.url}/search/repositories?q=quantize"
    signed = SourceRequest("q", url, "github", interface=True, signed=True, kind="search")
    page = SourceRequest("a", f"{sandbox.url}/page/bair.berkeley.edu/blog/feed.xml", "page")

    ask(github, signed, token="ghp_secret")
    headers = [visit["headers"] for visit in sandbox.seen()]
    ask(feeds, page, token="ghp_secret")
    others = [visit["headers"] for visit in sandbox.seen()]

    assert {"Bearer ghp_secret"} == {told["authorization"] for told in headers}
    assert all("authorization" not in told for told in others)
    assert {"tester"} == {told["user-agent"] for told in [*headers, *others]}
    assert all("accept" in told for told in [*headers, *others])


def stumbles(answer):
    raise TypeError("a thing that nobody foresaw")


def test_mistake_of_ours_in_one_answer_is_a_broken_source(sandbox, ask):
    """Not the end of the run: the other sources go on."""
    (batch,) = ask(hf_daily, daily(sandbox), read=stumbles)

    assert "by a mistake of ours (TypeError: a thing that nobody foresaw)" in trouble_of(batch)
