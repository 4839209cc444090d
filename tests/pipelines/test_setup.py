"""What ``doctor`` says about this machine."""

import sys

from pipelines.setup import _rules


def test_without_hyperscan_it_says_what_that_means(monkeypatch):
    monkeypatch.setitem(sys.modules, "hyperscan", None)

    (finding,) = _rules()

    assert "tip" == finding.level
    assert "slowly" in finding.message
    assert "pip install hyperscan" in finding.message


def test_with_hyperscan_there_is_nothing_to_do():
    (finding,) = _rules()

    assert "Hyperscan finds the words" == finding.message
