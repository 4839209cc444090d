"""The worked example of docs/sources.md is true: one file, one line, and it is a source."""

import importlib
import re
from datetime import UTC, datetime

import pytest

import crawler.sources.registry
from sandbox.process import running
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


def test_the_guide_names_every_source():
    told = GUIDE.read_text()

    assert all(f"| `{name}` |" in told for name in crawler.sources.registry.SOURCES)
