"""A word of the rules tried beside a work, written into the YAML, and taken back."""

import html
import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from catalog.facts import Decision
from output.review.rules_trial import TriedWord
from output.review.session import ReviewSession
from tests.review.serving import LateSession, serving
from tests.review.titles import PIECES
from tests.review.week import NOW, world_of


@pytest.fixture(scope="module")
def ours(arrived, tmp_path_factory):
    return arrived.copy(tmp_path_factory.mktemp("rules") / "mine")


@pytest.fixture(scope="module")
def client(ours):
    with serving(LateSession(lambda: ReviewSession(world_of(ours), "ada"))) as client:
        yield client


@pytest.fixture
def rules_file(ours):
    """The rules, as they were again after the test."""
    path = ours.root / "config" / "lists" / "efficient-llm.yaml"
    before = path.read_bytes()
    yield path
    path.write_bytes(before)


def hidden(page):
    form = page[page.index('action="/rules">', page.index('id="moves"')) :]
    pairs = re.findall(r'name="(\w+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in pairs}


def tried(client, word, section="Quantization", key="says", do="add", item=""):
    told = {"section": section, "key": key, "word": word, "do": do, "item": item}
    query = "&".join(f"{name}={quote(value)}" for name, value in told.items())
    return client.get(f"/rules?{query}").text


def test_a_word_is_taken_out_and_what_moves_is_seen_at_once(client):
    page = tried(client, "language model*", section="", key="unless")

    assert re.search(r"[1-9]\d* candidates? and", page)
    assert re.search("lost</strong> [^→]+ → not in the list", page)
    assert "recall" in page


def test_saving_is_the_main_button_only_where_something_changes(client):
    """A word that moves no work can be saved, but the page doesn't press for it."""
    idle = tried(client, "half-a-bit near model")
    busy = tried(client, "language model*", section="", key="unless")

    assert "<button >Save to the rules" in idle
    assert '<button class="yes" disabled>Save to the rules' in busy


def test_the_page_knows_the_words_of_the_work_it_stands_beside(client):
    item = client.get("/").headers["location"].partition("/item/")[2].partition("?")[0]

    page = client.get(f"/rules?item={item}").text

    assert "Words that matched" in page
    assert f'href="/item/{item}"' in page


@pytest.mark.long
def test_a_word_is_written_with_every_comment_kept_and_taken_back(client, rules_file):
    before = rules_file.read_bytes()
    page = tried(client, "half-a-bit near model")

    answer = client.post("/rules", hidden(page))

    assert 200 == answer.status
    after = rules_file.read_bytes()
    gone = set(before.decode().split()) - set(after.decode().split())
    assert not {word for word in gone if word.startswith("#")}
    assert b"half-a-bit near model" in after
    assert "half-a-bit near model" in answer.text
    assert before.count(b"#") == after.count(b"#")

    page = tried(client, "half-a-bit near model", do="remove")
    client.post("/rules", hidden(page))
    assert before == rules_file.read_bytes()


@pytest.mark.long
def test_a_change_that_breaks_an_example_is_refused(client, rules_file):
    before = rules_file.read_bytes()
    page = tried(client, "language model*", section="", key="unless")
    assert "would fail" in page

    answer = client.post("/rules", hidden(page))

    assert 409 == answer.status
    assert before == rules_file.read_bytes()


def test_a_file_that_changed_meanwhile_is_not_written(client, rules_file):
    told = hidden(tried(client, "half-a-bit"))
    theirs = rules_file.read_bytes() + b"# theirs\n"
    rules_file.write_bytes(theirs)

    answer = client.post("/rules", told)

    assert 409 == answer.status
    assert "have changed since" in answer.text
    assert theirs == rules_file.read_bytes()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"word": "x"}, "two letters"),
        ({"word": "*iz"}, "stands for the end"),
        ({"word": "大模型"}, "not a Latin letter"),
        ({"word": "GPTQ"}, "is already there"),
        ({"word": "nowhere", "do": "remove"}, "has no word"),
        ({"word": "abc", "key": "sections"}, "has no key"),
        ({"word": "abc", "section": "Nowhere"}, "has no key"),
    ],
)
def test_what_cannot_be_meant_is_said(client, told, words):
    page = tried(client, **told)

    assert words in html.unescape(page)
    assert 'id="moves"' not in page


@pytest.mark.long
def test_words_from_hell_are_text(client):
    for piece in PIECES[:24]:
        page = tried(client, piece.encode("utf-8", "replace").decode())
        assert "<img" not in page
        assert "<svg" not in page
        assert 1 == page.count("<script")


def test_a_word_in_the_notation_of_another_tool_is_refused_with_what_to_write(client):
    page = " ".join(html.unescape(tried(client, "quanti(z|s)ation")).split())

    assert 'role="alert"' in page
    assert "a word is text, not a pattern; write quantization, quantisation" in page


@pytest.mark.long
def test_figures_on_fresh_labels_stand_apart_from_those_the_words_were_chosen_with(workspace):
    """The words first judged on 15 November: a decision of the 20th is fresh, the list is seen."""
    world = world_of(workspace)
    (rules,) = world.lists
    key = next(
        work.key for work, _ in world.store.verdicts.proposed(rules.list) if work.key[:2] == "ar"
    )
    at = NOW + timedelta(days=5)
    world.store.decisions.add([Decision(rules.list, key, "reject", "ada", at, reason="off topic")])
    session = ReviewSession(world_of(workspace), "ada")
    tried_word = TriedWord(rules.list, "", "unless", "language model*", add=True)

    with serving(LateSession(lambda: session)) as client:
        page = " ".join(html.unescape(tried(client, "language model*", "", "unless")).split())
    fresh, seen = session.trial.try_word(tried_word).groups

    assert ("fresh", 1) == (fresh.name, fresh.papers)
    assert ("seen", True) == (seen.name, seen.papers > 3000)
    assert page.index("On 1 fresh label: ") < page.index(f"On {seen.papers:,} seen labels: ")
    assert re.search(r"recall <strong>[^<]+</strong> <span[^>]*>\(0?\.\d+ to \.\d+\)", page)
    assert "words last changed on 2024-11-15 (by the first verdict in the store, as its " in page
