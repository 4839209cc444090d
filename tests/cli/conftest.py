"""What the tests of several commands look at."""

import pytest


@pytest.fixture
def rules(workspace):
    """The rules of the workspace that a module works in."""
    return workspace.root / "config" / "lists" / "efficient-llm.yaml"
