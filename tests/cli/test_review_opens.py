"""Whether ``review`` opens a browser: where there is a screen, and nobody said no."""

import socket
from types import SimpleNamespace

import pytest

from catalog.errors import UsageTrouble
from cli import review
from cli.main import code_of
from tests.workspace import REPOSITORY, Workspace

ADDRESS = "http://127.0.0.1:1/?token=t"


@pytest.mark.parametrize(
    ("screens", "platform", "no_browser", "opened"),
    [
        pytest.param((), "linux", False, False, id="a server"),
        pytest.param(("DISPLAY",), "linux", False, True, id="X"),
        pytest.param(("WAYLAND_DISPLAY",), "linux", False, True, id="Wayland"),
        pytest.param((), "darwin", False, True, id="a Mac"),
        pytest.param(("DISPLAY",), "linux", True, False, id="not wanted"),
    ],
)
def test_a_browser_is_opened(monkeypatch, capsys, screens, platform, no_browser, opened):
    """The address is printed in every case."""
    asked = []
    monkeypatch.setattr(review.click, "launch", asked.append)
    monkeypatch.setattr(review.sys, "platform", platform)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name in screens:
        monkeypatch.setenv(name, ":0")

    review._announce(ADDRESS, 1, as_json=False, no_browser=no_browser)

    assert opened == (asked == [ADDRESS])
    assert ADDRESS in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--allow-remote", "--let-others-in"])
def test_an_address_that_others_reach_needs_the_option_in_either_spelling(monkeypatch, option):
    """The old spelling works and is not in the help."""
    stopping = SimpleNamespace(check_lists=stop, config_dir=REPOSITORY / "config")
    monkeypatch.setattr("cli.options.make_workspace", lambda **_: stopping)
    command = review.review_command

    with pytest.raises(UsageTrouble, match="--allow-remote"):
        command.main(["--host", "0.0.0.0"], standalone_mode=False)
    with pytest.raises(PassedError):
        command.main(["--host", "0.0.0.0", option], standalone_mode=False)

    shown = command.get_help(command.make_context("review", []))
    assert "--allow-remote" in shown
    assert "--let-others-in" not in shown


def test_who_reads_the_address_can_ask_at_once(monkeypatch, tmp_path):
    """A script that waits for the line must not be refused."""

    def ask(_address, port, **_):
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            raise PassedError

    monkeypatch.setattr(review, "_announce", ask)
    monkeypatch.chdir(Workspace(tmp_path).root)

    with pytest.raises(PassedError):
        review.review_command.main(["--no-browser"], standalone_mode=False)


@pytest.mark.parametrize(
    ("line", "saved"),
    [
        (["review", "--no-browser"], "every decision is saved"),
        (["run"], "finished work is saved, the next run continues"),
    ],
)
def test_a_command_that_is_stopped_says_what_is_saved(monkeypatch, capsys, line, saved):
    """The review page has no next run."""

    def interrupt(_line):
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.main._of_line", interrupt)

    assert 130 == code_of(line)
    assert f"listkeeper: stopped; {saved}\n" == capsys.readouterr().err


class PassedError(Exception):
    """What was to be reached has been."""


def stop():
    raise PassedError
