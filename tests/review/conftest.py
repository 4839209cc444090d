"""A browser for a module's tests, one week for all; who changes the week works on a copy."""

import pytest

from tests.review.browser import chromium
from tests.review.week import arrives
from tests.workspace import Workspace


@pytest.fixture(scope="module")
def browser():
    """It ends with its module: while Playwright is on, its thread can start no other loop."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def arrived(tmp_path_factory):
    """A week as a run left it. It is looked at and copied, never changed."""
    workspace = Workspace(tmp_path_factory.mktemp("arrived") / "week")
    arrives(workspace)
    return workspace


@pytest.fixture
def workspace(arrived, tmp_path):
    return arrived.copy(tmp_path / "mine")
