"""Single pages over real HTTP: what is read of them, and how little is enough to stop."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from scrapy.http import HtmlResponse

from catalog.address import identity, read_address
from config.secret import Secret
from crawler.hosts import Hosts, page_refusal
from crawler.items import trouble_of, works_of
from crawler.parsers.html import title_of
from crawler.plans import LinksPlan, PageAsk, PagePlan
from crawler.process import crawl
from crawler.spiders.links import LinksSpider
from crawler.spiders.pages import PagesSpider
from tests.crawler.answers import NOW

POST_TITLE = "Optimizing and Characterizing High-Throughput Low-Latency LLM Inference in MLCEngine"
POST = f"https://blog.mlc.ai/2024/10/10/{POST_TITLE.lower().replace(' ', '-')}".removesuffix(
    "-in-mlcengine"
)
REPOSITORY = "https://github.com/mit-han-lab/smoothquant"


def plan(sandbox, *urls, fault="", token="", patience=10.0):
    return PagePlan(
        tuple(asking(sandbox, url, fault) for url in urls),
        f"{sandbox.url}{fault}",
        Secret(token),
        NOW,
        patience,
    )


def asking(sandbox, url, fault=""):
    address = read_address(url)
    parts = urlsplit(address.url)
    where = f"{sandbox.url}{fault}/page/{parts.netloc}{parts.path}"
    return PageAsk(address.key, address.link_kind, address.url, where)


def test_a_page_and_a_repository(sandbox, manners):
    """Title, kind and description; the page's robots.txt was read before."""
    told = {b.part: b for b in crawl([plan(sandbox, POST, REPOSITORY)], manners)}

    page = works_of(told[f"link:{POST}"])[0].work
    assert ("page", POST_TITLE) == (page.kind, page.title)
    repository = works_of(told[f"link:{REPOSITORY}"])[0].work
    assert ("repository", "smoothquant") == (repository.kind, repository.title)
    assert repository.description.startswith("[ICML 2023] SmoothQuant: ")
    paths = [visit["path"] for visit in sandbox.seen()]
    assert {"/robots.txt", "/repos/mit-han-lab/smoothquant"} < set(paths)
    assert 3 == len(paths)


def test_only_github_sees_the_token(sandbox, manners):
    """And it gets the headers that it asks for."""
    asked = plan(sandbox, POST, REPOSITORY, token="ghp_secret")

    list(crawl([asked], manners))

    headers = {visit["service"]: visit["headers"] for visit in sandbox.seen()}
    assert "Bearer ghp_secret" == headers["github"]["authorization"]
    assert "application/vnd.github+json" == headers["github"]["accept"]
    assert "2022-11-28" == headers["github"]["x-github-api-version"]
    assert "authorization" not in headers["page"]
    assert "authorization" not in headers["robots"]
    assert "ghp_secret" not in repr(asked)


def test_robots_are_obeyed_by_every_page_of_a_host(sandbox, manners):
    """Scrapy lets the third of three pages pass that wait for one robots.txt together."""
    urls = [f"https://closed.example/{name}" for name in ("post", "a", "b", "c")]

    told = list(crawl([plan(sandbox, *urls)], manners))

    assert ["its robots.txt does not allow programs to read it"] * 4 == [
        trouble_of(b) for b in told
    ]
    assert ["/robots.txt"] == [visit["path"] for visit in sandbox.seen()]


# Fault; what is said of a page that has it, and how often it was asked for.
FAULTS = {
    "huge": ("is larger than 2,097,152 bytes", 1),
    "bomb": ("is larger than 2,097,152 bytes", 1),
    "drip": ("no whole answer in 0.2 s, 3 times", 3),
    "hang": ("no whole answer in 0.2 s, 3 times", 3),
    "drop": ("the connection was closed without a whole answer, 3 times", 3),
    "503": ("HTTP 503 (no reason given), 3 times", 3),
    "403": ("HTTP 403 Forbidden: not asked again in this run", 1),
    "401": ("answered with HTTP 401", 1),
    "empty-200": ("is no web page (application/rss+xml)", 1),
    "json-200": ("is no web page (application/json)", 1),
    "redirect-private": ("it is not https (http)", 1),
    "redirect-metadata": ("it is not https (http)", 1),
    "redirect-loop": ("redirects without end", 6),
}


# Others like them are tried in each run of the tests.
LONG = {"huge", "drip", "403", "json-200", "redirect-metadata", "redirect-loop"}


