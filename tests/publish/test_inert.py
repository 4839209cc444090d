"""No title does anything where the week is told besides the forge: mail, chat and site."""

import json
import re
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from catalog.store import Store
from config.channels import MailSettings
from config.strict import validate
from output.digest.model import from_json
from output.publish.channels.mail import compose
from output.publish.channels.site import site_files
from output.publish.channels.week import Week
from tests.output.test_escape import HOSTILE
from tests.publish.channels import WEEK
from tests.review.week import NOW

TITLES = {
    **HOSTILE,
    "references": "fixes #12, GH-12 and o/r#3, thanks @octocat [skip ci]",
    "chat": "<!channel> <@U1> @everyone @here <https://evil.example|here>",
    "header": "A Title\r\nBcc: everybody@evil.example\r\n\r\nA body",
}
SETTINGS = validate(
    MailSettings, {"to": ["ada@list.example"], "host": "127.0.0.1", "from": "list@list.example"}
)


class Elements(HTMLParser):
    """The elements of a page with the names of their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        # Words that speak for a section are marked where they stand.
        if tag != "mark":
            self.found.append((tag, *(name for name, _ in attrs)))


def tags(feed):
    return [one.tag for one in ElementTree.fromstring(feed).iter()]


def elements(page):
    return Elements(page).found


@pytest.fixture(scope="module")
def kept(with_week):
    """A week's digest as the store has it."""
    with closing(Store(with_week.root / ".listkeeper" / "listkeeper.db")) as store:
        return store.digests.get("Efficient LLM", WEEK)


def titled(kept, title):
    """The digest with this title, abstract and author for each of its candidates; it matched."""
    why = [{"field": "title", "word": "a title", "start": 0, "end": len(title)}]
    items = [item | {"title": title, "abstract": title, "authors": [title], "why": why}
             for item in kept.body["candidates"][:3]]  # fmt: skip
    body = kept.body | {"candidates": items, "near_misses": [], "second_chances": [], "named": []}
    return replace(kept, body=body)


def week(kept, title):
    return Week(
        "Efficient LLM", WEEK, from_json(titled(kept, title).body), (), "https://x.example/1"
    )


@pytest.mark.parametrize("name", TITLES)
def test_in_mail(kept, name):
    plain, letter = (
        compose(week(kept, title), SETTINGS, "ada@list.example", NOW)
        for title in ("A Title", TITLES[name])
    )

    assert plain.keys() == letter.keys()
    assert plain["Subject"] == letter["Subject"]
    pages = [one.get_body(("html",)).get_content() for one in (plain, letter)]
    assert elements(pages[0]) == elements(pages[1])
    texts = [one.get_body(("plain",)).get_content().splitlines() for one in (plain, letter)]
    assert len(texts[0]) == len(texts[1])
    assert not any(line.lower().startswith("bcc:") for line in texts[1])


@pytest.mark.parametrize("name", TITLES)
def test_in_a_chat(kept, name):
    text = week(kept, TITLES[name]).chat()

    lines = text.splitlines()
    assert 5 == len(lines)
    assert "https://x.example/1" == lines[-1]
    said = "\n".join(lines[:-1])
    assert [] == [sign for sign in "<>@[]`#*_&\r" if sign in said]
    assert re.search(r"://|www\.", said) is None


@pytest.mark.parametrize("name", TITLES)
def test_on_the_site(kept, tmp_path, name):
    sites = []
    for title in ("A Title", TITLES[name]):
        with closing(Store(tmp_path / str(len(sites)) / "listkeeper.db")) as store:
            store.digests.save(titled(kept, title))
            sites.append(site_files(store, {"Efficient LLM": "efficient-llm"}))

    plain, hostile = sites
    assert plain.keys() == hostile.keys()
    for path, page in hostile.items():
        if path.endswith(".html"):
            assert elements(plain[path].decode()) == elements(page.decode()), path
        elif path.endswith(".atom"):
            assert tags(plain[path]) == tags(page)
        elif path.endswith(".json"):
            assert len(json.loads(plain[path])["items"]) == len(json.loads(page)["items"])
