"""An option that was renamed still works under its old name, which the help no longer shows."""

from datetime import UTC, datetime

import pytest

from tests.workspace import Workspace

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)


@pytest.mark.parametrize(
    ("command", "old", "new"),
    [("watch", "--leave", "--ignore")],
    ids=["watch"],
)
def test_help_shows_the_new_name_alone(tmp_path, command, old, new):
    printed = Workspace(tmp_path).run(command, "--help").out

    assert new in printed
    assert old not in printed


@pytest.mark.parametrize("option", ["--ignore", "--leave"])
def test_watch_understands_both_names(tmp_path, option):
    """Either spelling looks for the finding, and says that there is none."""
    ended = Workspace(tmp_path).run("watch", option, "2411.04965", as_of=MONDAY)

    assert 2 == ended.code
    assert "2411.04965" in ended.err
