"""
A maintainer with nothing but a browser: the body as GitHub's own Markdown shows it, in Chromium.

A click there changes the text behind the box, as GitHub's page does. With ``LISTKEEPER_PICTURES``
set, the pictures of docs/github.md are taken.
"""

import json
import os
import re
from datetime import timedelta
from html import escape
from pathlib import Path

import pytest
from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

from tests.publish.hosted import MONDAY, SYNC, git
from tests.review.browser import chromium
from tests.workspace import LIST, REPOSITORY

HOUR = timedelta(hours=1)
WEEK = "listkeeper/2024-W46"
BOX = re.compile(r"^(\s*[-*+] )\[([ x])\]", re.MULTILINE)
LOOK = """<meta charset="utf-8"><style>
body { font: 15px/1.5 sans-serif; margin: 24px; max-width: 820px; color: #1f2328 }
h2 { border-bottom: 1px solid #d1d9e0 } code { background: #eff1f3; padding: 1px 4px }
ul { padding-left: 1.4em } li:has(input) { list-style: none; margin-left: -1.2em }
pre { background: #f6f8fa; padding: 8px; font-size: 12px; white-space: pre-wrap; margin: 0 }
.add { background: #dafbe1 } .at { color: #59636e }</style>"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def picture(page, name):
    if os.environ.get("LISTKEEPER_PICTURES"):
        # Pictures are taken where no font has coloured signs.
        for sign, plain in {"✅": "✔", "❌": "✘", "🌟": "★"}.items():
            page.evaluate("([a, b]) => document.body.innerHTML ="
                          " document.body.innerHTML.replaceAll(a, b)", [sign, plain])  # fmt: skip
        page.screenshot(path=str(REPOSITORY / "docs" / name))


def rendered(body):
    """The page of a body, with boxes that can be clicked."""
    shown = github_flavored_markdown_to_html(body, options=Options.CMARK_OPT_UNSAFE)
    return LOOK + shown.replace(' disabled=""', "")


class Reader:
    """Somebody at the page of the first thread; each click is an edit of the whole body."""

    def __init__(self, hosted, page):
        self.hosted, self.page = hosted, page
        page.set_content(rendered(self.body))

    @property
    def body(self):
        return self.hosted.threads[0]["body"]

    def click(self, number, label):
        """Click the box with a label below a candidate; its event."""
        labels = self.page.locator("li:has(> input)").all_inner_texts()
        numbers = [int(n) for n in re.findall(r"<!-- (?:accept|reject) (\d+) ", self.body)]
        at = next(
            n for n, text in enumerate(labels)
            if label in text and (number is None or numbers[n] == number)
        )  # fmt: skip
        self.page.locator("li > input").nth(at).click()
        assert self.page.locator("li > input").nth(at).is_checked()
        boxes = iter(range(len(labels)))
        ticked = BOX.sub(lambda m: f"{m[1]}[x]" if next(boxes) == at else m[0], self.body)
        return self.hosted.sandbox.act("edit", "ann", number=1, body=ticked.replace("\n", "\r\n"))


@pytest.mark.long
def test_every_box_is_a_box_and_every_abstract_is_folded(hosted, browser):
    page = browser.new_page(viewport={"width": 900, "height": 640})
    reader = Reader(hosted, page)

    numbers = re.findall(r"<!-- accept (\d+) ", reader.body)
    assert [str(number) for number in range(1, len(numbers) + 1)] == numbers
    assert len(numbers) > 10, "near misses have boxes, too"
    assert 2 * len(numbers) + 1 == page.locator("li > input[type=checkbox]").count()
    assert 0 == page.locator("input:checked").count()
    assert reader.body.count("<details>") == page.locator("details > summary").count()
    assert 0 == page.locator("script, img, iframe").count()
    picture(page, "github-body.png")
    page.close()


@pytest.mark.long
def test_accept_three_move_one_reject_four_and_merge(hosted, browser):
    before = hosted.list_on("main").splitlines()
    page = browser.new_page(viewport={"width": 900, "height": 640})
    reader = Reader(hosted, page)
    keys = {number: hosted.key(number) for number in range(1, 11)}
    for number in (1, 2, 3):
        reader.click(number, "accept")
    said = "/listkeeper accept 4 in Survey\n/listkeeper reject 5 6 7 8 application papers"
    hosted.sandbox.act("comment", "ann", number=1, body=said)
    event = reader.click(None, "Apply what is ticked")

    assert 0 == hosted.event_job(event, at=MONDAY + HOUR).code
    rows = map(json.loads, hosted.file("listkeeper-state", "decisions/2024-11.jsonl").splitlines())
    rejected = {row["work_key"]: row["reason"] for row in rows if row["act"] == "reject"}
    assert {f"arxiv:{keys[n]}": "application papers" for n in (5, 6, 7, 8)} == rejected

    bare = hosted.root / "bare.git"
    diff = git(bare, "diff", f"main...{WEEK}", "--", LIST)
    lines = [f'<div class="{"add" if row[:1] == "+" else "at"}">{escape(row)}</div>'
             for row in diff.splitlines()[4:]]  # fmt: skip
    page.set_content(f"{LOOK}<pre>{''.join(lines)}</pre>")
    added = "\n".join(page.locator(".add").all_inner_texts())
    assert [1, 2, 3, 4] == [number for number, key in keys.items() if f"/abs/{key}" in added]
    picture(page, "github-diff.png")
    page.close()
    hosted.sandbox.act("merge", "ann", number=1)
    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    after = hosted.list_on("main")
    assert [1, 2, 3, 4] == [number for number, key in keys.items() if key.encode() in after]
    assert set(before) <= set(after.splitlines())
    section = after[: after.index(keys[4].encode())].rpartition(b"\n## ")[2].splitlines()[0]
    assert b"Survey" in section


def test_the_pictures_of_the_guide_are_there():
    guide = (REPOSITORY / "docs" / "github.md").read_text()
    named = re.findall(r"!\[[^\]]+\]\(([\w-]+\.png)\)", guide)

    assert ["github-body.png", "github-diff.png"] == named
    assert all(Path(REPOSITORY / "docs" / name).stat().st_size < 200_000 for name in named)
