"""Several lists of one maintainer, one of them in a repository of its own: one crawl for all."""

import subprocess
from collections import Counter
from datetime import UTC, datetime

import pytest
import yaml

from sandbox.process import running
from tests.guides import blocks
from tests.workspace import LIST, REPOSITORY, Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)


@pytest.mark.long
def test_lists_in_two_repositories_share_one_crawl(tmp_path):
    """
    Each gets its digest, every source is asked once, and each list is written in its clone.

    `apply` without a page takes the newest one of each.
    """
    workspace = Workspace(tmp_path / "mine")
    (block,) = blocks("several", language="yaml")
    assert "config/lists/robots.yaml" in block.text
    told = yaml.safe_load(block.text)
    other = (workspace.root / told["file"]).parent
    other.mkdir()
    text = (REPOSITORY / LIST).read_text()
    (other / "README.md").write_text(text.replace("Efficient LLM", "Small Models"))
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    rules = workspace.root / "config" / "lists"
    second = (rules / "efficient-llm.yaml").read_text().replace("Efficient LLM", "Small Models")
    second = second.replace("lists/efficient-llm.md", told["file"])
    (rules / "robots.yaml").write_text(second)

    with running(now=TUESDAY, profile={"invented": False}) as outside:
        workspace.outside.update(outside.environment())
        ended = workspace.run("run", "--json", as_of=TUESDAY)
        asked = Counter(
            one["path"] for one in outside.seen() if one["path"].startswith(("/rss", "/api/daily"))
        )

    assert 0 == ended.code, ended.err
    assert asked
    assert {1} == set(asked.values())
    pages = sorted(
        str(page.relative_to(workspace.root)) for page in workspace.root.rglob("*W46.md")
    )
    assert 2 == len(pages), pages
    page = "digests/robots-2024-W46.md"
    assert page in pages
    ticked = (workspace.root / page).read_text().replace("- [ ] accept", "- [x] accept", 1)
    (workspace.root / page).write_text(ticked)
    before = workspace.listed.read_bytes()

    first = next(one for one in pages if one != page)
    mine = (workspace.root / first).read_text().replace("- [ ] accept", "- [x] accept", 1)
    (workspace.root / first).write_text(mine)

    both = workspace.run("apply", "--dry-run", as_of=TUESDAY)
    applied = workspace.run("apply", str(workspace.root / page), as_of=TUESDAY)
    rest = workspace.run("apply", as_of=TUESDAY)

    assert 0 == applied.code, applied.err
    assert (0, 0) == (both.code, rest.code), both.err + rest.err
    for name in ("Efficient LLM", "Small Models"):
        assert f"{name}: would be decided: 1 accept" in both.out
    assert f"+++ b/{told['file']}\n" in both.out, "each list by its path"
    assert f"+++ b/{LIST}\n" in both.out
    assert "Small Models: nothing new" in rest.out
    assert "Efficient LLM: decided: 1 accept" in rest.out
    assert before != workspace.listed.read_bytes()
    changed = (other / "README.md").read_text()
    assert 3 < len(changed.splitlines()) - len(text.splitlines()) < 8


@pytest.mark.long
def test_one_command_sets_up_several_lists(tmp_path, monkeypatch):
    from cli.main import code_of

    text = (REPOSITORY / LIST).read_text()
    for name, title in (("README.md", "Efficient LLM"), ("robots.md", "Robots")):
        (tmp_path / name).write_text(text.replace("Efficient LLM", title))
    monkeypatch.chdir(tmp_path)

    assert 0 == code_of(["init", "README.md", "robots.md", "--no-look", "--quiet"])
    assert 2 == len(list(tmp_path.glob("config/lists/*.yaml")))
    assert 0 == code_of(["rules", "check", "--quiet"])


def test_two_lists_that_would_share_a_name_are_refused(tmp_path):
    """Their digests would overwrite each other."""
    workspace = Workspace(tmp_path)
    rules = workspace.root / "config" / "lists"
    text = (rules / "efficient-llm.yaml").read_text().replace("list: Efficient LLM", "list: Other")
    (rules / "other.yaml").write_text(
        text.replace("lists/efficient-llm.md", "efficient-llm/README.md")
    )

    ended = workspace.run("rules", "check")

    assert 2 == ended.code
    assert 'would share the name "efficient-llm"' in ended.err
