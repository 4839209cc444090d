"""One spelling for one page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.address import (
    canonical_url,
    identity,
    label_for,
    read_address,
    read_typed,
    repository,
    work_key,
)


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


ONE = "2411.04965"


@pytest.mark.parametrize(
    "typed",
    [
        f"https://arxiv.org/abs/{ONE}V2",
        f"https://arxiv.org/abs/{ONE}/v2",
        f"https://arxiv.org/abs/{ONE}&utm=x",
        f"https://arxiv.org/abs/{ONE}…",
        f"https://arxiv.org/abs/{ONE}。",
        f"https://arxiv.org/abs/{ONE}”",
        f"https://arxiv.org/abs/{ONE}%C2%A0",
        f"https://arxiv.org/abs/{ONE}\u200b",
        f"\ufeffhttps://arxiv.org/abs/{ONE}",
        "https://arxiv.org/abs/2411.\xad04965",
        "https://arxiv.org/abs/２４１１.０４９６５",
        f"https://ａｒｘｉｖ.org/abs/{ONE}",
        f"https://arxiv.org/abs\\{ONE}",
        f"https://arxiv.org/{ONE}",
        f"https://arxiv.org/tb/{ONE}",
        f"https://arxiv.org/ftp/arxiv/papers/2411/{ONE}.pdf",
        f"https://arxiv.org/html/{ONE}v1/index.html",
        f"https://https://arxiv.org/abs/{ONE}",
        f"htps://arxiv.org/abs/{ONE}",
        f"URL: https://arxiv.org/abs/{ONE}",
        f"//arxiv.org/abs/{ONE}",
        f"<https://arxiv.org/abs/{ONE}>",
        f"[BitNet](https://arxiv.org/abs/{ONE})",
        f"“https://arxiv.org/abs/{ONE}”",
        f"`https://arxiv.org/abs/{ONE}`.",
        f"- https://arxiv.org/abs/{ONE}",
        f"arXiv {ONE}",
        f"arXiv preprint arXiv:{ONE}",
        f"[{ONE}]",
        f"https://doi.org/doi:10.48550/arXiv.{ONE}",
        f"https://api.crossref.org/works/10.48550/arXiv.{ONE}",
        f"https://www.alphaxiv.org/zh-CN/overview/{ONE}",
        f"https://ar5iv.org/{ONE}",
        f"https://papers.cool/arxiv/kimi?paper={ONE}",
        f"https://www.semanticscholar.org/paper/arXiv:{ONE}",
        f"https://xxx.lanl.gov/abs/{ONE}",
        f"https://inspirehep.net/arxiv/{ONE}",
        f"https://www.connectedpapers.com/main/arxiv/{ONE}",
        "https://dblp.org/rec/journals/corr/abs-2411-04965",
        "https://ui.adsabs.harvard.edu/abs/2024arXiv241104965W/abstract",
        f"https://web.archive.org/web/2024/https://arxiv.org/abs/{ONE}",
        f"https://link.zhihu.com/?target=https%3A//arxiv.org/abs/{ONE}",
        f"https://l.facebook.com/l.php?u=https%3A%2F%2Farxiv.org%2Fabs%2F{ONE}",
    ],
)
def test_what_is_typed_or_pasted_for_a_paper_is_the_paper(typed):
    """However it was copied and from where: no second entry for a paper beside its own."""
    address = read_typed(typed)
    assert ("paper", ONE, typed) == (address.kind, address.arxiv_id, address.typed)
    assert f"https://arxiv.org/abs/{ONE}" == address.url


@pytest.mark.parametrize(
    "typed",
    [
        f"https://arxiv.org/abs/{ONE},2411.04964",
        f"https://arxiv.org/abs/{ONE}5",
        "https://arxiv.org/abs/2413.04965",
        f"{ONE} 2411.04964",
    ],
)
def test_two_papers_or_none_are_refused(typed):
    assert read_typed(typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "https://example.org/pdf/report/2009123",
        f"https://huggingface.co/models?other=arxiv:{ONE}",
        f"https://example.org/on-arxiv-{ONE}-and-2411.04964",
        "https://example.org/2024.12345/notes",
        "https://de.wikipedia.org/wiki/Käse",
        f"https://github.com/a/b/blob/main/papers/{ONE}.md",
    ],
)
def test_a_page_with_numbers_or_about_several_stays_a_page(typed):
    assert read_address(typed) == read_typed(typed)
    assert read_typed(typed).kind != "paper"


def test_what_was_pasted_around_a_page_is_not_of_its_address():
    page = "https://example.org/post_(2)"
    for typed in (page, f"<{page}>", f"\u200b{page}", f'"{page}"', f"({page}).", f"[a]({page})"):
        assert page == read_typed(typed).url
