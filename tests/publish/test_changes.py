"""Counts and links that a job changed: a pull request that a person merges, or written directly."""

from datetime import timedelta

import pytest

from sandbox.process import running
from tests.publish.hosted import MONDAY, NAME, Hosted, git
from tests.workspace import LIST

SUNDAY = MONDAY + timedelta(days=6)
WEEK = timedelta(days=7)
BRANCH = "listkeeper/citations"
COUNTS = (("ci", "citations"),)
ENTRY = """# Efficient LLM

## Quantization

- **QTIP: Quantization with Trellises and Incoherence Processing**, `arXiv, 2406.11235`, \
[arxiv](http://arxiv.org/abs/2406.11235v1), [pdf](http://arxiv.org/pdf/2406.11235v1.pdf), \
cication: [**-1**](None)

\t *Albert Tseng, Qingyao Sun, David Hou, Christopher De Sa* · \
([llama.cpp](https://github.com/ggerganov/llama.cpp) - ggerganov) \
![Star](https://img.shields.io/github/stars/ggerganov/llama.cpp.svg?style=social&label=Star)
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A list of one entry; the forge is saved before anything ran, and with its counts proposed."""
    with running(now=MONDAY, profile={"invented": False}) as sandbox:
        hosted = Hosted(tmp_path_factory.mktemp("hosted"), sandbox)
        person(hosted, LIST, ENTRY)
        sandbox.set_forge(save="fresh")
        (ended,) = hosted.job(*COUNTS, at=SUNDAY)
        assert 0 == ended.code, ended
        sandbox.set_forge(save="counted")
        yield hosted


@pytest.fixture
def fresh(prepared):
    return restored(prepared, "fresh")


@pytest.fixture
def counted(prepared):
    return restored(prepared, "counted")


def restored(prepared, name):
    prepared.sandbox.set_forge(restore=name)
    prepared.sandbox.set_fault("github", None)
    prepared.sandbox.forget_seen()
    return prepared


def person(hosted, path, text, branch="main"):
    """Somebody commits a file to a branch."""
    hosted.sandbox.act("commit", "ann", branch=branch, path=path, text=text)


