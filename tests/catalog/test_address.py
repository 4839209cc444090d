"""One spelling for one page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.address import canonical_url, identity, label_for, read_address, repository, work_key


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://www.Example.org/Post/", "https://example.org/Post"),
        ("https://example.org", "https://example.org"),
        ("https://example.org/a?utm_source=x&b=1&fbclid=2#top", "https://example.org/a?b=1"),
        ("https://example.org/a?ref=newsletter", "https://example.org/a"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://app.example.org/#/page/1", "https://app.example.org#/page/1"),
        ("https://youtu.be/hfb_AIhDYnA?si=abc", "https://youtube.com/watch?v=hfb_AIhDYnA"),
        (
            "https://www.youtube.com/watch?v=hfb_AIhDYnA&t=3",
            "https://youtube.com/watch?v=hfb_AIhDYnA",
        ),
        ("https://www.youtube.com/shorts/hfb_AIhDYnA", "https://youtube.com/watch?v=hfb_AIhDYnA"),
        ("https://twitter.com/a/status/1?s=20", "https://x.com/a/status/1"),
        ("https://github.com/o/r.git", "https://github.com/o/r"),
        ("https://github.com/o/r?tab=readme-ov-file#web-demo", "https://github.com/o/r"),
        ("https://github.com/o/r/tree/main/x", "https://github.com/o/r/tree/main/x"),
    ],
)
def test_spellings_of_one_page(url, same):
    assert same == canonical_url(url)
    assert same == canonical_url(same)
    assert f"link:{same}" == work_key(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://a.org",
        "",
        "words",
        "https://",
        "https://a:b@c.org",
        "http://a:x/",
    ],
)
def test_what_is_no_web_page(url):
    assert canonical_url(url) is None
    assert work_key(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://arxiv.org/abs/2411.04965v2",
        "https://arxiv.org/pdf/2411.04965.pdf",
        "https://huggingface.co/papers/2411.04965",
        "https://doi.org/10.48550/arXiv.2411.04965",
    ],
)
def test_a_page_of_a_paper_is_the_paper(url):
    assert canonical_url(url) is None
    assert "arxiv:2411.04965" == work_key(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/vllm-project/vllm",
        "http://www.github.com/vllm-project/vllm/",
        "github.com/vllm-project/vllm.git",
        "https://github.com/vllm-project/vllm/pull/1804",
        "https://github.com/vllm-project/vllm?tab=readme-ov-file#start",
        "https://github.com/vllm-project/vllm).",
        "https://github.com/vllm-project/vllm.git.",
    ],
)
def test_a_repository_in_every_spelling(url):
    assert ("vllm-project", "vllm") == repository(url)


def test_names_with_dots_and_git_at_the_end_stay():
    """Only a literal .git goes: digit is not dit, and llama.cpp has a dot."""
    assert ("o", "digit") == repository("https://github.com/o/digit")
    assert ("ggerganov", "llama.cpp") == repository("https://github.com/ggerganov/llama.cpp")


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/vllm-project",
        "https://github.com/topics/llm",
        "https://gist.github.com/a/b",
        "https://example.org/a/b",
        "https://github.com/o/..",
        "https://github.com/o_o/r",
    ],
)
def test_what_is_no_repository(url):
    assert repository(url) is None


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("https://x.com/a/status/1", "𝕏"),
        ("https://t.co/a", "t"),
        ("https://www.reddit.com/r/x", "reddit"),
        ("https://mp.weixin.qq.com/s", "mp.weixin.qq"),
        ("https://arxiv.org/abs/2411.04965", "arxiv"),
        ("https://youtu.be/abcdef", "youtu"),
    ],
)
def test_what_the_list_calls_a_link(url, label):
    assert label == label_for(url)


@given(st.text(st.sampled_from("htps:/.wagiubcom?=&#@[]%1") | st.characters()))
def test_any_text_is_answered(text):
    for url in (text, f"https://{text}", f"https://github.com/{text}"):
        found = canonical_url(url)
        assert found is None or found == canonical_url(found)
        repository(url)
        work_key(url)
        label_for(url)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://github.com/ada/quantizer", "https://github.com//Ada//quantizer"),
        ("https://example.com/a/p", "https://example.com/a/./b/../p"),
        ("https://example.com/~ada/p", "https://example.com/%7Eada/%70"),
        ("https://b\u00fccher.example/p", "https://xn--bcher-kva.example/p"),
        ("https://openreview.net/forum?id=aB1", "https://openreview.net/pdf?id=aB1"),
        (
            "https://openreview.net/forum?id=aB1",
            "https://openreview.net/attachment?id=aB1&name=pdf",
        ),
        (
            "https://aclanthology.org/2024.acl-long.1",
            "https://aclanthology.org/2024.acl-long.1.pdf",
        ),
    ],
)
def test_another_spelling_of_a_page_is_the_same_work(first, second):
    assert identity(read_address(first).key) == identity(read_address(second).key)


@pytest.mark.parametrize(
    "typed",
    [
        "https://arxiv.org/./abs/2411.04965",
        "https://arxiv.org/x/../abs/2411.04965v2",
        "https://www.semanticscholar.org/arxiv/2411.04965",
        "https://scirate.com/arxiv/2411.04965",
        "https://papers.cool/arxiv/2411.04965",
        "https://www.alphaxiv.org/zh/overview/2411.04965v1",
    ],
)
def test_another_spelling_of_a_papers_page_is_the_paper(typed):
    assert "arxiv:2411.04965" == read_address(typed).key