@pytest.mark.parametrize(
    "fault",
    [pytest.param(name, marks=pytest.mark.long) if name in LONG else name for name in FAULTS],
)
def test_fault(sandbox, manners, fault):
    """One word for each; nothing is found."""
    reason, asked = FAULTS[fault]
    patience = 0.2 if fault in ("drip", "hang") else 10.0

    (batch,) = crawl([plan(sandbox, POST, fault=f"/~{fault}", patience=patience)], manners)

    assert trouble_of(batch).endswith(reason)
    assert () == works_of(batch)
    # A connection that broke off may be tried again once by the layer below.
    seen = len([visit for visit in sandbox.seen() if visit["service"] != "robots"])
    assert seen in ({asked, asked + 1} if fault == "drop" else {asked})


@pytest.mark.parametrize(
    "fault",
    ["error-200", "html-200", pytest.param("truncate-json", marks=pytest.mark.long)],
)
def test_github_in_disorder(sandbox, manners, fault):
    """What is not a repository's facts is not believed."""
    (batch,) = crawl([plan(sandbox, REPOSITORY, fault=f"/~{fault}")], manners)

    assert trouble_of(batch).startswith("GitHub answered with something else: ")
    assert () == works_of(batch)


def test_a_name_that_leads_inside_is_not_asked(sandbox, manners):
    """A host that was named by a person is resolved under the same guard as all others."""
    ask = PageAsk("link:https://localhost/x", "page", "https://localhost/x", "https://localhost/x")
    trusting = replace(manners, hosts=manners.hosts.widened([ask.url]))

    (batch,) = crawl([replace(plan(sandbox), pages=(ask,))], trusting)

    assert "the name has no public address" in trouble_of(batch)
    assert [] == sandbox.seen()


def test_named_hosts_are_allowed_and_no_others():
    """With and without www., by https only."""
    hosts = Hosts.of(["https://api.github.com"]).widened(["https://www.example.org/post"])

    assert [None] * 3 == [
        hosts.refusal(url)
        for url in (
            "https://example.org/a",
            "https://www.example.org/robots.txt",
            "https://api.github.com/x",
        )
    ]
    for url in ("http://example.org/a", "https://a.example.org/", "https://example.org:8080/"):
        assert hosts.refusal(url)


def test_the_public_internet():
    """Names of the world may be asked; everything that can mean this house may not."""
    assert page_refusal("https://例え.jp/x") is None
    assert page_refusal("https://x.com/a") is None
    assert page_refusal(f"https://{'a.' * 120}org/") == "has a host that is too long"


OF_ALL = "We’re on a journey to advance and democratize artificial intelligence"
# Kind, title and description of a page; the title that the list shows.
TITLES = [
    ("model", "a/b · Hugging Face", None, "a/b"),
    ("model", "a/b · Hugging Face", "A 7B model. It is fast.", "A 7B model"),
    ("dataset", "a/b · Datasets at Hugging Face", OF_ALL, "a/b"),
    ("collection", "Falcon3 - a tiiuae Collection", None, "Falcon3"),
    ("video", "A Talk - YouTube", None, "A Talk"),
    ("video", "讲解_哔哩哔哩_bilibili", None, "讲解"),
    ("video", "- YouTube", None, None),
    ("post", 'Ada on X: "Fast kernels https://t.co/a1" / X', None, "Fast kernels"),
    ("post", "Ada (@ada) on X", "“Fast kernels”", "Fast kernels"),
    ("post", "X", None, None),
    ("page", "  Two\n words ", None, "Two words"),
    ("page", "Just a moment...", None, None),
    ("page", "Log in to continue", None, None),
    ("page", "Login-free logging of LLMs", None, None),
    ("page", "", "Words", None),
    ("page", "One moment, please...", None, None),
    ("page", "Vercel Security Checkpoint", None, None),
    ("page", "502 Bad Gateway", None, None),
    ("page", "Error", None, None),
    ("page", "Loading…", None, None),
    ("page", "Caf\N{REPLACEMENT CHARACTER}s", None, None),
    ("model", "a/b · Hugging Face", "Caf\N{REPLACEMENT CHARACTER} models.", "a/b"),
    ("page", "Error Feedback for LLMs", None, "Error Feedback for LLMs"),
    ("page", "Document Understanding", None, "Document Understanding"),
    ("page", "500 Papers on Quantization", None, "500 Papers on Quantization"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "title", "described", "shown"), TITLES)
