"""The repository of a list on the sandbox's forge: fresh, or with the first week opened."""

import pytest

from sandbox.process import running
from tests.publish.hosted import MONDAY, Hosted


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """One sandbox and repository for a module; each test gets its own copy of the forge."""
    with running(now=MONDAY, profile={"invented": False}) as sandbox:
        hosted = Hosted(tmp_path_factory.mktemp("hosted"), sandbox)
        prepare(hosted)
        yield hosted


def prepare(hosted):
    """Save the forge before anything has run, with a digest in the state, and with a week open."""
    hosted.sandbox.set_forge(save="fresh")
    hosted.job(("state", "pull"), ("run",), ("state", "push"), at=MONDAY)
    hosted.sandbox.set_forge(save="digested")
    hosted.job(("publish",), at=MONDAY)
    hosted.sandbox.set_forge(save="opened")


def restored(prepared, name):
    prepared.sandbox.set_forge(restore=name)
    prepared.sandbox.set_fault("github", None)
    prepared.sandbox.set_fault("git", None)
    prepared.sandbox.forget_seen()
    return prepared


@pytest.fixture
def fresh(prepared):
    """Nothing has run yet."""
    return restored(prepared, "fresh")


@pytest.fixture
def hosted(prepared):
    """The first week's pull request is open."""
    return restored(prepared, "opened")
