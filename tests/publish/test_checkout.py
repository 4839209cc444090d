"""A repository that publishes nothing: digests are committed, and committed ticks carried out."""

import json
from datetime import timedelta

import pytest

from catalog.branches import Branches
from catalog.errors import ComeBackLater
from output.publish.changes import commit_files
from sandbox.process import running
from tests.publish.hosted import DAILY, MONDAY, Hosted, git

PAGE = "digests/2024-W46.md"


@pytest.fixture
def plain(tmp_path):
    with running(now=MONDAY, profile={"invented": False}) as sandbox:
        hosted = Hosted(tmp_path, sandbox)
        hosted.remove("config/publish.yaml")
        yield hosted


@pytest.mark.long
def test_ticks_committed_to_a_digest_are_carried_out_by_the_next_run(plain):
    (first,) = plain.job(*DAILY, at=MONDAY)
    assert 0 == first.code, first
    text = plain.file("main", PAGE).decode()
    start = text.index("<!-- candidate 1 ")
    key = text[start:].split("arxiv:")[1].split(" ")[0]
    text = text[:start] + text[start:].replace("- [ ] accept", "- [x] accept", 1)
    plain.sandbox.act("commit", "ann", branch="main", path=PAGE, text=text)

    (second,) = plain.job(*DAILY, at=MONDAY + timedelta(days=1))

    assert 0 == second.code, second
    assert key.encode() in plain.list_on("main")
    assert [] == plain.threads
    rows = map(json.loads, plain.file("listkeeper-state", "decisions/2024-11.jsonl").splitlines())
    assert {"ann"} == {row["who"] for row in rows}, "not the runner's own user"
    refs = plain.refs()
    (third,) = plain.job(("sync",), at=MONDAY + timedelta(days=1, hours=1))
    assert 0 == third.code
    assert refs["refs/heads/main"] == plain.refs()["refs/heads/main"]


@pytest.mark.long
def test_a_remark_without_a_tick_is_asked_about_and_fails_one_job(plain):
    plain.job(*DAILY, at=MONDAY)
    text = plain.file("main", PAGE).decode()
    at = text.index("<!-- candidate 1 ")
    text = text[:at] + text[at:].replace("\n", "\nToo long for us!\n", 1)
    plain.sandbox.act("commit", "ann", branch="main", path=PAGE, text=text)
    before = plain.list_on("main")

    jobs = (("state", "pull"), ("sync",), ("state", "push"))
    ended = [plain.job(*jobs, at=MONDAY + timedelta(hours=n))[1] for n in (1, 2)]

    assert [1, 0] == [one.code for one in ended], ended
    assert all("Too long for us!" in one.out for one in ended)
    assert before == plain.list_on("main")


@pytest.fixture
def person(tmp_path, monkeypatch):
    """Commits a line to a file of the default branch while a job is at work in `job`."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ann@example.org")
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "bare.git")
    git(tmp_path, "clone", "-q", "bare.git", "person")

    def commits(path, text):
        (tmp_path / "person" / path).write_text(text)
        git(tmp_path / "person", "add", "-A")
        git(tmp_path / "person", "commit", "-q", "-m", f"Ann's {path}")
        git(tmp_path / "person", "push", "-q", "origin", "HEAD:main")

    commits("list.md", "old\n")
    git(tmp_path, "clone", "-q", "bare.git", "job")
    return commits


def test_a_merge_during_the_job_costs_no_digest(person, tmp_path):
    """The page goes on top of what somebody pushed meanwhile; nothing of theirs is lost."""
    person("list.md", "a person's line\n")

    commit_files(Branches(tmp_path / "job"), {"W46.md": b"page\n", "list.md": b"old\n"}, "Digest")

    shown = git(tmp_path / "bare.git", "log", "--format=%s", "main").split("\n")
    assert ["Digest", "Ann's list.md", "Ann's list.md"] == shown[:3]
    assert "a person's line\n" == git(tmp_path / "bare.git", "show", "main:list.md")
    assert "page\n" == git(tmp_path / "bare.git", "show", "main:W46.md")


def test_a_merge_between_fetch_and_push_costs_no_digest_either(person, tmp_path, monkeypatch):
    branches, pushed = Branches(tmp_path / "job"), []
    really = Branches.push

    def late(self, *rest):
        if not pushed:
            pushed.append(1)
            person("other.md", "in the last moment\n")
        return really(self, *rest)

    monkeypatch.setattr(Branches, "push", late)

    assert commit_files(branches, {"W46.md": b"page\n"}, "Digest")
    assert "page\n" == git(tmp_path / "bare.git", "show", "main:W46.md")
    assert "in the last moment\n" == git(tmp_path / "bare.git", "show", "main:other.md")


def test_a_list_that_somebody_changed_too_is_left_to_the_next_run(person, tmp_path):
    person("list.md", "a person's line\n")

    with pytest.raises(ComeBackLater, match=r"list\.md: was changed by somebody"):
        commit_files(Branches(tmp_path / "job"), {"list.md": b"old\nours\n"}, "Digest")

    assert "a person's line\n" == git(tmp_path / "bare.git", "show", "main:list.md")