def test_title(kind, title, described, shown):
    assert shown == title_of(kind, "https://example.org/a/b", title, described)


# Spellings of one work, the first the one that counts.
SAME = [
    ("https://github.com/owner/repo", "github.com/Owner/Repo.git", "https://www.github.com/owner/repo/tree/main/docs"),
    ("https://huggingface.co/a/b", "https://hf.co/a/b/tree/main", "https://huggingface.co/a/b/discussions/1"),
    ("https://x.com/a/status/1", "https://twitter.com/a/status/1?s=20"),
    ("https://youtu.be/abcdefghijk", "https://www.youtube.com/watch?v=abcdefghijk&t=3"),
    ("https://arxiv.org/abs/2411.04965", "2411.04965v3", "doi:10.48550/arXiv.2411.04965"),
]  # fmt: skip


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_spellings_of_one_work(spellings):
    first, *others = (identity(read_address(one).key) for one in spellings)

    assert [first] * len(others) == others


def test_an_issue_is_not_its_repository():
    """A page inside GitHub that is no file is a page like others."""
    issue = read_address("https://github.com/vllm-project/vllm/pull/1804")

    assert ("page", "https://github.com/vllm-project/vllm/pull/1804") == (issue.kind, issue.url)


def read_by(reader, url, body, content_type):
    """The one batch of an answer that came without a wire."""
    address = read_address(url)
    ask = PageAsk(address.key, address.link_kind, address.url, url)
    spider = PagesSpider(PagePlan((ask,), "https://api.github.com", Secret(""), NOW, 10.0))
    answer = HtmlResponse(url, headers={"Content-Type": content_type}, body=body)
    return getattr(spider, reader)(answer, ask)


def test_deep_json_is_something_else():
    batch = read_by("read_repository", REPOSITORY, b"[" * 100_000, "application/json")

    assert trouble_of(batch).startswith("GitHub answered with something else: ")


def test_another_repository_than_asked_for_is_something_else():
    """One that was renamed comes by a redirect."""
    url = REPOSITORY.replace("https://github.com/", "https://api.github.com/repos/")
    body = b'{"full_name": "somebody/else", "description": "x"}'

    ask = read_address(REPOSITORY)
    ask = PageAsk(ask.key, ask.link_kind, ask.url, REPOSITORY)
    spider = PagesSpider(PagePlan((ask,), "https://api.github.com", Secret(""), NOW, 10.0))
    at_once = spider.read_repository(HtmlResponse(url, body=body), ask)
    redirected = HtmlResponse("https://api.github.com/repositories/1", body=body)

    assert trouble_of(at_once).startswith("GitHub answered with something else: ")
    (found,) = spider.read_repository(redirected, ask).works
    assert "https://github.com/somebody/else" == found.work.url


def test_the_title_of_a_drawing_is_not_the_page_s():
    page = b"<body><svg><title>Logo</title></svg></body><title>A post</title>"

    (found,) = read_by("read_page", POST, page, "text/html").works

    assert "A post" == found.work.title


@pytest.mark.parametrize("charset", ["idna", "undefined", "hex", "unicode-escape"])
def test_a_codec_that_is_no_charset_cannot_be_read(charset):
    body = "<title>A ❤ post</title>".encode()

    batch = read_by("read_page", POST, body, f"text/html; charset={charset}")

    assert f"cannot be read: its charset is '{charset}'" == trouble_of(batch)


def test_a_page_with_a_tag_of_thousands_of_attributes_is_refused_unread():
    """The parser would take hundreds of megabytes; a script may have what looks like one."""
    many = b"<p " + b"a=1 " * 5_000
    page = b"<title>A post</title>"

    refused = read_by("read_page", POST, page + many + b">", "text/html")
    script = read_by("read_page", POST, page + b"<script>" + many + b"</script>", "text/html")

    assert trouble_of(refused) == "has a tag with more than 2,000 attributes"
    assert "A post" == works_of(script)[0].work.title
    assert ["", "A post"] == [looked_at(page + many + b">"), looked_at(page)]


def looked_at(body):
    """The title that `watch` notes of a page."""
    address = read_address(POST)
    ask = PageAsk(address.key, address.link_kind, address.url, POST)
    answer = HtmlResponse(POST, headers={"Content-Type": "text/html"}, body=body)
    return LinksSpider(LinksPlan((ask,)))._page(answer, ask, lasting=False).look.title
