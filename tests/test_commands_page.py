"""docs/commands.md has every command with its example, and what that really prints."""

import pytest

from cli.main import cli
from sandbox.services.hugging_face import INVENTED_PREFIX
from tests.commands_page import PAGE, commands, example_of, page


def test_every_command_has_a_part_with_its_example():
    text = PAGE.read_text()

    for name, _ in commands(cli, ()):
        assert f"\n## {name}\n" in text
        assert example_of(name) in text


def test_the_page_shows_no_paper_that_the_sandbox_invents():
    assert INVENTED_PREFIX not in PAGE.read_text()


@pytest.mark.long
def test_the_page_shows_what_the_commands_print():
    """If it differs: python -m tests.commands_page, and read what changed."""
    assert page() == PAGE.read_text()
