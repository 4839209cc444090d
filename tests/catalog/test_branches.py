"""A commit that we make changes the files that it names, and nothing else of the repository."""

import os
import subprocess

import pytest

from catalog import branches
from catalog.branches import Branches
from catalog.errors import ComeBackLater, Trouble, UsageTrouble

PERSON = {
    f"GIT_{who}_{what}": "ada@example.org"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


@pytest.fixture
def git(tmp_path):
    def ask(*arguments):
        line = ["git", "-C", str(tmp_path), *arguments]
        environment = os.environ | PERSON
        return subprocess.run(line, check=True, capture_output=True, env=environment).stdout

    return ask


@pytest.fixture
def clone(tmp_path, git):
    """A repository with all that git can keep: a script, a link, a submodule, a name in latin-1."""
    git("init", "-q")
    (tmp_path / "list.md").write_text("old\n")
    (tmp_path / "run.sh").write_text("true\n")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "link.md").symlink_to("list.md")
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("latin-1\n")
    git("add", ".")
    git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    git("commit", "-q", "-m", "first")
    return Branches(tmp_path)


@pytest.mark.parametrize("name", ["list.md", "new.md", "run.sh"])
def test_whatever_is_not_named_stays_as_it_is(clone, git, name):
    head = clone.head()

    commit = clone.commit({name: b"new\n"}, head, "second")

    assert [name.encode()] == git("diff-tree", "-r", "--name-only", head, commit).split()
    assert git("ls-tree", commit, "run.sh").startswith(b"100755 blob")
    assert [(name, b"new\n")] == list(clone.read(commit, [name]))


def test_a_commit_that_changes_nothing_is_none(clone):
    assert clone.commit({"run.sh": b"true\n"}, clone.head(), "the same") is None


def test_a_file_that_is_taken_out_takes_nothing_with_it(clone, git):
    head = clone.head()

    commit = clone.commit({"run.sh": None}, head, "less")

    assert [b"D\trun.sh"] == git("diff-tree", "-r", "--name-status", head, commit).splitlines()


@pytest.mark.parametrize(("after", "who"), [(1, "ann"), (3, "")])
def test_a_shallow_clone_fetches_who_changed_a_file(tmp_path, monkeypatch, after, who):
    """Its one commit seems to have made every file; whoever made that one is nobody's signature."""
    monkeypatch.setattr(branches, "MAX_DEEPENED", 2)
    upstream = tmp_path / "upstream"

    def git(*arguments, by="ann"):
        mine = os.environ | dict.fromkeys(PERSON, by)
        subprocess.run(["git", *arguments], cwd=upstream, check=True, env=mine)

    upstream.mkdir()
    git("init", "-q", "-b", "main")
    (upstream / "page.md").write_text("- [x] accept\n")
    git("add", ".")
    git("commit", "-qm", "Tick")
    for _ in range(after):
        git("commit", "-q", "--allow-empty", "-m", "Other", by="ben")
    git("clone", "-q", "--depth", "1", upstream.as_uri(), "../job")

    assert who == Branches(tmp_path / "job").last_author("page.md")


@pytest.mark.parametrize(
    ("remote", "trouble", "reason"),
    [
        ("", UsageTrouble, "has no remote repository 'origin' ('origin' does not appear"),
        ("{folder}/gone", UsageTrouble, "/gone' does not appear to be a git repository"),
        ("nosuch://x/y", UsageTrouble, "is not a git command"),
        ("http://127.0.0.1:9/x.git", ComeBackLater, "unable to access 'http://127.0.0.1:9/x.git"),
    ],
    ids=["none", "gone", "unknown kind", "nobody there"],
)
def test_a_remote_that_is_none_is_no_matter_of_time(clone, git, tmp_path, remote, trouble, reason):
    """The reason is git's own, not the advice that it ends with."""
    if remote:
        git("remote", "add", "origin", remote.format(folder=tmp_path))

    with pytest.raises(trouble) as raised:
        clone.fetch("state")

    assert reason in str(raised.value)
    assert "repository exists" not in str(raised.value)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (".git/HEAD", r"\.git: is no repository that git can read \(not a git repository"),
        (".git", "is not in a git repository; run it in a clone"),
    ],
    ids=["broken", "none"],
)
def test_no_repository_is_not_told_as_one_without_a_remote(clone, git, tmp_path, broken, reason):
    git("remote", "add", "origin", str(tmp_path))
    (tmp_path / broken).rename(tmp_path / "away")

    with pytest.raises(UsageTrouble, match=reason):
        clone.fetch("state")


