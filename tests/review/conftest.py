"""A browser for a module's tests, one week for all; who changes the week works on a copy."""

import pytest

from output.review.session import ReviewSession
from tests.review.browser import Watched, chromium
from tests.review.serving import LateSession, serving
from tests.review.week import arrives, world_of
from tests.workspace import Workspace

# Works of this week; the others are carried over.
SIZE = 12


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


@pytest.fixture
def door(workspace, request):
    size = getattr(request, "param", SIZE)
    with serving(LateSession(lambda: ReviewSession(world_of(workspace), "ada", size))) as client:
        yield client.door


@pytest.fixture
def opened(browser, door):
    """Opens the page in a context of its own; at the end nothing must have gone wrong."""
    made = []

    def opened(path="/", **told):
        context = browser.new_context(**told)
        context.set_default_timeout(10_000)
        watched = Watched(context, door)
        made.append((context, watched))
        watched.open(path)
        return watched.page

    yield opened
    for context, watched in made:
        context.close()
        assert [] == watched.wrong
