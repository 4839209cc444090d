"""Files at git revisions: what stands there, that nothing does, or why git cannot tell."""

import os
import shutil
import subprocess

import pytest

from catalog.errors import UsageTrouble
from catalog.git import LOCAL_VARIABLES, added_lines, at_revision, commits

FIRST, SECOND = b"first\n", b"second\n"


def git(folder, *arguments):
    who = {f"GIT_{role}_{key}": "nobody@example.org" for role in ("AUTHOR", "COMMITTER")
           for key in ("NAME", "EMAIL")}  # fmt: skip
    line = ["git", "-C", str(folder), "-c", "protocol.file.allow=always", *arguments]
    return subprocess.run(line, check=True, capture_output=True, env=os.environ | who).stdout


@pytest.fixture
def repository(tmp_path):
    """Two commits; the file stands in a folder, and the branch is main."""
    top = tmp_path / "repository"
    (top / "config").mkdir(parents=True)
    git(top, "init", "-q", "-b", "main")
    for name, body in (("first", FIRST), ("second", SECOND)):
        (top / "config" / "rules.yaml").write_bytes(body)
        git(top, "add", ".")
        git(top, "commit", "-q", "-m", name)
    return top


@pytest.fixture
def rules(repository):
    return repository / "config" / "rules.yaml"


def hook_variables(folder):
    """What git gives a hook that runs for the work tree of a folder."""
    directory = git(folder, "rev-parse", "--absolute-git-dir").decode().strip()
    return {"GIT_DIR": directory, "GIT_INDEX_FILE": f"{directory}/index", "GIT_PREFIX": ""}


def test_file_is_read_as_it_was(rules):
    rules.write_bytes(b"third\n")

    assert (SECOND, FIRST) == (at_revision(rules, "main"), at_revision(rules, "HEAD~1"))
    assert at_revision(rules.with_name("new.yaml"), "main") is None


@pytest.mark.parametrize("work_tree", [False, True])
def test_in_a_hook_of_a_linked_work_tree_the_same_is_read_as_by_hand(
    repository, tmp_path, monkeypatch, work_tree
):
    """Git names the repository to the hook, and for it the folder is the top of the tree."""
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "-q", str(linked), "-b", "feature")
    variables = hook_variables(linked)
    if work_tree:
        variables["GIT_WORK_TREE"] = str(repository)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    path = linked / "config" / "rules.yaml"

    assert (SECOND, FIRST) == (at_revision(path, "main"), at_revision(path, "main~1"))
    assert [FIRST, SECOND] == [f"{line}\n".encode() for _, line in added_lines(path)][::-1]


def test_hook_of_another_repository_does_not_matter(repository, rules, tmp_path, monkeypatch):
    other = tmp_path / "other"
    git(tmp_path, "init", "-q", str(other))
    for name, value in hook_variables(other).items():
        monkeypatch.setenv(name, value)

    assert SECOND == at_revision(rules, "main")


def test_work_tree_apart_from_its_repository_is_read_where_the_environment_names_both(
    repository, rules, tmp_path, monkeypatch
):
    apart = tmp_path / "apart.git"
    shutil.move(repository / ".git", apart)
    monkeypatch.setenv("GIT_DIR", str(apart))
    monkeypatch.setenv("GIT_WORK_TREE", str(repository))

    assert FIRST == at_revision(rules, "HEAD~1")


def test_every_variable_of_git_that_names_a_repository_is_left_out():
    """Those that only configure git stay: they may say whose repository is trusted."""
    told = set(git(".", "rev-parse", "--local-env-vars").decode().split())
    configure = {"GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}
    others = {"GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_INTERNAL_SUPER_PREFIX"}

    assert told - configure - others <= LOCAL_VARIABLES


def test_other_owners_repository_says_whose_it_is_and_which_command_helps(
    rules, tmp_path, monkeypatch
):
    (tmp_path / "trusts-nobody").write_text("")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "trusts-nobody"))

    with pytest.raises(UsageTrouble) as raised:
        at_revision(rules, "main")

    assert "dubious ownership" in str(raised.value)
    assert f"git config --global --add safe.directory {rules.parents[1]}" in str(raised.value)
    with pytest.raises(UsageTrouble, match="dubious ownership"):
        list(commits(rules))


def test_missing_object_is_an_error_and_not_a_missing_file(repository, rules):
    """A repository that lost a blob: the file was there."""
    blob = git(repository, "rev-parse", "main:config/rules.yaml").decode().strip()
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    with pytest.raises(UsageTrouble, match="cannot be read by git cat-file"):
        at_revision(rules, "main")


def test_revision_whose_commit_is_lost_is_no_unknown_name(repository, rules):
    commit = git(repository, "rev-parse", "main").decode().strip()
    (repository / ".git" / "objects" / commit[:2] / commit[2:]).unlink()

    with pytest.raises(UsageTrouble, match=f"cannot be read: git has lost {commit[:12]}"):
        at_revision(rules, "main")


def test_bare_repository_has_no_files(repository, tmp_path):
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare))
    (bare / "rules.yaml").write_bytes(FIRST)

    with pytest.raises(UsageTrouble, match="must be run in a work tree"):
        at_revision(bare / "rules.yaml", "main")


