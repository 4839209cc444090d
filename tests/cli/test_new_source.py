"""What docs/sources.md adds is read: feeds by their lines, a source by one file and one line."""

import importlib
import re
from datetime import UTC, datetime

import pytest

import crawler.sources.registry
from sandbox.process import running
from tests.guides import blocks
from tests.workspace import REPOSITORY, Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
GUIDE = REPOSITORY / "docs" / "sources.md"


@pytest.fixture
def news(tmp_path, monkeypatch):
    """The example as a module, and in the registry by a line of its own."""
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    (tmp_path / "example_of_a_source.py").write_text(example)
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("example_of_a_source")
    monkeypatch.setitem(crawler.sources.registry.SOURCES, module.NAME, module)
    return module


@pytest.mark.long
def test_the_worked_example_is_a_source(news, tmp_path):
    """It is asked once, politely, and what it shows are candidates; its papers are looked up."""
    with running(now=TUESDAY) as outside:
        workspace = Workspace(tmp_path / "here", outside.environment())
        (workspace.root / "config" / "sources.yaml").write_text(
            "arxiv: {feeds: [cs.CL]}\nalso: [news]\n"
        )

        ended = workspace.json("discover", "--source", "news", as_of=TUESDAY)
        seen = [visit["path"] for visit in outside.seen() if visit["service"] != "arxiv"]

    assert (0, "OK") == (ended.code, ended.word("news")), ended.err
    assert "2 items, 3 new" == ended.report["sources"][0]["reason"]
    assert ["/robots.txt", "/page/news.example.org/feed.json"] == seen
    assert 1 == ended.report["counts"]["discover/looked-up"]


@pytest.mark.long
def test_the_feeds_of_the_guide_are_read(tmp_path):
    """The next run says of them what the page shows, and nothing of one that was taken out."""
    (feeds,) = blocks("sources", language="yaml")
    report = next(one for one in blocks("sources", language="text") if "feeds/" in one.text)
    with running(now=TUESDAY) as outside:
        workspace = Workspace(tmp_path / "here", outside.environment())
        settings = workspace.root / "config" / "sources.yaml"
        settings.write_text(f"arxiv: {{feeds: [cs.CL]}}\n{feeds.text}")
        added = workspace.run("discover", "--source", "feeds", as_of=TUESDAY)
        settings.write_text(settings.read_text().partition("  - name: talks")[0])
        taken_out = workspace.run("discover", "--source", "feeds", as_of=TUESDAY)

    assert (0, 0) == (added.code, taken_out.code), added.err + taken_out.err
    assert report.text in added.out
    assert "feeds/bair" in taken_out.out
    assert "feeds/talks" not in taken_out.out


def test_the_guide_names_every_source():
    told = GUIDE.read_text()

    assert all(f"| `{name}` |" in told for name in crawler.sources.registry.SOURCES)
