"""`rules diff` against a revision of git: what is one, and what could not be read then."""

import pytest

from catalog.errors import UsageTrouble
from catalog.git import at_revision
from tests.cli.test_rules_diff import RULES, git, kept, workspace

__all__ = ["kept", "workspace"]


def test_diff_against_a_file_needs_no_git(workspace, rules, tmp_path):
    old = tmp_path / "old.yaml"
    old.write_text(RULES.replace("[decoding]", "[cache]"))

    ended = workspace.run("rules", "diff", str(old))

    assert 0 == ended.code, ended.err
    assert "lost 2" in ended.out


@pytest.mark.parametrize("broken", ["before", "now"])
def test_broken_yaml_in_either_version_is_named_with_its_line(kept, rules, broken):
    wrong = RULES.replace("says: [decoding]", "say: [decoding]")
    rules.write_text(wrong)
    if broken == "before":
        git(kept.root, "commit", "-q", "-a", "-m", "wrong")
        rules.write_text(RULES)

    ended, page = kept.run("rules", "diff"), kept.run("rules", "diff", "--markdown")

    where = "HEAD:config/lists/efficient-llm.yaml:8" if broken == "before" else f"{rules}:8"
    assert (2, 2) == (ended.code, page.code)
    assert f'{where}: Inference › say: unknown key "say"; did you mean says?' in ended.err
    assert "did you mean says?" in page.out


@pytest.mark.parametrize(
    "revision", ["nowhere", "--output=stolen", "HEAD:README.md", "HEAD^{/x\n}", ""]
)
def test_what_is_no_revision_is_refused(kept, rules, revision):
    """No option for git, and no other file than the rules."""
    with pytest.raises(UsageTrouble, match="is neither a revision nor a file; name a branch"):
        at_revision(rules, revision)

    assert not (kept.root / "stolen").exists()


def test_a_revision_that_does_not_exist_is_usage(kept):
    assert 2 == kept.run("rules", "diff", "nowhere").code


def test_without_git_a_file_is_asked_for(workspace, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(workspace.root.parent))

    ended = workspace.run("rules", "diff")

    assert 2 == ended.code
    assert "is not in a git repository; name a file: rules diff OLD.yaml" in ended.err


def test_a_list_that_is_new_is_no_trouble(kept, rules):
    """A pull request that adds a list: there is nothing to compare it with."""
    other = rules.with_name("other.yaml")
    other.write_text(RULES.replace("list: Efficient LLM", "list: Other").replace("efficient-", "o"))
    (kept.root / "lists" / "ollm.md").write_text("# O\n")

    ended = kept.run("rules", "diff")

    assert 0 == ended.code, ended.err
    assert "Other: new, nothing to compare with" in ended.out
    assert "no difference: the rules are the same" in ended.out


def test_rules_under_a_new_name_are_compared_with_those_under_the_old_one(kept, rules):
    """A rename is no new list: papers that its change loses are told."""
    renamed = rules.with_name("llm.yaml")
    rules.rename(renamed)
    labels = rules.with_name("efficient-llm.labelled.jsonl")
    labels.rename(rules.with_name("llm.labelled.jsonl"))
    renamed.write_text(RULES.replace("[decoding]", "[cache]"))

    ended = kept.run("rules", "diff")

    assert 0 == ended.code, ended.err
    assert "nothing to compare with" not in ended.out
    assert "\n  - Inference › says: decoding\n  + Inference › says: cache\n" in ended.out
    assert "2401.00002 Inference: A cache of keys" in ended.out


def test_rules_that_could_not_be_read_before_are_not_taken_for_none(kept, rules):
    """The old file may be the list's, so nobody says that the list is new."""
    whole = rules.read_text()
    rules.write_text("sections: [")
    git(kept.root, "commit", "-q", "-a", "-m", "broken")
    rules.unlink()
    rules.with_name("llm.yaml").write_text(whole)

    ended = kept.run("rules", "diff")

    assert 2 == ended.code
    assert "efficient-llm.yaml:" in ended.err
    assert "new, nothing to compare with" not in ended.out
