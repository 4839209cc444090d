"""``listkeeper watch``: what changed about listed works is told, and no file changes."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.process import running
from tests.guides import blocks, words
from tests.workspace import Workspace

MONDAY = datetime(2024, 12, 2, 6, 17, tzinfo=UTC)
DAY = timedelta(days=1)
LISTED = """# Watched

## Papers

- **QTIP: Quantization with Trellises, Not Codebooks**, `arXiv, 2406.11235`, \
[arxiv](http://arxiv.org/abs/2406.11235v1), [pdf](http://arxiv.org/pdf/2406.11235v1.pdf), \
cication: [**-1**](None)

\t *Albert Tseng, Qingyao Sun, David Hou, Christopher De Sa* · \
([llama.cpp](https://github.com/ggerganov/llama.cpp) - ggerganov) \
![Star](https://img.shields.io/github/stars/ggerganov/llama.cpp.svg?style=social&label=Star) \
· ([watched](https://watched.example/gone))

## Links

- [A post that is still there](https://watched.example/alive)
- [**archived**](https://github.com/test/archived) - test \
![Star](https://img.shields.io/github/stars/test/archived.svg?style=social&label=Star)
- [Never there](https://github.com/test/never-there)
- [Soft](https://watched.example/soft)
- [Home](https://watched.example/led-home)
- [Renamed](https://watched.example/renamed)
- [For now](https://watched.example/for-now)
- [Gone](https://watched.example/gone)
- [Broken](https://watched.example/broken)
- [Door](https://watched.example/door)
- [Closed](https://closed.example/post)
"""


@pytest.fixture(scope="module")
def outside():
    with running(now=MONDAY) as sandbox:
        yield sandbox


@pytest.fixture
def home(tmp_path, outside):
    """A folder whose list has one of everything; the outside forgets what it saw."""
    outside.forget_seen()
    pages = {"LISTKEEPER_PAGES_URL": outside.url}
    workspace = Workspace(tmp_path, {**outside.environment(), **pages})
    workspace.listed.write_text(LISTED)
    return workspace


def told(ended):
    return {(item["kind"], item["line"]): item for item in ended.report["items"]}


@pytest.mark.long
def test_a_year_of_one_list(home, outside):
    """Everything once, with line, evidence and command; failures on three days; then silence."""
    first = home.json("watch", as_of=MONDAY)
    items = told(first)

    assert 1 == first.code, first.err
    assert LISTED == home.listed.read_text()
    assert [
        ("title", 5),
        ("link", 7),
        ("repository", 7),
        ("repository", 12),
        ("repository", 13),
        ("link", 14),
        ("link", 15),
        ("link", 16),
        ("link", 18),
    ] == list(items)
    assert (
        "QTIP: Quantization with Trellises and Incoherence Processing"
        in (items["title", 5]["evidence"])
    )
    assert "has moved to https://github.com/ggml-org/llama.cpp" in items["repository", 7]["what"]
    assert not items["repository", 12]["needs"]
    assert (
        "listkeeper list remove https://github.com/test/never-there"
        == (items["repository", 13]["do"])
    )
    assert "its title is 'Page not found | Watched'" in items["link", 14]["evidence"]
    assert "HTTP 410" in items["link", 18]["evidence"]

    outside.forget_seen()
    again = home.json("watch", as_of=MONDAY + timedelta(hours=2))

    assert items == told(again)
    assert [] == [visit["path"] for visit in outside.seen()]

    second = home.json("watch", as_of=MONDAY + DAY)
    third = home.json("watch", as_of=MONDAY + 2 * DAY)

    asked = {visit["path"] for visit in outside.seen() if visit["part"] == "page"}
    assert {"/page/watched.example/broken"} == asked
    assert items == told(second)
    assert {("link", 19)} == set(told(third)) - set(items)
    assert "3 days in a row" in told(third)["link", 19]["evidence"]

    before = home.snapshot()
    left = home.run("watch", "--leave", "https://watched.example/soft", as_of=MONDAY + 3 * DAY)
    shown = home.json("watch", "--no-look", as_of=MONDAY + 3 * DAY)

    assert (1, 0, 0, 1, 0) == (first.code, again.code, second.code, third.code, left.code)
    assert ("link", 14) not in told(shown)
    assert before == home.snapshot()
    assert 2 == home.run("watch", "--leave", "2406.00001", as_of=MONDAY).code

    home.run("digest", as_of=MONDAY)
    home.run("digest", as_of=MONDAY + 7 * DAY)
    assert "Watch: 9 findings about listed entries" in home.page("2024-W49").read_text()
    assert "Watch:" not in home.page("2024-W50").read_text()
    assert "9 findings about listed entries" in home.run("status", as_of=MONDAY).out

    outside.forget_seen()
    home.run("watch", as_of=MONDAY + 28 * DAY)
    statuses = [visit["status"] for visit in outside.seen() if visit["service"] == "github"]
    assert [200, 301, 304, 404] == sorted(statuses), "what has not changed is known by its mark"


def test_what_was_told_stays_told_in_a_copy_of_the_folder(home, tmp_path_factory):
    """A clone on another machine, or a folder that was moved, has the list at another path."""
    first = home.run("watch", as_of=MONDAY)
    copy = home.copy(tmp_path_factory.mktemp("elsewhere") / "list")

    again = copy.run("watch", "--no-look", as_of=MONDAY)

    assert (1, 0) == (first.code, again.code), again.out


@pytest.mark.long
def test_moved_addresses_are_mended_when_told(home):
    """The link, its label, its owner and its badge; nothing else, and only once."""
    home.run("watch", as_of=MONDAY)

    dry = home.run("watch", "--fix", "moved", "--dry-run", as_of=MONDAY)
    assert LISTED == home.listed.read_text()
    done = home.run("watch", "--fix", "moved", as_of=MONDAY)
    twice = home.run("watch", "--fix", "moved", as_of=MONDAY)

    assert 0 == dry.code == done.code == twice.code
    assert dry.out == done.out
    wanted = LISTED.replace("ggerganov", "ggml-org").replace(
        "https://watched.example/renamed", "https://new.watched.example/renamed"
    )
    assert wanted == home.listed.read_text()
    assert "nothing to change" in twice.out
    assert 2 == home.run("watch", "--fix", "everything", as_of=MONDAY).code

    undone = home.run("undo", as_of=MONDAY)

    assert LISTED == home.listed.read_text()
    assert "undid the edit of 2 December" in undone.out


@pytest.mark.long
def test_every_command_of_the_guide_runs(home, monkeypatch):
    """In its order, in a folder where each of them finds something to do."""
    home.run("watch", as_of=MONDAY)
    monkeypatch.chdir(home.root)

    commands = [line for block in blocks("watch", language="console") for line in block.commands]
    here = {"https://example.org/post": "https://watched.example/soft"}
    lines = [[here.get(word, word) for word in words(command)] for command in commands]
    ended = [(home.run(*line, as_of=MONDAY).code, line) for line in lines]

    assert len(ended) >= 6
    assert [] == [one for one in ended if one[0]]


@pytest.mark.long
def test_titles_and_dead_links_are_mended_when_told(home):
    """arXiv's title folded as arXiv folds it; a link goes, an entry about the link stays."""
    home.run("watch", as_of=MONDAY)

    titled = home.run("watch", "--fix", "title", "--only", "2406.11235", as_of=MONDAY)
    lone = home.run("watch", "--fix", "dead", as_of=MONDAY)

    assert 0 == titled.code == lone.code, titled.err + lone.err
    wanted = LISTED.replace(
        "QTIP: Quantization with Trellises, Not Codebooks",
        "QTIP: Quantization with Trellises and Incoherence Processing",
    ).replace(" · ([watched](https://watched.example/gone))", "")
    assert wanted == home.listed.read_text()
    assert "nothing to change" in home.run("watch", "--fix", "title", as_of=MONDAY).out
    elsewhere = home.run("watch", "--fix", "dead", "--only", "2406.11235", as_of=MONDAY)
    assert (2, True) == (elsewhere.code, "'dead' has nothing to fix for" in elsewhere.err)
    assert 2 == home.run("watch", "--only", "2406.11235", as_of=MONDAY).code

    home.run("undo", as_of=MONDAY)
    home.run("undo", as_of=MONDAY)

    assert LISTED == home.listed.read_text()


def test_services_that_fail_call_nobody_and_change_nothing(home, outside):
    """arXiv is away, GitHub says our token back: the run names both, and keeps the token for it."""
    canary = home.outside["LISTKEEPER_GITHUB_TOKEN"] = "canary-git-41"
    outside.set_fault("api", "503")
    outside.set_fault("github", "echo=401")
    try:
        ended = home.json("watch", as_of=MONDAY)
    finally:
        for service in ("api", "github"):
            outside.set_fault(service, None)

    kinds = {item["kind"] for item in ended.report["items"]}
    assert {"link"} == kinds
    assert ["BROKEN"] == [source["word"] for source in ended.report["sources"]]
    assert any("repositories looked at; HTTP 401" in note for note in ended.report["notes"])
    sent = {v["headers"].get("authorization") for v in outside.seen() if v["service"] == "github"}
    assert {f"Bearer {canary}"} == sent
    files = [path.read_bytes() for path in home.root.rglob("*") if path.is_file()]
    assert not [said for said in (*files, ended.out.encode()) if canary.encode() in said]