@pytest.mark.parametrize(
    ("said", "is_denied"),
    [
        ("fatal: The requested URL returned error: 403", True),
        ("git@example.org: Permission denied (publickey).", True),
        ("fatal: bad object 1403ab", False),
        ("error: cannot open '.git/FETCH_HEAD': Permission denied", False),
    ],
)
def test_a_token_is_asked_for_only_where_a_server_refuses(clone, monkeypatch, said, is_denied):
    """An id with 403 in it, and a file of this machine, had it asked for, too."""
    ended = subprocess.CompletedProcess([], 128, b"", said.encode())
    monkeypatch.setattr(Branches, "_run", lambda *_, **__: ended)

    with pytest.raises(Trouble) as raised:
        clone.fetch("state")

    assert is_denied == ("give a token" in str(raised.value))


def test_a_damaged_clone_is_not_told_as_a_hook_that_refuses(clone, git, tmp_path):
    git("init", "-q", "--bare", "server.git")
    git("remote", "add", "origin", str(tmp_path / "server.git"))
    head = clone.head()
    for file in (tmp_path / ".git" / "objects" / head[:2]).iterdir():
        file.chmod(0o644)
        file.write_bytes(b"")

    with pytest.raises(Trouble, match="git fsck") as raised:
        clone.push(head, "state", None)

    assert "hook" not in str(raised.value)


@pytest.mark.parametrize(
    ("hook", "advice"),
    [
        (".git/hooks/pre-push", "a hook of this clone refuses it"),
        ("server.git/hooks/pre-receive", "the server's own rules refuse it"),
    ],
)
def test_a_push_that_a_hook_refuses_waits_for_a_person(clone, git, tmp_path, hook, advice):
    """It was "try again later", which scheduled jobs take for a good end: nothing was ever kept."""
    git("init", "-q", "--bare", "server.git")
    git("remote", "add", "origin", str(tmp_path / "server.git"))
    (tmp_path / hook).parent.mkdir(exist_ok=True)
    (tmp_path / hook).write_text("#!/bin/sh\necho no such branches here >&2\nexit 1\n")
    (tmp_path / hook).chmod(0o755)

    with pytest.raises(Trouble, match=advice) as raised:
        clone.push(clone.head(), "state", None)

    assert 1 == raised.value.exit_code


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("fatal: unable to access 'https://x/': Could not resolve host: x", 75),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 502", 75),
        ("fatal: unable to access 'https://x/': server certificate verification failed.", 1),
        ("Host key verification failed.\nfatal: Could not read from remote repository.", 1),
        ("fatal: Unable to create '/x/.git/shallow.lock': File exists.", 75),
        ("error: insufficient permission for adding an object to repository database", 1),
        ("fatal: loose object 4c560e1 (stored in .git/objects/4c/560e1) is corrupt", 1),
        ("fatal: something that git has never said before", 1),
    ],
)
def test_only_what_another_time_may_mend_is_left_to_another_time(clone, said, code):
    assert code == clone._trouble("fetch", said).exit_code


def test_a_clone_of_another_user_says_which_command_helps(clone):
    said = "fatal: detected dubious ownership in repository at '/x'\n"
    said += "To add an exception for this directory, call:\n\n"
    said += "\tgit config --global --add safe.directory /x\n"

    trouble = clone._trouble("rev-parse", said)

    assert 2 == trouble.exit_code
    assert str(trouble).endswith("if you trust it: git config --global --add safe.directory /x")
