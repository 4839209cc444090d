"""A repository on the sandbox's forge, fresh or with its first week opened; a list with a week."""

import shutil
from contextlib import closing
from datetime import timedelta

import pytest

from catalog.facts import Decision
from catalog.store import Store
from sandbox.process import running
from tests.publish.channels import WEEK
from tests.publish.hosted import MONDAY, Hosted
from tests.publish.killed import restored
from tests.review.week import NOW, arrives
from tests.workspace import Workspace


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """One sandbox and repository for all; each test gets its own copy of the forge."""
    with running(now=MONDAY, profile={"invented": False}) as sandbox:
        hosted = Hosted(tmp_path_factory.mktemp("hosted"), sandbox)
        prepare(hosted)
        yield hosted


def prepare(hosted):
    """Save the forge before anything ran, with a digest in the state, and with a week open."""
    hosted.sandbox.set_forge(save="fresh")
    hosted.job(("state", "pull"), ("run",), ("state", "push"), at=MONDAY)
    hosted.sandbox.set_forge(save="digested")
    hosted.job(("publish",), at=MONDAY)
    hosted.sandbox.set_forge(save="opened")


def prepare_issue(hosted):
    """Save the forge with the week open as an issue, since Actions may open no pull requests."""
    restored(hosted, "digested")
    hosted.sandbox.set_forge(may_open=False)
    hosted.job(("publish",), at=MONDAY)
    hosted.sandbox.set_forge(save="issue")


def prepare_state_push(hosted):
    """Save the forge after a command of Ann's, and a store with a decision of Ben's instead."""
    restored(hosted, "opened")
    folder = hosted.clone()
    folder.run("state", "pull", as_of=MONDAY)
    with closing(Store(folder.root / ".listkeeper" / "listkeeper.db")) as store:
        key = f"arxiv:{hosted.key(2)}"
        store.decisions.add([Decision("Efficient LLM", key, "reject", "ben", MONDAY)])
    shutil.copytree(folder.root / ".listkeeper", hosted.root / "stored")
    hosted.sandbox.act("comment", "ann", number=1, body="/listkeeper accept 1")
    hosted.job(("sync",), at=MONDAY + timedelta(hours=1))
    hosted.sandbox.set_forge(save="answered")


@pytest.fixture
def fresh(prepared):
    """Nothing has run yet."""
    return restored(prepared, "fresh")


@pytest.fixture(scope="session")
def with_issue(prepared):
    prepare_issue(prepared)
    return prepared


@pytest.fixture
def issue(with_issue):
    """The first week is open as an issue."""
    return restored(with_issue, "issue")


@pytest.fixture
def hosted(prepared):
    """The first week's pull request is open."""
    return restored(prepared, "opened")


@pytest.fixture(scope="session")
def with_week(tmp_path_factory):
    """A list with a week's digest: real papers and invented hostile ones."""
    workspace = Workspace(tmp_path_factory.mktemp("channels") / "list")
    arrives(workspace)
    ended = workspace.run("digest", "--week", WEEK, "--size", "60", as_of=NOW)
    assert 0 == ended.code, ended.err
    return workspace


@pytest.fixture
def listed(with_week, tmp_path):
    """A copy of it for one test."""
    return with_week.copy(tmp_path / "list")