def changed(hosted, branch):
    """The lines of the list that a branch changes: before and after."""
    bare = hosted.root / "bare.git"
    shown = git(bare, "diff", "--unified=0", f"main...{branch}").splitlines()
    assert {f"+++ b/{LIST}"} == {line for line in shown if line.startswith("+++")}
    return [line for line in shown if line[:1] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.long
def test_counts_come_as_one_pull_request_and_a_merge_ends_it(counted):
    (thread,) = counted.threads
    assert (BRANCH, "open") == (thread["head"]["ref"], thread["state"])
    before, after = changed(counted, BRANCH)
    assert "**-1**](None)" in before
    assert before[1:].split("cication:")[0] == after[1:].split("cication:")[0]
    main, refs = counted.list_on("main"), counted.refs()

    (again,) = counted.job(*COUNTS, at=SUNDAY + WEEK)

    assert 0 == again.code, again
    assert [] == counted.writes()
    assert refs[f"refs/heads/{BRANCH}"] == counted.refs()[f"refs/heads/{BRANCH}"]
    assert main == counted.list_on("main")
    proposed = counted.list_on(BRANCH)
    counted.sandbox.act("merge", "ben", number=1)
    (ended,) = counted.job(*COUNTS, at=SUNDAY + 2 * WEEK)
    assert "merged by ben" in ended.out
    assert proposed == counted.list_on("main")
    assert 1 == len(counted.threads)
    assert BRANCH not in counted.branches()


@pytest.mark.long
def test_closed_by_a_person_the_same_counts_do_not_come_again(counted):
    counted.sandbox.act("close", "ann", number=1)

    (ended,) = counted.job(*COUNTS, at=SUNDAY + WEEK)
    assert "was closed; nothing is new" in ended.out, ended
    assert ["closed"] == [thread["state"] for thread in counted.threads]
    assert BRANCH not in counted.branches()

    person(counted, LIST, counted.list_on("main").decode() + "\n## Pruning\n")
    counted.job(*COUNTS, at=SUNDAY + 2 * WEEK)
    assert ["closed", "open"] == [thread["state"] for thread in counted.threads]


@pytest.mark.long
def test_the_default_branch_moves_on_and_the_branch_follows(counted):
    person(counted, LIST, counted.list_on("main").decode() + "\n## Pruning\n")

    counted.job(*COUNTS, at=SUNDAY + WEEK)

    assert counted.list_on(BRANCH).endswith(b"\n## Pruning\n")
    assert 2 == len(changed(counted, BRANCH))
    assert 1 == len(counted.threads)


@pytest.mark.long
def test_somebody_elses_commit_on_the_branch_stays(counted):
    mine = counted.list_on(BRANCH).decode() + "\nA line of mine.\n"
    person(counted, LIST, mine, BRANCH)
    person(counted, LIST, counted.list_on("main").decode() + "\n## Pruning\n")

    (ended,) = counted.job(*COUNTS, at=SUNDAY + WEEK)

    assert 1 == ended.code
    assert "somebody else pushed to it" in ended.out
    assert mine.encode() == counted.list_on(BRANCH)


@pytest.mark.long
def test_what_the_list_has_already_is_proposed_no_longer(counted):
    person(counted, LIST, counted.list_on(BRANCH).decode())

    (ended,) = counted.job(*COUNTS, at=SUNDAY + WEEK)

    assert 0 == ended.code, ended
    assert ["closed"] == [thread["state"] for thread in counted.threads]
    assert BRANCH not in counted.branches()


@pytest.mark.long
def test_direct_writes_to_the_default_branch_unless_it_is_protected(fresh):
    person(fresh, "config/publish.yaml", f"repository: {NAME}\ncitations: direct\n")

    (ended,) = fresh.job(*COUNTS, at=SUNDAY)

    assert 0 == ended.code, ended
    assert [] == fresh.threads
    assert b"**-1**](None)" not in fresh.list_on("main")
    shown = git(fresh.root / "bare.git", "log", "-1", "--format=%an: %s", "main").strip()
    assert "github-actions[bot]: Listkeeper: citation counts" == shown
    person(fresh, LIST, ENTRY)
    fresh.sandbox.set_forge(protect="main")
    (ended,) = fresh.job(*COUNTS, at=SUNDAY + WEEK)
    assert "a pull request brings them" in ended.out
    assert [BRANCH] == [thread["head"]["ref"] for thread in fresh.threads]
    assert ENTRY.encode() == fresh.list_on("main")


@pytest.mark.long
@pytest.mark.parametrize("fault", ["drop", "403-setting"])
def test_one_pull_request_whatever_the_answer_to_its_making(fresh, fault):
    fresh.sandbox.set_fault("github", fault)
    (first,) = fresh.job(*COUNTS, at=SUNDAY)
    fresh.sandbox.set_fault("github", None)

    fresh.job(*COUNTS, at=SUNDAY + timedelta(hours=1))

    assert [BRANCH] == [thread["head"]["ref"] for thread in fresh.threads]
    if fault == "403-setting":
        assert 1 == first.code
        assert "`citations: direct`" in first.out


@pytest.mark.long
def test_addresses_that_moved_come_as_a_pull_request_and_nothing_else_does(fresh, monkeypatch):
    monkeypatch.setenv("LISTKEEPER_PAGES_URL", fresh.sandbox.url)

    (ended,) = fresh.job(("ci", "watch"), at=SUNDAY)

    assert ended.code in (0, 1), ended
    before, after = changed(fresh, "listkeeper/watch")
    assert before[1:].replace("ggerganov", "ggml-org") == after[1:]
    assert ["Efficient LLM: links"] == [thread["title"] for thread in fresh.threads]
