"""Which labels are younger than the words, by git, the store or the file."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.rules import load_list
from pipelines.rank.past_rules import rules_at
from pipelines.tuning.freshness import first_listed, split, words_age
from pipelines.tuning.labelled import Labelled, once

WORDS = "list: X\nfile: x.md\nsections:\n  - name: Pruning\n    says: [prun*]\n"


def day(number):
    return datetime(2024, 5, number, 12, tzinfo=UTC)


class Repository:
    """A folder under git whose commits are made on a day of May 2024."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q")

    def git(self, *line, at=None):
        times = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{at} +0000")
        who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
        subprocess.run(
            ["git", "-C", str(self.folder), *who, *line],
            check=True,
            capture_output=True,
            env={**os.environ, **(times if at else {})},
        )

    def commits(self, name, text, at):
        path = self.folder / name
        path.write_text(text)
        self.git("add", name)
        self.git("commit", "-q", "-m", name, at=day(at).strftime("%Y-%m-%dT%H:%M:%S"))
        return path


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def test_the_words_are_as_old_as_the_last_commit_that_changed_one(repository):
    repository.commits("x.yaml", WORDS.replace("prun*", "pruning"), at=1)
    repository.commits("x.yaml", WORDS, at=3)
    path = repository.commits("x.yaml", f"# A remark.\n{WORDS}    examples: [Pruning]\n", at=9)

    age = words_age(load_list(path))

    assert day(3) == age.since
    assert "the words last changed on 2024-05-03 (commit " in str(age)


def test_words_that_are_not_committed_are_as_old_as_the_file(repository):
    path = repository.commits("x.yaml", WORDS, at=1)
    path.write_text(WORDS.replace("prun*", "prun*, sparse"))
    os.utime(path, (day(20).timestamp(),) * 2)

    age = words_age(load_list(path))
    assert day(20) == age.since
    assert "(by the date of the file, as its last commit has other words)" in str(age)


def test_without_git_the_first_verdict_in_the_store_counts_and_else_the_file(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(WORDS)
    os.utime(path, (day(20).timestamp(),) * 2)
    rules = load_list(path)

    assert day(7) == words_age(rules, day(7)).since
    assert day(20) == words_age(rules).since
    assert "(by the date of the file, as its folder is not in a git repository)" in str(
        words_age(rules)
    )


def test_where_git_refuses_the_age_says_why(repository, monkeypatch):
    path = repository.commits("x.yaml", WORDS, at=1)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    age = words_age(load_list(path), day(7))

    assert day(7) == age.since
    assert (
        "by the first verdict in the store, as its folder is in another user's repository"
        in str(age)
    )


def test_git_outranks_the_store(repository):
    """A run with an old clock judged before the words were written."""
    path = repository.commits("x.yaml", WORDS, at=3)

    assert day(3) == words_age(load_list(path), day(1)).since


def test_an_entry_is_as_old_as_its_first_commit(repository):
    """A new count or star in its line, or a new name of the file, makes it no younger."""
    first = "- One. https://arxiv.org/abs/2401.00001v2 cited 1\n"
    repository.commits("list.md", first, at=1)
    repository.commits("list.md", first.replace("cited 1", "cited 2"), at=5)
    repository.git("mv", "list.md", "x.md")
    repository.git("commit", "-q", "-m", "renamed", at="2024-05-06T12:00:00")
    new = '{"arxiv_id": "2401.00002"}\n[Old](https://arxiv.org/abs/cs/0101001)\n'
    path = repository.commits("x.md", first + new, at=8)

    found = first_listed(path)
    assert {"2401.00001": day(1), "2401.00002": day(8), "cs/0101001": day(8)} == found.of
    assert "" == found.unknown


def test_why_git_does_not_know_is_kept(tmp_path, repository, monkeypatch):
    """A refusal is no empty history: neither for entries nor for the rules of a moment."""
    path = repository.commits("x.yaml", WORDS, at=1)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    assert "is in another user's repository" in first_listed(path).unknown
    past = rules_at(load_list(path))
    assert past(day(9)) is None
    assert "is in another user's repository" in past.unknown[0]


def test_rules_of_then_that_cannot_be_read_are_named(repository):
    repository.commits("x.yaml", "list: [", at=1)
    path = repository.commits("x.yaml", WORDS, at=5)

    past = rules_at(load_list(path))

    assert past(day(3)) is None
    assert past(day(9)) is not None
    assert 1 == len(past.unknown)


def test_a_label_of_the_same_moment_or_of_none_is_seen(repository):
    path = repository.commits("x.yaml", WORDS, at=3)
    labels = [Labelled(str(n), "", labelled_at=day(n)) for n in (2, 3, 4)]
    undated = Labelled("5", "")

    fresh, seen = split([*labels, undated], words_age(load_list(path)))

    assert [labels[2]] == fresh
    assert [*labels[:2], undated] == seen


def test_a_paper_with_several_labels_is_as_old_as_the_oldest():
    young, old = (Labelled("1", "", labelled_at=day(n)) for n in (5, 3))

    assert [day(3)] == [paper.labelled_at for paper in once([young, old])]
    assert [None] == [paper.labelled_at for paper in once([young, Labelled("1", "")])]
