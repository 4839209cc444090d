"""Long work shows on stderr that it goes on."""

import sys

import pytest

from cli.render import progress


def work(total=None, *, quiet=False):
    with progress("citations", quiet=quiet, total=total) as step:
        step("2411.04965")
        step("2411.04966\x1b[2J")


def test_terminal_gets_a_bar(capsys, monkeypatch):
    """Title, count and current item; control characters of an item do not reach the terminal."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)

    work(total=2)

    printed = capsys.readouterr()
    assert "" == printed.out
    assert "citations" in printed.err
    assert "1/2  2411.04965" in printed.err
    assert "2/2  2411.04966" in printed.err
    assert "\x1b[2J" not in printed.err


def test_bar_of_unknown_length_counts(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)

    work()

    assert "2  2411.04966" in capsys.readouterr().err


def test_elsewhere_lines_are_printed(capsys):
    work(total=2)

    assert ["citations ...", "  2411.04965"] == capsys.readouterr().err.splitlines()[:2]


@pytest.mark.parametrize("total", [None, 2])
def test_quiet_prints_nothing(capsys, total):
    work(total, quiet=True)

    assert ("", "") == capsys.readouterr()