def test_work_tree_of_a_bare_repository_is_one_like_any_other(repository, tmp_path):
    bare, linked = tmp_path / "bare.git", tmp_path / "linked"
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare))
    git(bare, "worktree", "add", "-q", str(linked), "main")

    assert FIRST == at_revision(linked / "config" / "rules.yaml", "main~1")


def test_shallow_clone_has_no_history_and_says_so(repository, tmp_path):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", str(clone))
    path = clone / "config" / "rules.yaml"

    assert SECOND == at_revision(path, "main")
    with pytest.raises(UsageTrouble, match="is not in this shallow clone; git fetch --unshallow"):
        at_revision(path, "main~1")
    with pytest.raises(UsageTrouble, match="is a shallow clone"):
        list(commits(path))


def test_branch_that_only_the_remote_has_is_named(repository, tmp_path):
    git(repository, "branch", "other")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))

    with pytest.raises(UsageTrouble, match="'other': is no branch here; write origin/other"):
        at_revision(clone / "config" / "rules.yaml", "other")


@pytest.mark.parametrize("revision", ["HEAD", "main"])
def test_branch_without_a_commit_says_so(tmp_path, revision):
    git(tmp_path, "init", "-q", "-b", "main", ".")
    (tmp_path / "rules.yaml").write_bytes(FIRST)

    with pytest.raises(UsageTrouble, match=f"'{revision}': has no commit yet"):
        at_revision(tmp_path / "rules.yaml", revision)
    assert [] == list(commits(tmp_path / "rules.yaml"))


def test_what_is_no_commit_says_so(repository, rules):
    git(repository, "tag", "blob", "main:config/rules.yaml")

    with pytest.raises(UsageTrouble, match="'blob': names no commit"):
        at_revision(rules, "blob")


def test_file_that_was_a_link_is_not_taken_for_rules(repository):
    link = repository / "config" / "link.yaml"
    link.symlink_to("rules.yaml")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "link")
    link.unlink()
    link.write_bytes(FIRST)

    with pytest.raises(UsageTrouble, match="is a link or a folder there"):
        at_revision(link, "main")


def test_a_folder_that_git_has_lost_is_no_empty_one(repository, rules):
    """The refusal names git's own command, not an option of ours."""
    tree = git(repository, "rev-parse", "HEAD^{tree}").decode().strip()
    (repository / ".git" / "objects" / tree[:2] / tree[2:]).unlink()

    with pytest.raises(UsageTrouble, match="cannot be read by git ls-tree"):
        at_revision(rules, "HEAD")


def test_what_was_below_a_link_or_a_submodule_is_not_taken_for_nothing(repository, tmp_path):
    """The files may have been there, in a place that this repository's trees do not hold."""
    git(repository, "submodule", "add", "-q", str(repository), "theirs")
    (repository / "linked").symlink_to("config")
    (repository / "file").write_bytes(FIRST)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "links")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    for name in ("linked", "file"):
        (clone / name).unlink()
    for name in ("linked", "theirs", "file"):
        (clone / name).mkdir(exist_ok=True)

    for name, kind in (("linked", "link"), ("theirs", "submodule")):
        with pytest.raises(UsageTrouble, match=f"main:{name}: is a {kind} there"):
            at_revision(clone / name / "rules.yaml", "main")
    assert at_revision(clone / "file" / "rules.yaml", "main") is None
    assert SECOND == at_revision(repository / "theirs" / "config" / "rules.yaml", "main")


def test_detached_and_renamed_heads_are_read_as_they_are(repository, rules):
    git(repository, "branch", "-m", "main", "trunk")
    git(repository, "checkout", "-q", "--detach", "HEAD~1")

    assert (FIRST, SECOND) == (at_revision(rules, "HEAD"), at_revision(rules, "trunk"))
    assert 1 == len(list(commits(rules)))
    with pytest.raises(UsageTrouble, match="'main': is neither a revision nor a file"):
        at_revision(rules, "main")


@pytest.mark.parametrize("name", ["li st's #? ü\n.yaml", "[a]*.yaml", ":(top)x.yaml", "-x.yaml"])
def test_any_name_is_only_a_name(repository, name):
    path = repository / "con fig" / name
    path.parent.mkdir()
    path.write_bytes(FIRST)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "odd")

    assert FIRST == at_revision(path, "HEAD")
    assert 1 == len(list(commits(path)))


def test_a_work_tree_elsewhere_is_told(repository, rules, tmp_path):
    git(repository, "config", "core.worktree", str(tmp_path / "elsewhere"))

    for ask in (lambda: at_revision(rules, "main"), lambda: list(commits(rules))):
        with pytest.raises(UsageTrouble, match="is outside of the work tree"):
            ask()


def test_a_repository_that_has_moved_away_is_not_taken_for_none(repository, tmp_path):
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "-q", str(linked), "-b", "feature")
    repository.rename(tmp_path / "moved")

    with pytest.raises(
        UsageTrouble, match=r"linked/.git: is no repository that git can read \(not"
    ):
        at_revision(linked / "config" / "rules.yaml", "feature")
