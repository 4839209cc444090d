"""A star is offered only where the list marks its editors' picks; a typed one counts anyway."""

import re
from dataclasses import replace

import pytest

from config.form import PLAZA, READ_ONLY, Form
from output.digest.book import with_answers
from output.digest.markdown import page
from output.forms import has_stars
from output.publish.body import write_body
from output.publish.commands import help_text
from output.review.session import ReviewSession
from tests.fakes import KEY, NOW, decision, digest
from tests.review.serving import LateSession, serving
from tests.review.test_one_book import workspace  # noqa: F401
from tests.review.test_session import NOW as FRIDAY
from tests.review.test_session import candidates, world_of  # noqa: F401

ENTRY = "- [{{ title }}]({{ abs }})"
REMARK = "# L\n\n## S\n\n- [One](https://arxiv.org/abs/2411.00011) TMLR (Featured 🌟)"
PLAIN = b"# L\n\n## S\n\n- [One](https://arxiv.org/abs/2411.00011)\n"


@pytest.mark.parametrize(
    ("form", "data", "expected"),
    [
        (PLAZA, PLAIN, True),
        (READ_ONLY, PLAIN, False),
        (Form(entry=ENTRY, own={}), PLAIN, False),
        (Form(entry=ENTRY, own={}), PLAIN.replace(b"- [", "- 🌟 [".encode()), True),
        (Form(entry=ENTRY, own={}), f"{REMARK}\n".encode(), False),
        (
            Form(entry=ENTRY, own={}),
            f"{REMARK}\n- [Two](https://arxiv.org/abs/2411.00012) (Award 🌟)\n".encode(),
            True,
        ),
        (Form(entry="- {{ star }} [{{ title }}]({{ abs }})", own={}), PLAIN, True),
    ],
    ids=["built in", "read only", "none", "in an entry", "a remark", "a habit", "in the form"],
)
def test_a_list_has_stars_by_its_form_or_in_an_entry(form, data, expected):
    assert expected is has_stars(form, data)


def test_without_stars_digest_and_pull_request_speak_of_none():
    made = replace(digest(), has_stars=False)

    assert "- [ ] accept  [ ] later  [ ] no:\n" in page(made)
    for text in (page(made), write_body(made, "https://example.org"), help_text(has_stars=False)):
        assert not re.search(r"★|\bstar\b", text.partition("Thank you")[0])
    assert made.fingerprint == digest().fingerprint, "which is no news about the candidates"


def test_what_has_a_star_anyway_is_accepted_in_the_file():
    made = replace(digest(), has_stars=False)
    starred = decision("pick", section="Quantization", entry="- 🌟 **A**")

    assert "- [x] accept  [ ] later" in with_answers(page(made), {KEY: starred}, NOW)


@pytest.fixture
def plain_list(workspace):  # noqa: F811
    """The four candidates for a list whose entries have no star."""
    rules = workspace.root / "config" / "lists" / "efficient-llm.yaml"
    rules.write_text(
        re.sub(r"(?m)^(file: .*\n)", rf'\1form:\n  entry: "{ENTRY}"\n', rules.read_text())
    )
    workspace.listed.write_text(re.sub("🌟 ?|:star2: ?", "", workspace.listed.read_text()))
    workspace.page().unlink()
    assert 0 == workspace.run("digest", "--week", "2024-W47", as_of=FRIDAY).code
    return workspace


def test_the_page_offers_a_star_only_where_the_list_has_stars(workspace):  # noqa: F811
    with serving(LateSession(lambda: ReviewSession(world_of(workspace), "ada"))) as client:
        assert 'value="star"' in client.get(client.get("/").headers["location"]).text
        assert "accept with a star" in client.get("/help").text


def test_a_list_without_stars_is_offered_none_and_a_typed_one_counts(plain_list):
    """Neither button nor key nor help; who types ★ into the file means it."""
    with serving(LateSession(lambda: ReviewSession(world_of(plain_list), "ada"))) as client:
        assert 'value="star"' not in client.get(client.get("/").headers["location"]).text
        assert "accept with a star" not in client.get("/help").text

    path = plain_list.page("2024-W47")
    assert "[ ] ★" not in path.read_text()
    path.write_text(path.read_text().replace("- [ ] accept ", "- [x] ★  [ ] accept ", 1))
    ended = plain_list.run("apply", str(path), as_of=FRIDAY)

    assert 0 == ended.code, ended
    assert "- 🌟 [" in plain_list.listed.read_text()
