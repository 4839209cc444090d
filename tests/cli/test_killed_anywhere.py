"""
A small part of ``benchmarks/kills.py``: commands that write are killed, and the next one goes on.

Each is killed once in its first steps and once in its last ones.
"""

import signal

import pytest

from tests.crash_driver import NEVER, CrashDriver
from tests.kill_stories import CHEAP, CheapFolders, differences, recovering, state

pytestmark = pytest.mark.long

# The others have tests of their own, or write with the same few functions.
NAMES = ("first add", "undo", "review write", "init")
# Between the name of a new file and the end of its temporary one.
STEPS = {"init": (3, 23)}
STORIES = [story for story in CHEAP if story.name in NAMES]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return CheapFolders(tmp_path_factory.mktemp("killed"))


@pytest.fixture(scope="module")
def driver():
    with CrashDriver() as started:
        yield started


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_the_next_command_ends_as_if_nothing_had_happened(driver, folders, tmp_path, story):
    def run(root, n=NEVER):
        return driver.run(story.arguments(root), n, {"LISTKEEPER_PACE": "0"})

    def copy(name):
        return folders[story.base].copy(tmp_path / name).root

    whole = copy("whole")
    assert run(whole) == 0
    expected = state(whole)
    assert differences(state(folders[story.base].root), expected)

    for n in STEPS.get(story.name, (3, 7)):
        torn = copy(str(n))
        assert run(torn, n) == -signal.SIGKILL
        if story.once:
            driver.run(recovering(torn))
        if not story.once or differences(expected, state(torn)):
            assert run(torn) == 0

        assert [] == differences(expected, state(torn)), n
