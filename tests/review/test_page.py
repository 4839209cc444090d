"""The page over HTTP, as a browser without script uses it."""

import html
import re

import pytest

from output.review.session import ReviewSession
from tests.review.serving import LateSession, serving
from tests.review.test_session import candidates, workspace, world_of  # noqa: F401 - fixtures


@pytest.fixture
def client(workspace):  # noqa: F811
    with serving(LateSession(lambda: ReviewSession(world_of(workspace), "ada"))) as client:
        yield client


def fields(page):
    """The hidden and visible values of the form that decides."""
    form = page[page.index('class="decide"') :]
    entry = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", form, re.DOTALL)[1]
    return {
        "seen": re.search(r'name="seen" value="([^"]*)"', form)[1],
        "section": html.unescape(re.search(r"<option selected>([^<]*)", form)[1]),
        "entry": html.unescape(entry),
    }


def title(page):
    return re.search(r"<title>(.*?) ·", page)[1]


def test_a_week_without_script(client, workspace):  # noqa: F811
    """Each form leads to the next work, the last one to the end, and from there to the list."""
    address = client.get("/").headers["location"]
    seen = []
    while "/item/" in address:
        page = client.get(address).text
        seen.append(title(page))
        told = {**fields(page), "act": "accept"}
        address = client.post(f"{address.partition('?')[0]}/decide", told).headers["location"]

    assert 4 == len(set(seen))
    assert "All candidates are decided" in client.get(address).text
    page = client.get("/write").text
    token = re.search(r'name="token" value="([^"]*)"', page)[1]
    assert "Write 4 entries" in page

    answer = client.post("/write", {"token": token})
    after = client.get(answer.headers["location"]).text
    assert "4 entries written" in after
    assert "git commit" not in after, "there is no repository"
    assert all(name in workspace.listed.read_text() for name in seen)


def test_a_rejection_with_one_button(client):
    address = client.get("/").headers["location"]
    page = client.get(address).text

    client.post(f"{address}/decide", {**fields(page), "reject": "off topic", "words": ""})

    assert "ada: reject, reason: off topic" in client.get(address).text


def test_a_text_that_is_no_entry_stays_before_the_person(client):
    address = client.get("/").headers["location"]
    told = {**fields(client.get(address).text), "act": "accept", "entry": "my own <b>words</b>"}

    answer = client.post(f"{address}/decide", told)

    assert 422 == answer.status
    assert "no longer one entry" in answer.text
    assert "my own &lt;b&gt;words&lt;/b&gt;" in answer.text
    assert "Earlier decisions" not in client.get(address).text


def test_a_stale_page_says_what_was_decided_meanwhile(client):
    address = client.get("/").headers["location"]
    told = fields(client.get(address).text)
    client.post(f"{address}/decide", {**told, "act": "accept"})

    answer = client.post(f"{address}/decide", {**told, "reject": "duplicate"})

    assert 409 == answer.status
    assert "You chose <strong>reject</strong>" in answer.text


def test_undo_leads_back_to_the_work(client):
    address = client.get("/").headers["location"]
    client.post(f"{address}/decide", {**fields(client.get(address).text), "act": "accept"})

    seen = re.search(r'name="seen" value="([^"]*)"', client.get(address).text)[1]
    undo = client.post("/undo", {"seen": seen})
    assert address == undo.headers["location"].partition("?")[0]
    assert "ada: undo" in client.get(address).text


def test_a_filter_goes_on_from_page_to_page(client):
    address = client.get("/?section=Quantization").headers["location"]
    page = client.get(address).text
    assert "section=Quantization" in address

    path, _, query = address.partition("?")
    answer = client.post(f"{path}/decide?{query}", {**fields(page), "act": "later"})

    assert "section=Quantization" in answer.headers["location"]
    assert "Drafts of Drafts" not in client.get(answer.headers["location"]).text.split("<aside")[1]


def test_nothing_that_can_be_done_here(client):
    address = client.get("/").headers["location"]

    assert 409 == client.post(f"{address}/decide", {"act": "destroy"}).status
    assert 404 == client.get("/item/nothing").status
    missing = client.get("/nowhere")
    assert (404, True) == (missing.status, "There is no such page" in missing.text)


def test_fields_that_no_service_knows_are_named_and_filled_in(workspace):  # noqa: F811
    """Beside the entry in the list's own form; what a person writes there goes to the list."""
    rules = workspace.root / "config" / "lists" / "efficient-llm.yaml"
    form = 'form:\n  entry: "- [{{ title }}]({{ abs }}) of {{ affiliation }}"\n'
    rules.write_text(
        re.sub(r"(?m)^(file: .*\n)", rf"\1{form}  own: {{affiliation: '?'}}\n", rules.read_text())
    )
    with serving(LateSession(lambda: ReviewSession(world_of(workspace), "ada"))) as client:
        address = client.get("/").headers["location"]
        page = client.get(address).text
        told = {**fields(page), "act": "accept"}

        assert "No service knows these, fill them in above: affiliation" in page
        assert told["entry"].endswith(" of ?")
        told["entry"] = told["entry"].replace("of ?", "of Acme")
        client.post(f"{address}/decide", told)
        token = re.search(r'name="token" value="([^"]*)"', client.get("/write").text)[1]
        client.post("/write", {"token": token})

    assert f"{told['entry']}\n" in workspace.listed.read_text()
    assert told["entry"].endswith(" of Acme")


def test_a_search_without_a_hit_says_so(client):
    """The words of the search, as text; not that all was decided."""
    found = client.get("/?words=no+such+%3Cb%3Etitle")

    assert 200 == found.status
    assert "No title has “no such &lt;b&gt;title”" in found.text
    assert "Nothing left" not in found.text
