"""How a page answers, and what may be said of it; never "dead" for a bad day."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import PageAnswer
from pipelines.watch.links import judge

PAGE = "https://site.example/posts/a"
LOOKS = {
    "there": (PageAnswer(200, PAGE, title="A post"), "ok"),
    "a document": (PageAnswer(200, PAGE, kind="application/pdf"), "ok"),
    "not found": (PageAnswer(404, PAGE), "gone HTTP 404"),
    "gone": (PageAnswer(410, PAGE), "gone HTTP 410"),
    "soft, in its title": (
        PageAnswer(200, PAGE, title="Page Not Found - Site"),
        "gone its title is 'Page Not Found - Site'",
    ),
    "soft, by number": (PageAnswer(200, PAGE, title="404"), "gone its title is '404'"),
    "a removed video": (PageAnswer(200, PAGE, title="- YouTube"), "gone its title is '- YouTube'"),
    "led home": (
        PageAnswer(200, "https://site.example/", title="Site"),
        "gone leads to the front page",
    ),
    "led home in a language": (
        PageAnswer(200, "https://site.example/en/"),
        "gone leads to the front page",
    ),
    "led to an error page": (
        PageAnswer(200, "https://site.example/404.html"),
        "gone leads to /404.html",
    ),
    "moved for good": (
        PageAnswer(301, PAGE, "https://new.example/a?utm_source=x", lasting=True),
        "moved https://new.example/a",
    ),
    "moved for now": (PageAnswer(302, PAGE, "https://new.example/a"), "ok"),
    "moved to a front page": (
        PageAnswer(301, PAGE, "https://new.example/", lasting=True),
        "gone leads to the front page of new.example",
    ),
    "only its www": (PageAnswer(301, PAGE, "https://www.site.example/posts/a", lasting=True), "ok"),
    "a talk about 404": (PageAnswer(200, PAGE, title="How we handle 404 pages"), "ok"),
    "a title with a longer story": (
        PageAnswer(200, PAGE, title="Not found wanting: a memoir"),
        "ok",
    ),
}
NOTHING = {
    "signing in": (PageAnswer(302, PAGE, "https://id.example/login?next=a"), "refused"),
    "a door": (PageAnswer(200, PAGE, title="Just a moment..."), "refused"),
    "another door": (PageAnswer(200, PAGE, title="One moment, please..."), "refused"),
    "forbidden": (PageAnswer(403, PAGE), "refused"),
    "robots": (PageAnswer(trouble="its robots.txt does not allow programs to read it"), "refused"),
    "no robots": (PageAnswer(trouble="its robots.txt cannot be read (HTTP 503)"), "failed"),
    "too many": (PageAnswer(429, PAGE), "refused"),
    "broken": (PageAnswer(500, PAGE), "failed"),
    "nobody there": (PageAnswer(trouble="the name has no public address"), "failed"),
}


@pytest.mark.parametrize(("look", "state"), LOOKS.values(), ids=list(LOOKS))
def test_an_answer_that_tells_something(look, state):
    """There, moved or gone, with the evidence."""
    assert (state, "", "") == judge(PAGE, look)


@pytest.mark.parametrize(("look", "reason"), NOTHING.values(), ids=list(NOTHING))
def test_an_answer_that_tells_nothing_of_the_page(look, reason):
    """No state; and only a failure is tried again soon."""
    state, why, detail = judge(PAGE, look)

    assert ("", reason) == (state, why)
    assert detail


def test_a_front_page_may_lead_to_itself():
    """What was listed as a front page is not gone for being one."""
    assert "ok" == judge("https://site.example", PageAnswer(200, "https://site.example/"))[0]


@given(
    st.integers(0, 999),
    st.text(max_size=40),
    st.text(max_size=40).map(lambda text: f"https://{text}"),
    st.booleans(),
)
def test_any_look_is_judged(status, title, onward, lasting):
    """Whatever a page says and wherever it leads."""
    for look in (PageAnswer(status, onward, title=title), PageAnswer(301, PAGE, onward, lasting)):
        state, reason, _ = judge(PAGE, look)
        assert bool(state) != bool(reason)
