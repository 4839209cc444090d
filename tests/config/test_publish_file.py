"""What ``publish.yaml`` may not say."""

import pytest

from config.errors import ConfigTrouble
from config.publish import publishing


def said(tmp_path, text):
    (tmp_path / "publish.yaml").write_text(f"repository: ada/list\n{text}\n")
    with pytest.raises(ConfigTrouble) as raised:
        publishing(tmp_path)
    return str(raised.value)


@pytest.mark.parametrize("name", ["a.lock", "a.lock/b", "a/", "a.", "a/.b", "a..b", "HEAD", "-a"])
def test_a_branch_that_git_does_not_take_is_told_before_a_job_runs(tmp_path, name):
    """Each push failed with git's words; HEAD became a branch of that name."""
    assert "is no name of a branch" in said(tmp_path, f"state: {{branch: {name}}}")


def test_the_state_has_a_branch_for_itself(tmp_path):
    """Its files were committed beside the list."""
    assert "'main' is the list's own branch" in said(tmp_path, "state: {branch: main}")


def test_known_keys_are_named_as_they_are_written(tmp_path):
    """It named ``form``, which is called ``as`` in the file."""
    told = said(tmp_path, "kxyq: pr")

    assert ", as, " in told
    assert "form" not in told
