"""The repository of a list on the sandbox's forge: fresh, or with the first week opened."""

import pytest

from sandbox.process import running
from tests.publish.hosted import MONDAY, Hosted
from tests.publish.killed import restored


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
